#include <map>
#include <set>

namespace sim {

std::set<const core::Timer*> waiting;  // expect: pointer-order
std::map<Runner*, int> counts;         // expect: pointer-order

}  // namespace sim
