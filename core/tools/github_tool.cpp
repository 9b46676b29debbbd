#include "core/tools/github_tool.h"

#include <fmt/compile.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/guards/worker_guards.h"
#include "core/state.h"
#include "core/text/compose.h"
#include "core/tools/arguments.h"
#include "core/tools/idempotency_key.h"

namespace core {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// Somebody else has written there: whether the effect was done cannot be known.
GaveUp unreadable_journal() {
  return {GiveUpReason::OutcomeUnknown, Failure{.kind = FailureKind::Malformed,
                                                .retryability = Retryability::Final,
                                                .effect = Effect::Unknown,
                                                .code = "ERR_JOURNAL",
                                                .message = "the job's journal cannot be read"}};
}

/// 422 and the like: the model may correct its call. 401, 403 and 404 are nothing that talking to it cures, but for a
/// 404 of what it named itself.
bool model_may_correct(const GaveUp& gave_up, const ToolSpec& spec) {
  const FailureKind kind = gave_up.failure.kind;
  const bool is_its_own = kind == FailureKind::NotFound && spec.missing == ToolSpec::Missing::TellsTheModel;
  return gave_up.reason == GiveUpReason::NotRetryable && (kind == FailureKind::ClientError || is_its_own);
}

}  // namespace

void GitHubTool::PendingEffect::describe_state(std::string& out, SteadyTime now) const {
  append_state(out, entry);
  append_state(out, journalled.key);
  append_state(out, journalled.intent);
  append_state(out, static_cast<int>(journalled.progress));
  append_state(out, in_doubt);
  append_state(out, settling);
  const InstallationToken& token = access.token;
  append_state(out, !token.value.empty());
  if (token.value.empty()) return;
  append_state(out, settling_for(token, now).value_or(Duration::zero()));
  append_state(out, tokens.holds(run.spec.installation, token.value));
  append_state(out, tokens.has_discarded(run.spec.installation, token.value));
}

json::object GitHubTool::PendingEffect::intent() const {
  boost::system::error_code bad;
  const json::value value = json::parse(journalled.intent, bad);
  return bad || !value.is_object() ? json::object() : value.get_object();
}

GitHubTool::GitHubTool(const ToolContext& context, const ToolEntry& entry)
    : environment_(context.environment),
      config_(context.config),
      tokens_(context.tokens),
      client_(context.client),
      options_(context.options),
      entry_(entry),
      api_(entry.spec.api) {}

std::optional<std::string> GitHubTool::refuse(const json::object&, const JobRun&) const {
  return std::nullopt;
}

std::string GitHubTool::intent_of(const json::object& accepted, const JobRun&) const {
  return json::serialize(accepted);
}

bool GitHubTool::is_intent(std::string_view intent) const {
  boost::system::error_code bad;
  const json::value value = json::parse(intent, bad);
  return !bad && value.is_object() && is_complete(entry_.spec, value.get_object());
}

asio::awaitable<CallResult<std::optional<GitHubTool::Done>>> GitHubTool::find(const Attempt&, const PendingEffect&) {
  co_return std::optional<Done>();
}

std::string GitHubTool::credential_of(const PendingEffect& effect) const {
  const std::uint64_t number = effect.run.spec.installation;
  return api_.limit == ApiLimit::CodeSearch ? limited_search(number) : limited_installation(number);
}

std::optional<GitHubTool::PendingEffect> GitHubTool::pending(JobRun& run, std::uint32_t ordinal) const {
  PendingEffect effect(run, tokens_, config_.github);
  effect.entry = compose(FMT_COMPILE("{}#{}"), name(), ordinal);
  const auto known = run.claimed.journal.find(effect.entry);
  if (known != run.claimed.journal.end()) {
    auto entry = read_effect_entry(known->second);
    if (!entry) return std::nullopt;
    effect.journalled = std::move(*entry);
  }
  EffectEntry& journalled = effect.journalled;
  // What may have been done has the key that it was begun with.
  if (journalled.progress != EffectProgress::Unknown) {
    journalled.key = idempotency_key(run.claimed.secret, run.claimed.id, name(), ordinal);
  } else if (journalled.key.empty()) {
    journalled.key = older_idempotency_key(run.claimed.id, name(), ordinal);
  }
  effect.in_doubt = journalled.progress == EffectProgress::Unknown;
  return effect;
}

asio::awaitable<ToolResult> GitHubTool::call(JobRun& run, const ToolCall& call, std::uint32_t ordinal) {
  std::optional<PendingEffect> effect = pending(run, ordinal);
  if (!effect) co_return unreadable_journal();
  EffectEntry& journalled = effect->journalled;
  if (journalled.progress == EffectProgress::Done) {
    run.told[std::string(name())] = journalled.answer;
    co_return ToolAnswer{std::move(journalled.answer)};
  }
  if (journalled.progress == EffectProgress::Unknown && !is_intent(journalled.intent)) co_return unreadable_journal();
  if (journalled.progress == EffectProgress::None) {
    std::optional<std::string> refusal = refuse_arguments(entry_.spec, call.arguments, run.spec);
    if (refusal) co_return ToolError{std::move(*refusal)};
    const json::object taken = accepted(entry_.spec, call.arguments);
    refusal = refuse(taken, run);
    if (refusal) co_return ToolError{std::move(*refusal)};
    journalled.intent = intent_of(taken, run);
  }
  ToolResult result = co_await do_once(run, *std::move(effect));
  co_return result;
}

std::string in_issue(const JobSpec& job, std::string_view below) {
  return in_repository(job.repo, fmt::format("/issues/{}{}", job.issue, below));
}

/// The operation that the tool's retry wraps.
struct GitHubTool::Perform {
  GitHubTool& tool;
  PendingEffect& effect;
  asio::awaitable<AttemptResult<Done>> operator()(const Attempt& attempt) const {
    return tool.try_once(attempt, effect);
  }
};

asio::awaitable<ToolResult> GitHubTool::do_once(JobRun& run, PendingEffect effect) {
  const UnderWay under_way(run, effect);
  CallResult<InstallationToken> token = co_await tokens_.token(run.spec.installation, run.caller());
  run.check_lease();
  if (!token) co_return token.error();
  effect.access = {run.spec.repo, std::move(*token), run.claimed.id, run.lease};
  if (has_effect() && !co_await journal_begun(effect)) {
    co_return EndsJob{JobFailReason::JournalFull, "the job's journal has no room for another effect"};
  }
  const std::string credential = credential_of(effect);
  const Call call = call_of(effect, api_, config_.retry_of(api_), run.random.fork(effect.entry), credential);
  CallResult<Done> done = co_await retry<Done>(environment_, call, Perform{*this, effect});
  if (has_effect()) co_await journal_ended(effect, done);
  if (done) {
    run.told[std::string(name())] = done->answer;
    co_return ToolAnswer{std::move(done->answer)};
  }
  if (model_may_correct(done.error(), entry_.spec)) {
    const Failure& failure = done.error().failure;
    co_return ToolError{"GitHub refused it: " + (failure.reason.empty() ? failure.message : failure.reason)};
  }
  co_return done.error();
}

asio::awaitable<bool> GitHubTool::journal_begun(PendingEffect& effect) const {
  std::string begun = begun_entry(effect.journalled.key, effect.journalled.intent);
  const bool has_room = co_await journal_begin(effect.run, effect.entry, std::move(begun));
  co_return has_room;
}

asio::awaitable<void> GitHubTool::journal_ended(PendingEffect& effect, const CallResult<Done>& done) const {
  if (!done && effect.in_doubt) co_return;
  std::string entry = done ? done_entry(effect.journalled.intent, done->answer) : undone_entry();
  co_await journal_end(effect.run, effect.entry, std::move(entry));
}

asio::awaitable<AttemptResult<GitHubTool::Done>> GitHubTool::try_once(const Attempt& attempt, PendingEffect& effect) {
  if (!effect.settling) {
    if (auto none = co_await renew_token(attempt, effect)) co_return *none;
  }
  EffectProgress& progress = effect.journalled.progress;
  if (progress == EffectProgress::Unknown) {
    std::optional<AttemptResult<Done>> ended = co_await look_for(attempt, effect);
    if (ended) co_return std::move(*ended);
    progress = EffectProgress::None;
  }
  JobRun& run = effect.run;
  run.check_lease();
  if (has_effect()) run.effect_in_doubt = true;
  AttemptResult<Done> performed = co_await perform(attempt, effect);
  if (!performed) {
    const Failure failure = performed.error().failure;
    if (has_effect() && failure.effect == Effect::Unknown) {
      progress = EffectProgress::Unknown;
      effect.in_doubt = true;
    }
    note_refusal(attempt, effect, failure);
    // It may be refused because it was done late: the first request is looked for once more.
    if (effect.in_doubt && failure.kind == FailureKind::ClientError && !performed.error().is_nested) {
      std::optional<AttemptResult<Done>> late = co_await look_for(attempt, effect);
      if (late && *late) co_return std::move(*late);
    }
  }
  // What was looked for in vain may still come, whatever became of this request: the next attempt looks again.
  if (!performed && effect.in_doubt) progress = EffectProgress::Unknown;
  if (has_effect()) run.effect_in_doubt = !performed && effect.in_doubt;
  co_return performed;
}

/// That nothing is found holds for what is sent next. Another job may have learned meanwhile that the token is refused;
/// to get a new one may take long, so the effect is looked for once more.
asio::awaitable<std::optional<AttemptResult<GitHubTool::Done>>> GitHubTool::look_for(const Attempt& attempt,
                                                                                     PendingEffect& effect) {
  constexpr int kMostLooks = 2;
  for (int look = 1; look <= kMostLooks; ++look) {
    CallResult<std::optional<Done>> found = co_await find(attempt, effect);
    if (!found) {
      AttemptFailure failure{.failure = found.error().failure, .is_nested = true};
      note_refusal(attempt, effect, failure.failure);
      const bool curable = failure.failure.retryable() || effect.settling;
      const bool never = !curable || found.error().reason == GiveUpReason::OutcomeUnknown;
      if (never) failure.give_up = GiveUp{GiveUpReason::OutcomeUnknown};
      // The job is delayed while the effect is in doubt, and its next run looks again; or it has no time left.
      const GiveUpReason why = found.error().reason;
      const bool is_held = why == GiveUpReason::Limited || why == GiveUpReason::CircuitOpen;
      if (is_held || why == GiveUpReason::Deadline) failure.give_up = GiveUp{why};
      co_return AttemptResult<Done>(std::move(failure));
    }
    if (*found) {
      effect.run.effect_in_doubt = false;
      co_return AttemptResult<Done>(Success<Done>{std::move(**found), 200});
    }
    if (effect.settling) break;
    const std::string used = effect.access.token.value;
    if (auto none = co_await renew_token(attempt, effect)) co_return AttemptResult<Done>(std::move(*none));
    if (effect.access.token.value == used) break;
  }
  co_return std::nullopt;
}

/// The wait before this attempt may have outlasted the token, and another job may have found out that it is refused,
/// that one even while the journal was written before the first attempt. Why there is no other one ends the tool.
asio::awaitable<std::optional<AttemptFailure>> GitHubTool::renew_token(const Attempt& attempt, PendingEffect& effect) {
  const JobRun& run = effect.run;
  const std::string& used = effect.access.token.value;
  // A token that the first attempt finds too old at once was so when it came: by our clock, which may be wrong.
  const bool is_at_once = attempt.number == 1 && environment_.clock.now() == attempt.call_since;
  const bool is_good =
      is_at_once ? !tokens_.has_discarded(run.spec.installation, used) : tokens_.holds(run.spec.installation, used);
  if (is_good) co_return std::nullopt;
  CallResult<InstallationToken> token = co_await tokens_.token(run.spec.installation, run.caller());
  if (!token) {
    const GaveUp& none = token.error();
    co_return AttemptFailure{none.failure, GiveUp{none.reason, none.patience}, true};
  }
  effect.access.token = std::move(*token);
  co_return std::nullopt;
}

/// A token that was refused for good must not be given to the next job.
void GitHubTool::note_refusal(const Attempt& attempt, PendingEffect& effect, const Failure& failure) {
  effect.settling = settling_wait(failure, attempt.number, config_.retry_of(api_)).has_value();
  const bool refused = failure.kind == FailureKind::Unauthorized || failure.settling;
  if (refused && !effect.settling) tokens_.discard(effect.run.spec.installation, effect.access.token.value);
}

std::uint32_t GitHubTool::most_branches() const {
  return config_.most_calls_of_tool(std::string(api::kCreateRef.tool));
}

AttemptFailure GitHubTool::failed_look_up(const GaveUp& gave_up) {
  AttemptFailure failure{.failure = gave_up.failure, .is_nested = true};
  failure.failure.effect = Effect::None;
  const bool is_held = gave_up.reason == GiveUpReason::Limited || gave_up.reason == GiveUpReason::CircuitOpen;
  if (is_held || gave_up.reason == GiveUpReason::Deadline) failure.give_up = GiveUp{gave_up.reason};
  return failure;
}

RetryPolicy GitHubTool::policy_of_look_up(const Api& api) const {
  RetryPolicy once = config_.retry_of(api);
  once.attempts = 1;
  return once;
}

Random GitHubTool::chance_of_look_up(const Attempt& attempt, const PendingEffect& effect, std::uint32_t number) {
  return effect.run.random.fork(effect.entry).fork("find").fork(attempt.number).fork(number);
}

Call GitHubTool::call_of(const PendingEffect& effect, const Api& api, const RetryPolicy& policy, const Random& random,
                         std::string_view credential) const {
  const Caller caller = effect.run.caller();
  return {.api = api,
          .job = caller.job,
          .policy = policy,
          .random = random,
          .guards = guards_between(options_.guards, nullptr, nullptr),
          .credential = credential,
          .timeout = config_.timeout_of(api),
          .deadline = caller.deadline,
          .ceiling = options_.ceiling,
          .permit = caller.permit,
          .run_since = caller.run_since,
          .run = caller.run,
          .is_of_a_rerun = caller.is_rerun};
}

}  // namespace core
