#include "core/worker/worker.h"
#include "fakes/wire/server.h"  // expect: include-layer
#include "reports/text.h"       // expect: include-layer
