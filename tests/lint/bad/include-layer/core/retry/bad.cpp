#include "core/production/curl.h"  // expect: include-layer
#include "core/time/time.h"
#include "sim/world.h"  // expect: include-layer
