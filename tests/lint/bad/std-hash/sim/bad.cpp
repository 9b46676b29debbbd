#include <functional>

namespace sim {

std::size_t digest(const std::string& text) {
  return std::hash<std::string>()(text);  // expect: std-hash
}

}  // namespace sim
