// A circuit breaker: while too large a share of the last calls has failed, no call is made but, now and then, a probe
// that looks whether the service is well again. Pure: it reads no clock and draws no chance.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/config/config.h"
#include "core/time/time.h"

namespace core {

class Circuit {
 public:
  enum class State : std::uint8_t {
    Closed,    ///< Calls pass, and are counted.
    Open,      ///< None passes, until a time.
    HalfOpen,  ///< As many probes pass as have to go well for it to be closed.
  };

  /// `config` outlives it.
  explicit Circuit(const BreakerConfig& config) : config_(&config) {}

  State state(SteadyTime now) const;
  /// When to ask again; not after `now` where a call passes.
  SteadyTime next(SteadyTime now) const;

  /// A call passes if it has a mark, which is never zero, and begins then. A probe that has not ended after
  /// `probe_timeout` is not waited for any longer: another may look. What it brings all the same counts.
  std::optional<std::uint64_t> pass(SteadyTime now);
  /// Whether that call may still begin: nothing has changed since it was given its mark. The time of a probe that had
  /// to wait for another guard counts from now.
  bool still_passes(std::uint64_t mark, SteadyTime now);
  /// How the call with that mark ended. Nothing: the service is not to blame, or nobody knows. `asked` is the wait that
  /// the service asks for. What began before the circuit changed last says nothing.
  void ended(std::uint64_t mark, SteadyTime now, std::optional<bool> is_well, Duration asked = {});

  /// Nothing is known of the service, and nothing is under way that will tell.
  bool is_idle(SteadyTime now) const;
  /// The same of one that nobody has asked for long: it is closed where it is forgotten.
  bool may_be_forgotten(SteadyTime now) const;

  void describe_state(std::string& out, SteadyTime now) const;

 private:
  /// A part of the window.
  struct Slice {
    std::int64_t number = INT64_MIN;  ///< By the clock.
    std::uint32_t calls = 0;
    std::uint32_t failures = 0;
  };
  static constexpr std::int64_t kSlices = 10;

  Duration slice_length() const;
  std::int64_t slice_number(SteadyTime now) const;
  bool is_in_window(const Slice& slice, SteadyTime now) const;
  void count(SteadyTime now, bool is_well);
  bool fails_too_often(SteadyTime now) const;
  void open(SteadyTime now, Duration asked);
  void close();
  void change();
  bool waits_for_a_probe(SteadyTime now) const;
  /// Even: those of probes are odd.
  std::uint64_t counted_mark() const { return 2 * (changes_ + 1); }
  void ended_counted(std::uint64_t mark, SteadyTime now, std::optional<bool> is_well, Duration asked);
  void ended_probe(std::uint64_t mark, SteadyTime now, std::optional<bool> is_well, Duration asked);
  bool is_overdue(SteadyTime begun, SteadyTime now) const { return now - begun >= config_->probe_timeout; }

  const BreakerConfig* config_;
  std::array<Slice, kSlices> slices_{};
  bool is_closed_ = true;
  SteadyTime open_until_ = SteadyTime::min();
  std::uint32_t openings_ = 0;                  ///< Since it was closed last.
  std::uint32_t well_ = 0;                      ///< Probes since it was open last.
  std::map<std::uint64_t, SteadyTime> probes_;  ///< Those under way, by their marks: when they began.
  std::uint64_t probes_made_ = 0;
  std::uint64_t changes_ = 0;      ///< Whenever it opened or was closed.
  std::uint32_t under_way_ = 0;    ///< Calls that will be counted.
  std::uint32_t out_of_date_ = 0;  ///< Calls that began before it changed last.
};

}  // namespace core
