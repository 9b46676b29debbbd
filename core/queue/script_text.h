// The queue's Lua scripts, made from core/queue/scripts by the build. Production and simulation run the same text.
#pragma once

#include <span>

#include "core/redis/script.h"

namespace core {

extern const Script kScript_enqueue;
extern const Script kScript_claim;
extern const Script kScript_leave;
extern const Script kScript_hold;
extern const Script kScript_renew;
extern const Script kScript_complete;
extern const Script kScript_requeue;
extern const Script kScript_fail;
extern const Script kScript_recover;
extern const Script kScript_journal;
extern const Script kScript_release;
extern const Script kScript_revive;
extern const Script kScript_cancel;
extern const Script kScript_drop;
extern const Script kScript_pause;
extern const Script kScript_resume;
extern const Script kScript_show;
extern const Script kScript_list;
extern const Script kScript_runners;
extern const Script kScript_count;
extern const Script kScript_rights;
extern const Script kScript_mend;

/// All of them.
extern const std::span<const Script* const> kQueueScripts;

}  // namespace core
