#include <algorithm>
#include <random>

namespace sim {

void mix(std::vector<int>& values, Engine& engine) {
  std::uniform_int_distribution<int> distribution(1, 6);  // expect: random-distribution
  std::shuffle(values.begin(), values.end(), engine);     // expect: random-distribution
  std::ranges::shuffle(values, engine);                   // expect: random-distribution
}

}  // namespace sim
