// What clients asked and what they were answered: each request as a line of JSON for a file, and the last HTTP requests
// kept for the verdict. What is kept is bounded; the file gets everything.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/verdict/verdict.h"
#include "fakes/wire/redis_session.h"

namespace fakes::wire {

class RequestLog {
 public:
  static constexpr std::size_t kMaxKept = 100'000;
  /// Takes a line with its line feed.
  using Sink = std::function<void(std::string_view line)>;

  explicit RequestLog(Sink sink) : sink_(std::move(sink)) {}

  bool has_sink() const { return static_cast<bool>(sink_); }

  /// Gives it its number.
  std::uint64_t add(Exchange exchange);
  /// Does nothing for one that is not kept any more. Its line is written now.
  void end(std::uint64_t number, Ending ending, core::SteadyTime at);
  void add(const RedisExchange& exchange) const;
  /// Writes the lines of what is still under way, and none after them.
  void close();

  /// Forgets all; numbers go on.
  void clear();
  const std::vector<Exchange>& kept() const { return kept_; }
  Verdict verdict(const VerdictLimits& limits) const;

 private:
  Exchange* find(std::uint64_t number);

  Sink sink_;
  std::uint64_t next_number_ = 1;
  std::uint64_t forgotten_ = 0;
  std::vector<Exchange> kept_;  ///< Numbers without gaps.
};

/// One JSON object, without a line feed.
std::string exchange_json(const Exchange& exchange);
/// A line for each of the jobs that the command was for.
std::string exchange_lines(const RedisExchange& exchange);

}  // namespace fakes::wire
