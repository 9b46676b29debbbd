#include "fakes/faults/rule_set.h"
