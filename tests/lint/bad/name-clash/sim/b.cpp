#include <string>

namespace sim {

namespace {

constexpr int kLimit = 4;  // expect: name-clash
using Number = long;       // expect: name-clash

enum class Row { First };  // expect: name-clash

std::string text_of(const Row&, int) {  // expect: name-clash
  return "row";
}

// Another overload, and a local name within a function, are nobody's clash.
std::string text_of(const Row& row) {
  constexpr int kWidth = 2;
  return text_of(row, kWidth);
}

}  // namespace

std::string other_text() {
  return text_of(Row::First, kLimit);
}

}  // namespace sim
