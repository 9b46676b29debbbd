// The texts of the queue's Lua scripts, made from core/queue/scripts by the build.
#pragma once

namespace core {

extern const char* const kScript_enqueue;

}  // namespace core
