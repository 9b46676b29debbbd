// When a rule applies, in the words of a scenario file.
#pragma once

#include <string>

#include "sim/scenario/scenario.h"

namespace sim {

/// `"on": "comments.create", "calls": "3"`; chance is left out. Empty for a rule that is for every call.
std::string conditions_text(const fakes::HttpRule& rule);
std::string conditions_text(const fakes::RedisRule& rule);

}  // namespace sim
