// JSON for people to read: two spaces a level, members in the order of the object, short lists on one line.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace core::input {

/// Ends with a line feed.
std::string pretty_json(const boost::json::value& value);

/// The same on one line: {"a": 1, "b": [2, 3]}.
std::string flat_json(const boost::json::value& value);

/// The same on one line, without white space and without a line feed.
std::string compact_json(const boost::json::value& value);

}  // namespace core::input
