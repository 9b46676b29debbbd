#include <string>

namespace sim {

namespace {

constexpr int kLimit = 3;
using Number = int;

struct Row {
  int value;
};

std::string text_of(const Row& row, int width = 3) {
  return std::string(width, 'x') + std::to_string(row.value);
}

}  // namespace

std::string text() {
  return text_of({kLimit});
}

}  // namespace sim
