#include <cmath>

namespace fakes {

double median(double sigma) {
  return std::exp(sigma) + std::pow(2.0, sigma) + exp(1.5);  // expect: libm // expect: libm // expect: libm
}

}  // namespace fakes
