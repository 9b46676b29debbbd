#include "core/events/event.h"
#include "core/queue/queue.h"       // expect: include-layer
#include "sim/scenario/scenario.h"  // expect: include-layer
