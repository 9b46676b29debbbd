#include <random>

namespace fakes {

int draw() {
  std::random_device device;  // expect: random-source
  std::mt19937 engine(1);     // expect: random-source
  srand(1);                   // expect: random-source
  return std::rand();         // expect: random-source
}

}  // namespace fakes
