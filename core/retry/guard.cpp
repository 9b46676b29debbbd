#include "core/retry/guard.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace core {

Guards::Guards(std::initializer_list<CallGuard*> guards) {
  for (CallGuard* guard : guards) {
    if (guard == nullptr) continue;
    check(size_ < kMost, "a call has no more guards than there is room for");
    guards_[size_++] = guard;
  }
}

namespace detail {

Admission GuardedAttempt::admit() {
  for (std::size_t i = 0; i < guards_.size(); ++i) {
    asked_ = std::max(asked_, i + 1);
    Admission admission = guards_[i].admit(attempt_, tickets_[i]);
    if (!std::holds_alternative<Admit>(admission)) return admission;
  }
  return Admit{};
}

void GuardedAttempt::end(AttemptEnd end, const Failure* failure) {
  const std::size_t asked = std::exchange(asked_, 0);
  for (std::size_t i = 0; i < asked; ++i) guards_[i].ended(attempt_, tickets_[i], end, failure);
}

}  // namespace detail
}  // namespace core
