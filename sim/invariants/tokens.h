// What the exchanges of a simulated world tell of installation tokens: when each was born, and what may have taken its
// time since. Shared by the invariants about credentials and requests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/invariants/invariant.h"

namespace sim {

struct KnownToken {
  std::string runner;
  std::string installation;
  core::SteadyTime born;                       ///< When the answer that brought it arrived.
  core::SteadyTime heard;                      ///< When the runner read it: later than that where it stood still.
  std::uint64_t shifts = 0;                    ///< Of the wall clocks before it was born.
  std::optional<core::SteadyTime> refused_at;  ///< When the last 401 arrived for it; a later acceptance takes it back.
};

class TokenBook {
 public:
  /// Notes a token that was given out, and how one that was sent was answered.
  void on_exchange(const Exchange& exchange);
  /// Notes that a runner has read the answer that brings a token: its call `github.token` has ended well.
  void on_minted(const core::Event& event);
  void on_clock_shift() { ++shifts_; }

  /// Null: never given out to anybody who heard of it.
  KnownToken* find(std::string_view credential);
  std::uint64_t shifts() const { return shifts_; }

 private:
  std::map<std::string, KnownToken, std::less<>> tokens_;
  std::map<std::pair<std::string, std::string>, std::string> under_way_;  ///< Tokens not read yet, by runner and job.
  std::uint64_t shifts_ = 0;
};

/// "7" of ".../app/installations/7/access_tokens"; empty for every other URL.
std::string_view installation_of(std::string_view url);

}  // namespace sim
