#include "core/agent/agent.h"  // expect: include-layer
#include "core/jobs/outcome.h"
#include "core/queue/queue.h"
