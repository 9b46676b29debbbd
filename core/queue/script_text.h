// The texts of the queue's Lua scripts, made from core/queue/scripts by the build. Production and simulation run the
// same text.
#pragma once

namespace core {

extern const char* const kScript_enqueue;
extern const char* const kScript_claim;
extern const char* const kScript_renew;
extern const char* const kScript_complete;
extern const char* const kScript_requeue;
extern const char* const kScript_fail;
extern const char* const kScript_recover;
extern const char* const kScript_journal;

}  // namespace core
