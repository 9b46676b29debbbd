// The HTTP status of an error that an answer under status 200 carries: services name it as a number, as digits, or by a
// word of their own. Internal to core/llm.
#pragma once

#include <boost/json/object.hpp>
#include <optional>

namespace core::detail {

/// The status of 400 to 599 that `piece` names, itself or in its member `error`. A number beats a word, `code` beats
/// `status` and `type`, and the error's own members beat those around it. Nothing where no status is named.
std::optional<int> named_status(const boost::json::object& piece);

/// Whether it tells an error in MiniMax's way, which stands beside an answer or in place of one: a `base_resp` whose
/// `status_code` is not zero.
bool has_minimax_error(const boost::json::object& piece);

}  // namespace core::detail
