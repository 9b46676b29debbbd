#include <unordered_map>

namespace core {

std::unordered_map<int, int> counts;  // expect: unordered-container
std::unordered_set<int> seen;         // expect: unordered-container

}  // namespace core
