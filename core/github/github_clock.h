// The time as GitHub has it. A JWT is judged by GitHub's clock, and a machine's own may be wrong by more than the
// minute that a JWT allows for.
#pragma once

#include <string>

#include "core/http/http.h"
#include "core/time/clock.h"

namespace core {

class GitHubClock {
 public:
  /// `clock` outlives it.
  explicit GitHubClock(const Clock& clock) : clock_(clock) {}

  /// The machine's own wall clock, until learn() has corrected it.
  WallTime now() const;

  /// For the answer to a request with a JWT that was made when ahead() was `ahead_then`: whether it was refused (401)
  /// and its Date shows a clock so far from the JWT's that this may be why. Then now() goes by that Date, and another
  /// JWT is worth one try. Another request may have taught the clock meanwhile. A Date that is not believable teaches
  /// nothing.
  bool learn(const HttpResponse& answer, Duration ahead_then);

  /// What to say of a refusal (401) whose Date is not believable; empty for every other answer.
  std::string disbelief(const HttpResponse& answer) const;

  /// How far GitHub's clock is ahead of the machine's, as far as is known.
  Duration ahead() const { return ahead_; }

 private:
  const Clock& clock_;
  Duration ahead_{};
};

}  // namespace core
