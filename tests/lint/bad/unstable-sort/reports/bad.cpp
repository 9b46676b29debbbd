#include <algorithm>

namespace reports {

void order(std::vector<int>& values) {
  std::sort(values.begin(), values.end());         // expect: unstable-sort
  std::ranges::sort(values);                       // expect: unstable-sort
  std::nth_element(values.begin(), middle, last);  // expect: unstable-sort
  // total order:
  std::sort(values.begin(), values.end());  // expect: unstable-sort
}

}  // namespace reports
