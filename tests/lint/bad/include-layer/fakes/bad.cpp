#include "core/redis/redis.h"
#include "core/retry/decide.h"  // expect: include-layer
#include "fakes/wire/server.h"  // expect: include-layer
