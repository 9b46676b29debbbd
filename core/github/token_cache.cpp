#include "core/github/token_cache.h"

#include <fmt/compile.h>

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>
#include <exception>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/api/api.h"
#include "core/async/notifier.h"
#include "core/github/app_request.h"
#include "core/github/exchange.h"
#include "core/guards/credential_names.h"
#include "core/guards/worker_guards.h"
#include "core/json/filtered_json.h"
#include "core/state.h"
#include "core/text/compose.h"
#include "core/time/text.h"

namespace core {

namespace {

constexpr Duration kRenewBefore = std::chrono::minutes(5);
/// GitHub's tokens live for an hour. A server that says more, or a wall clock that was wrong when one was minted, must
/// not keep a dead token in use.
constexpr Duration kLongestLifetime = std::chrono::hours(1);
constexpr std::size_t kLongestToken = 4096;
constexpr std::size_t kLongestAnswer = 1024 * 1024;
/// Of so many installations something is kept; before another is added, what is of least use is thrown out.
constexpr std::size_t kInstallations = 1024;

constexpr std::array<std::string_view, 2> kTokenKeys = {"token", "expires_at"};
constexpr JsonFilter kOfToken{.keys = kTokenKeys};

/// Good while both clocks say so: the wall clock is what GitHub counts by, and the steady one is not set back.
struct Token {
  InstallationToken token;
  WallTime renew_at_wall;
  SteadyTime renew_at;
};

bool is_fresh(const Token& token, const Clock& clock) {
  return clock.wall_now() < token.renew_at_wall && clock.now() < token.renew_at;
}

/// One minting under way, shared by those who wait for it.
struct Mint {
  explicit Mint(Clock& clock) : ended(clock) {}
  Notifier ended;
  std::optional<CallResult<InstallationToken>> result;
  boost::asio::cancellation_signal cancellation;
};

/// A minting that failed and told when to come back, which holds for whoever asks next.
struct Refusal {
  GaveUp gave_up;
  SteadyTime until;
};

struct Installation {
  std::uint64_t mints = 0;
  std::optional<Token> token;
  std::optional<Refusal> refusal;
  std::shared_ptr<Mint> mint;
};

/// The refusal as it stands now, for one who asks before its end and must not sleep that long; nothing for one who may
/// wait for its end.
std::optional<GaveUp> refused_for_now(const Refusal& refusal, SteadyTime now, const RetryPolicy& policy) {
  if (refusal.until - now <= policy.longest_hint()) return std::nullopt;
  GaveUp gave_up = refusal.gave_up;
  gave_up.reason = GiveUpReason::RetryAfterTooLong;
  gave_up.failure.hint->delay = refusal.until - now;
  return gave_up;
}

GaveUp no_time_for_token() {
  return {GiveUpReason::Deadline, Failure{.message = "the job's deadline came before a token did"}};
}

/// Has a minting wait until GitHub wants to be asked again, as the one before was told.
class RefusalGuard final : public CallGuard {
 public:
  RefusalGuard(const Clock& clock, std::optional<Refusal> refusal) : clock_(clock), refusal_(std::move(refusal)) {}

  Admission admit(const Attempt&, Waiter&) override {
    const SteadyTime now = clock_.now();
    if (!refusal_ || now >= refusal_->until) return Admit{};
    const Failure& failure = refusal_->gave_up.failure;
    const Duration wait = refusal_->until - now;
    return Delay{wait, HeldBack{failure.kind, failure.hint->source, wait}};
  }
  void ended(const Attempt&, const Waiter&, AttemptEnd, const Failure*) override {}
  /// The cache describes the refusal.
  void describe_state(std::string&, SteadyTime) const override {}

 private:
  const Clock& clock_;
  const std::optional<Refusal> refusal_;
};

bool is_token_text(std::string_view text) {
  return !text.empty() && text.size() <= kLongestToken &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

AttemptResult<Token> decode_token(const HttpResponse& answer, const Clock& clock, WallTime github_now) {
  if (answer.status != 201) return AttemptFailure{malformed(answer.status, "a token was expected under status 201")};
  unsigned char buffer[2048];
  boost::json::monotonic_resource memory(buffer, sizeof buffer);
  const auto body = parse_filtered(answer.body, kOfToken, &memory);
  if (!body || !body->is_object()) return AttemptFailure{malformed(answer.status, "the answer is no JSON object")};
  const boost::json::value* token = body->get_object().if_contains("token");
  if (token == nullptr || !token->is_string() || !is_token_text(token->get_string())) {
    return AttemptFailure{malformed(answer.status, "the answer has no usable token")};
  }
  const boost::json::value* expires_at = body->get_object().if_contains("expires_at");
  const auto expiry =
      expires_at != nullptr && expires_at->is_string() ? parse_utc(expires_at->get_string()) : std::nullopt;
  if (!expiry) return AttemptFailure{malformed(answer.status, "the answer has no readable expires_at")};

  const WallTime usable_until = std::min(*expiry, saturating_add(github_now, kLongestLifetime));
  // One that has expired by our clock is used by those who wait for it and not kept: it may be our clock that is wrong.
  const Duration usable_for = usable_until > saturating_add(github_now, kRenewBefore)
                                  ? usable_until - github_now - kRenewBefore
                                  : Duration::zero();
  return Success<Token>{{{std::string(token->get_string()), clock.now()},
                         saturating_add(clock.wall_now(), usable_for),
                         saturating_add(clock.now(), usable_for)},
                        answer.status};
}

AttemptFailure unsigned_request(const SigningError& error) {
  return {Failure{.kind = FailureKind::ClientError,
                  .retryability = Retryability::Final,
                  .effect = Effect::None,
                  .code = "ERR_SIGNING",
                  .message = error.message}};
}

boost::asio::awaitable<AttemptResult<Token>> request_token(const Environment& environment, const GitHubConfig& config,
                                                           GitHubClock& clock, std::uint64_t installation,
                                                           const Attempt& attempt) {
  const std::string path = compose(FMT_COMPILE("/app/installations/{}/access_tokens"), installation);
  const AppRequest request{"POST", path, attempt.job, kLongestAnswer};
  const SteadyTime deadline = attempt.request_deadline(environment.clock.now());
  auto sent = co_await send_as_app(environment, config, clock, request, deadline);
  if (const auto* error = std::get_if<SigningError>(&sent)) co_return unsigned_request(*error);
  HttpResult& received = std::get<HttpResult>(sent);
  const std::string disbelief = received ? clock.disbelief(*received) : std::string();
  GitHubAnswer answer = judged(environment, config, std::move(received));
  if (!answer) {
    AttemptFailure failed = std::move(answer).error();
    if (!disbelief.empty()) {
      failed.failure.code = "ERR_CLOCK";
      failed.failure.message += "; " + disbelief;
    }
    if (failed.failure.kind == FailureKind::Unauthorized) failed.failure.refused_credential = Credential::GithubApp;
    co_return failed;
  }
  co_return decode_token(*answer, environment.clock, clock.now());
}

}  // namespace

struct TokenCache::State {
  State(const Environment& of_process, const GitHubConfig& of_github, const ClientOptions& options)
      : environment(of_process),
        config(of_github),
        ceiling(options.ceiling),
        credential_guard(options.credentials, Credential::GithubApp),
        shared_guards(options.guards),
        github_clock(of_process.clock) {}

  std::shared_ptr<Mint> start_mint(const std::shared_ptr<State>& self, std::uint64_t number, std::string_view job,
                                   std::uint32_t run);
  static boost::asio::awaitable<void> run_mint(std::shared_ptr<State> state, std::shared_ptr<Mint> mint,
                                               std::uint64_t number, std::string job, std::uint32_t run, Random random);
  void make_room();
  /// Then a guard knows for how long, and holds back who asks next.
  bool is_kept_by_a_guard(const GaveUp& gave_up) const {
    const bool wait_for_limits = guards_are_there && shared_guards != nullptr && shared_guards->wait_for_limits();
    return gave_up.reason == GiveUpReason::CircuitOpen || gave_up.reason == GiveUpReason::Limited ||
           (wait_for_limits && gave_up.failure.kind == FailureKind::RateLimited);
  }

  const Environment& environment;
  const GitHubConfig config;
  const Duration ceiling;
  CredentialGuard credential_guard;
  const WorkerGuards* const shared_guards;  ///< Null: there are none.
  bool guards_are_there = true;             ///< A minting may outlive those of its worker.
  GitHubClock github_clock;
  std::map<std::uint64_t, Installation> installations;
  std::uint64_t evictions = 0;  ///< An installation that comes back draws no chance a second time.
};

boost::asio::awaitable<void> TokenCache::State::run_mint(std::shared_ptr<State> state, std::shared_ptr<Mint> mint,
                                                         std::uint64_t number, std::string job, std::uint32_t run,
                                                         Random random) {
  const auto request = [&](const Attempt& attempt) {
    return request_token(state->environment, state->config, state->github_clock, number, attempt);
  };
  const Clock& clock = state->environment.clock;
  RefusalGuard refusal_guard(clock, state->installations[number].refusal);
  Guards guards = guards_between(state->shared_guards, &refusal_guard, &state->credential_guard);
  guards.only_while(state->guards_are_there);
  const Call call{.api = api::kToken,
                  .job = job,
                  .policy = state->config.token.retry,
                  .random = random,
                  .guards = guards,
                  .credential = kLimitedApp,
                  .timeout = state->config.token.timeout,
                  .ceiling = state->ceiling,
                  .run = run};
  try {
    CallResult<Token> minted = co_await retry<Token>(state->environment, call, request);
    Installation& installation = state->installations[number];
    installation.refusal.reset();
    if (minted) {
      mint->result = minted->token;
      installation.token = std::move(*minted);
    } else {
      const std::optional<RetryHint>& hint = minted.error().failure.hint;
      // A wait that nobody waits for is not kept: a job that is put in again later asks again.
      const bool is_kept =
          hint && minted.error().patience == Patience::Left && !state->is_kept_by_a_guard(minted.error());
      if (is_kept) installation.refusal = Refusal{minted.error(), saturating_add(clock.now(), hint->delay)};
      mint->result = minted.error();
    }
  } catch (const boost::system::system_error& error) {
    if (!is_cancellation(error)) throw;
    mint->result = GaveUp{GiveUpReason::Cancelled, Failure{.message = "cancelled"}};
  }
  state->installations[number].mint.reset();
  mint->ended.notify_all();
}

std::shared_ptr<Mint> TokenCache::State::start_mint(const std::shared_ptr<State>& self, std::uint64_t number,
                                                    std::string_view job, std::uint32_t run) {
  if (installations.size() >= kInstallations && !installations.contains(number)) make_room();
  Installation& installation = installations.try_emplace(number, Installation{.mints = evictions}).first->second;
  auto mint = std::make_shared<Mint>(environment.clock);
  installation.token.reset();
  installation.mint = mint;
  const Random random = environment.random.fork(api::kToken).fork(number).fork(installation.mints++);
  // The cancellation signal lives in the mint, so the coroutine's very end holds on to it.
  boost::asio::co_spawn(
      environment.executor, run_mint(self, mint, number, std::string(job), run, random),
      boost::asio::bind_cancellation_slot(mint->cancellation.slot(), [mint](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      }));
  return mint;
}

/// What is minted just now stays: as many are as jobs wait. Of the rest a refusal outlives every token, since another
/// token can be had and a server's wish must not be forgotten; among equals the one that ends first goes.
void TokenCache::State::make_room() {
  const SteadyTime now = environment.clock.now();
  while (installations.size() >= kInstallations) {
    auto least = installations.end();
    std::pair<bool, SteadyTime> least_use;
    for (auto entry = installations.begin(); entry != installations.end(); ++entry) {
      const Installation& installation = entry->second;
      if (installation.mint) continue;
      const bool is_refused = installation.refusal && now < installation.refusal->until;
      const bool has_token = installation.token && is_fresh(*installation.token, environment.clock);
      const std::pair use(is_refused, is_refused  ? installation.refusal->until
                                      : has_token ? installation.token->renew_at
                                                  : SteadyTime::min());
      if (least != installations.end() && use >= least_use) continue;
      least = entry;
      least_use = use;
    }
    if (least == installations.end()) return;
    evictions = std::max(evictions, least->second.mints);
    installations.erase(least);
  }
}

TokenCache::TokenCache(const Environment& environment, const GitHubConfig& config, const ClientOptions& options)
    : state_(std::make_shared<State>(environment, config, options)) {}

TokenCache::~TokenCache() {
  state_->guards_are_there = false;
}

boost::asio::awaitable<CallResult<InstallationToken>> TokenCache::token(std::uint64_t installation, Caller caller) {
  const std::shared_ptr<State> state = state_;
  const Clock& clock = state->environment.clock;
  const auto known = state->installations.find(installation);
  std::shared_ptr<Mint> mint;
  if (known != state->installations.end()) {
    const auto& [mints, token, refusal, under_way] = known->second;
    if (token && is_fresh(*token, clock)) co_return token->token;
    mint = under_way;
    if (!mint && refusal) {
      if (auto refused = refused_for_now(*refusal, clock.now(), state->config.token.retry)) co_return *refused;
    }
  }
  if (!mint) mint = state->start_mint(state, installation, caller.job, caller.run);
  while (!mint->result) {
    if (clock.now() >= caller.deadline) co_return no_time_for_token();
    co_await mint->ended.wait_until(caller.deadline);
  }
  co_return *mint->result;
}

bool TokenCache::has_token(std::uint64_t installation) const {
  const auto known = state_->installations.find(installation);
  return known != state_->installations.end() && known->second.token &&
         is_fresh(*known->second.token, state_->environment.clock);
}

bool TokenCache::holds(std::uint64_t installation, std::string_view token) const {
  const auto known = state_->installations.find(installation);
  if (known == state_->installations.end() || !known->second.token) return false;
  return known->second.token->token.value == token && is_fresh(*known->second.token, state_->environment.clock);
}

bool TokenCache::has_discarded(std::uint64_t installation, std::string_view token) const {
  const auto known = state_->installations.find(installation);
  return known != state_->installations.end() && (!known->second.token || known->second.token->token.value != token);
}

void TokenCache::discard(std::uint64_t installation, std::string_view token) {
  const auto known = state_->installations.find(installation);
  if (known != state_->installations.end() && known->second.token && known->second.token->token.value == token) {
    known->second.token.reset();
  }
}

void TokenCache::describe_state(std::string& out, SteadyTime now) const {
  append_state(out, state_->github_clock.ahead());
  // They name the branches of chance that mintings draw from.
  const bool draws = state_->config.token.retry.backoff.draws();
  append_state(out, draws ? state_->evictions : 0);
  append_state(out, state_->installations.size());
  const Clock& clock = state_->environment.clock;
  for (const auto& [number, installation] : state_->installations) {
    append_state(out, number);
    append_state(out, draws ? installation.mints : 0);
    append_state(out, installation.mint != nullptr);
    const std::optional<Token>& token = installation.token;
    append_state(out, token.has_value());
    if (token) {
      const Duration left = std::min<Duration>(token->renew_at - now, token->renew_at_wall - clock.wall_now());
      append_state(out, std::max(left, Duration::zero()));
      append_state(out, settling_for(token->token, now).value_or(Duration::zero()));
    }
    const std::optional<Refusal>& refusal = installation.refusal;
    const bool is_refused = refusal && now < refusal->until;
    append_state(out, is_refused);
    if (!is_refused) continue;
    append_state(out, refusal->until, now);
    append_state(out, name_of(refusal->gave_up.failure.kind));
    append_state(out, name_of(refusal->gave_up.failure.hint->source));
  }
}

void TokenCache::cancel() {
  std::vector<std::shared_ptr<Mint>> under_way;
  for (const auto& [number, installation] : state_->installations) {
    if (installation.mint) under_way.push_back(installation.mint);
  }
  for (const auto& mint : under_way) mint->cancellation.emit(boost::asio::cancellation_type::terminal);
}

}  // namespace core
