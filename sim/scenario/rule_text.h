// When a rule applies, in the words of a scenario file.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "fakes/faults/rule.h"

namespace sim {

/// The keys that say which calls a rule is for; those that are as by default are left out, and so is chance.
template <class Action>
boost::json::object conditions_of(const fakes::Rule<Action>& rule);

extern template boost::json::object conditions_of(const fakes::HttpRule& rule);
extern template boost::json::object conditions_of(const fakes::RedisRule& rule);

/// `"on": "comments.create", "calls": "3"`; empty for a rule that is for every call.
std::string conditions_text(const boost::json::object& conditions);

}  // namespace sim
