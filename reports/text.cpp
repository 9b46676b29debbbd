#include "core/events/event.h"
