#include "../world.h"  // expect: parent-include
