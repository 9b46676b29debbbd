#include "core/events/event.h"

#include <boost/pfr/tuple_size.hpp>

namespace core {

// A member that the table does not know would be in no trace and no digest.
constexpr std::size_t kBesideTheTable = 3;  // kind, at, runner
static_assert(std::tuple_size_v<decltype(kEventFields)> + kBesideTheTable == boost::pfr::tuple_size_v<Event>);

}  // namespace core
