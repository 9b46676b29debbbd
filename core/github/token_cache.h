// Installation tokens: one per installation, minted when first asked for, kept until shortly before it expires. However
// many jobs ask at once, one is minted; the minting is a coroutine of its own, which no single job's cancellation ends,
// and its call.* events name the job that asked first. The state is shared with that coroutine: the cache may go first.
// Its memory is bounded: beyond a thousand installations the token that would be renewed first makes room.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/config/config.h"
#include "core/environment.h"
#include "core/github/installation_token.h"
#include "core/retry/client_options.h"
#include "core/retry/retry.h"

namespace core {

class TokenCache {
 public:
  /// `environment`, and what `options` refer to, must outlive all that runs on its executor.
  TokenCache(const Environment& environment, const GitHubConfig& config, const ClientOptions& options = {});
  ~TokenCache();
  TokenCache(const TokenCache&) = delete;
  TokenCache& operator=(const TokenCache&) = delete;

  /// A token with at least five minutes left, or why there is none. A failure is not kept, but the time at which GitHub
  /// wants to be asked again is, unless it lies beyond the ceiling: until then who asks waits, or gets the failure
  /// where that is longer than the policy's longest hint. A caller's deadline ends its own wait alone; its
  /// permit is not asked.
  boost::asio::awaitable<CallResult<InstallationToken>> token(std::uint64_t installation, Caller caller);

  /// Whether who asks now is given one at once.
  bool has_token(std::uint64_t installation) const;

  /// Whether that token would be given to who asks now: it has not been discarded, and has five minutes left.
  bool holds(std::uint64_t installation, std::string_view token) const;

  /// Whether that token has been discarded, or another has taken its place. No for an installation that
  /// the cache has dropped to make room.
  bool has_discarded(std::uint64_t installation, std::string_view token) const;

  /// Forgets a token that GitHub no longer accepts, so that the next who asks gets another. Does nothing where another
  /// has taken its place already.
  void discard(std::uint64_t installation, std::string_view token);

  /// What it has of each installation, but for the tokens' own texts.
  void describe_state(std::string& out, SteadyTime now) const;

  /// Cancels what is being minted: those who wait for it are given up on (`cancelled`). For a worker that stops.
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace core
