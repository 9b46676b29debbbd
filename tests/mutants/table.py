"""Deliberate bugs in the core, each a change of a text or two.

CONSTANTS changes each constant of the retry summary by a little, one way or the other; LOGIC and LATER break the logic, subtly
where possible; OTHERS (second.py) were written by somebody who had not read a test, and FORMS (dialects.py) as if by somebody
who did not know a form of docs/dialects.md; MET (incidents.py) has one for each line of docs/incidents.md; HOLDS (resilience.py)
are bugs in what holds calls and jobs back. What stands in a header that much includes is a Switch: one build serves them all.
"""

from typing import NamedTuple

from dialects import DIALECTS
from incidents import INCIDENTS
from resilience import RESILIENCE
from second import SECOND


class Switch(NamedTuple):
    """`before` and `expression`, one after the other, stand once in the file; `new` is put in the expression's place."""

    name: str
    file: str
    before: str
    expression: str
    new: str


class Mutant(NamedTuple):
    """`old` stands once in the file and becomes `new`; so do the others."""

    name: str
    file: str
    old: str
    new: str
    also: tuple = ()  # More of (file, old, new).


class Rotten(Exception):
    """A bug whose text is no longer there."""


def place_of(text, content, name, file):
    if content.count(text) != 1:
        raise Rotten(f"{name}: its text stands {content.count(text)} times in {file}, not once: {text!r}")
    return content.index(text)


def with_switches(switches, content):
    """The file's text with all of them built in, each of them off."""
    places = {}
    for switch in switches:
        begin = place_of(switch.before + switch.expression, content, switch.name, switch.file) + len(switch.before)
        places.setdefault((begin, begin + len(switch.expression)), []).append(switch)
    for (begin, end), choices in sorted(places.items(), reverse=True):
        chain = "".join(f'core::mutated("{switch.name}") ? {switch.new} : ' for switch in choices)
        content = f"{content[:begin]}({chain}{content[begin:end]}){content[end:]}"
    return content


def patched(mutant, read):
    """The new text of each file, by name; `read` tells the text of one."""
    texts = {}
    for file, old, new in ((mutant.file, mutant.old, mutant.new), *mutant.also):
        content = texts[file] if file in texts else read(file)
        begin = place_of(old, content, mutant.name, file)
        texts[file] = content[:begin] + new + content[begin + len(old):]
    return texts


CONFIG = "core/config/config.h"
POLICY = "core/retry/policy.h"
LLM = "  RetryPolicy retry{.attempts = "
LLM_INITIAL = LLM + "5,\n                    .backoff = {.initial_delay = "
LLM_MAX = LLM_INITIAL + "std::chrono::seconds(1), .max_delay = "
TOKEN = "  GitHubCallConfig token{\n      .retry = {.attempts = "
TOKEN_INITIAL = TOKEN + "5,\n                .backoff = {.initial_delay = "
TOKEN_MAX = TOKEN_INITIAL + "std::chrono::seconds(1), .max_delay = "
TOOLS = "  GitHubCallConfig tools{\n      .retry = {.attempts = "
TOOLS_INITIAL = TOOLS + "3,\n                .backoff = {.initial_delay = "
TOOLS_MAX = TOOLS_INITIAL + "std::chrono::seconds(1), .max_delay = "
JOBS_INITIAL = "  BackoffPolicy backoff{.initial_delay = "
JOBS_MAX = JOBS_INITIAL + "std::chrono::seconds(1),\n                        .max_delay = "
JOBS_JITTER = JOBS_MAX + "std::chrono::seconds(60),\n                        .jitter = {.kind = "
TIMEOUT = "  Duration timeout = "


def seconds(number):
    return f"std::chrono::seconds({number})"


def milliseconds(number):
    return f"std::chrono::milliseconds({number})"


CONSTANTS = [
    Switch("llm-attempts-4", CONFIG, LLM, "5", "4"),
    Switch("llm-attempts-6", CONFIG, LLM, "5", "6"),
    Switch("llm-initial-delay", CONFIG, LLM_INITIAL, seconds(1), milliseconds(1001)),
    Switch("llm-max-delay-down", CONFIG, LLM_MAX, seconds(60), milliseconds(59999)),
    Switch("llm-max-delay-up", CONFIG, LLM_MAX, seconds(60), milliseconds(60001)),
    Switch("llm-timeout-down", CONFIG, TIMEOUT, seconds(30), milliseconds(29999)),
    Switch("llm-timeout-up", CONFIG, TIMEOUT, seconds(30), milliseconds(30001)),
    Switch("llm-min-interval-down", CONFIG, "  Duration min_interval = ", milliseconds(100), milliseconds(99)),
    Switch("llm-min-interval-up", CONFIG, "  Duration min_interval = ", milliseconds(100), milliseconds(101)),
    Switch("token-attempts-4", CONFIG, TOKEN, "5", "4"),
    Switch("token-attempts-6", CONFIG, TOKEN, "5", "6"),
    Switch("token-initial-delay", CONFIG, TOKEN_INITIAL, seconds(1), milliseconds(1001)),
    Switch("token-max-delay-down", CONFIG, TOKEN_MAX, seconds(30), milliseconds(29999)),
    Switch("token-max-delay-up", CONFIG, TOKEN_MAX, seconds(30), milliseconds(30001)),
    Switch("github-timeout-down", CONFIG, TIMEOUT, seconds(10), milliseconds(9999)),
    Switch("github-timeout-up", CONFIG, TIMEOUT, seconds(10), milliseconds(10001)),
    Switch("tool-attempts-2", CONFIG, TOOLS, "3", "2"),
    Switch("tool-attempts-4", CONFIG, TOOLS, "3", "4"),
    Switch("tool-initial-delay", CONFIG, TOOLS_INITIAL, seconds(1), milliseconds(1001)),
    Switch("tool-max-delay-down", CONFIG, TOOLS_MAX, seconds(30), milliseconds(29999)),
    Switch("tool-max-delay-up", CONFIG, TOOLS_MAX, seconds(30), milliseconds(30001)),
    Switch("job-requeues-4", CONFIG, "std::uint32_t requeues = ", "5", "4"),
    Switch("job-requeues-6", CONFIG, "std::uint32_t requeues = ", "5", "6"),
    Switch("job-initial-delay", CONFIG, JOBS_INITIAL, seconds(1), milliseconds(1001)),
    Switch("job-max-delay-down", CONFIG, JOBS_MAX, seconds(60), milliseconds(59999)),
    Switch("job-max-delay-up", CONFIG, JOBS_MAX, seconds(60), milliseconds(60001)),
    Switch("job-jitter", CONFIG, JOBS_JITTER, "JitterKind::None", "JitterKind::Spread"),
    Switch("lease-down", CONFIG, "  Duration lease = ", seconds(30), milliseconds(29999)),
    Switch("lease-up", CONFIG, "  Duration lease = ", seconds(30), milliseconds(30001)),
    Switch("concurrency", CONFIG, "std::uint32_t concurrency = ", "1", "2"),
    Switch("multiplier", POLICY, "  Ratio multiplier{", "2'000'000", "2'000'001U"),
    Switch("jitter-ratio", POLICY, "  Ratio ratio{", "250'000", "250'001U"),
    Switch("jitter-kind", POLICY, "  JitterKind kind = ", "JitterKind::Spread", "JitterKind::Full"),
]

DECIDE = "core/retry/decide.cpp"
STRATEGY = "core/retry/strategy.cpp"
RETRY = "core/retry/retry.cpp"
LOOP = "core/retry/retry.h"
GUARD = "core/retry/guard.cpp"
HINT = "core/retry/retry_hint.cpp"
CLASSIFY = "core/retry/classify.cpp"
OUTCOME = "core/jobs/outcome.cpp"
WORKER = "core/worker/worker.cpp"
LEASES = "core/worker/leases.cpp"
TOOL = "core/tools/github_tool.cpp"
JOURNAL = "core/tools/effect_journal.cpp"
KEY = "core/tools/idempotency_key.cpp"
POSTING = "core/tools/posting_tool.cpp"
ARGUMENTS = "core/tools/arguments.cpp"
TOKENS = "core/github/token_cache.cpp"
PACER = "core/llm/pacer.cpp"
SCRIPTS = "core/queue/scripts/"

LOGIC = [
    # Constants within one file.
    Mutant("secondary-limit-wait", HINT, "kGitHubLimitWait = 1min", "kGitHubLimitWait = 59s"),
    Mutant("token-renewed-later", TOKENS, "kRenewBefore = std::chrono::minutes(5)", "kRenewBefore = std::chrono::minutes(4)"),
    Mutant("jwt-valid-for-longer", "core/github/app_jwt.cpp", "(seconds + std::chrono::minutes(9)).count()", "(seconds + std::chrono::minutes(11)).count()"),
    # Backoff.
    Mutant("jitter-before-the-cap", DECIDE, "const Duration upper = std::min(policy.max_delay, scaled(delay, widened));", "const Duration upper = scaled(delay, widened);"),
    Mutant("jitter-below-the-range", DECIDE, "const Duration lower = std::max(least, divided(upper, widened));", "const Duration lower = divided(delay, widened);"),
    Mutant("cap-off-by-one-step", STRATEGY, "delay = std::min(policy.max_delay, next);", "delay = next;"),
    Mutant("exponent-off-by-one", STRATEGY, "for (std::uint32_t i = 1; i < ordinal &&", "for (std::uint32_t i = 0; i < ordinal &&"),
    Mutant("full-jitter-from-the-half", DECIDE, "return random.between(Duration::zero(), delay, ordinal);", "return random.between(delay / 2, delay + delay / 2, ordinal);"),
    Mutant("full-jitter-clusters-at-the-cap", DECIDE, "return random.between(Duration::zero(), delay, ordinal);", "return std::min(delay, random.between(Duration::zero(), delay * 2, ordinal));"),
    Mutant("equal-jitter-is-full", DECIDE, "return delay / 2 + random.between(Duration::zero(), delay - delay / 2, ordinal);", "return random.between(Duration::zero(), delay, ordinal);"),
    Mutant("decorrelated-without-cap", DECIDE, "return std::min(policy.max_delay, random.between(policy.initial_delay, scaled(previous, 3 * kMillion), ordinal));", "return random.between(policy.initial_delay, scaled(previous, 3 * kMillion), ordinal);"),
    Mutant("decorrelated-forgets-the-wait-before", RETRY, "state_.previous_delay = wait->delay;", "state_.previous_delay = Duration::max() / 8;"),
    Mutant("hint-jittered-both-ways", DECIDE, "return random.between(hint, scaled(hint, kMillion + ratio), ordinal);", "return random.between(hint - hint / 10, scaled(hint, kMillion + ratio), ordinal);"),
    Mutant("wait-ends-early", RETRY, "saturating_add(environment_.clock.now(), wait->delay)", "saturating_add(environment_.clock.now(), wait->delay - Duration(1))"),
    # How much to retry.
    Mutant("one-attempt-too-many", DECIDE, "state.attempt >= *policy.attempts", "state.attempt > *policy.attempts"),
    Mutant("exhausted-called-not-retryable", DECIDE, "return GiveUp{GiveUpReason::Exhausted};", "return GiveUp{GiveUpReason::NotRetryable};"),
    Mutant("one-attempt-not-told-of", RETRY, "if (const auto* why = std::get_if<GiveUp>(&decision)) return give_up(*why, std::move(failure));", "if (const auto* why = std::get_if<GiveUp>(&decision)) {\n    --begun_;\n    return give_up(*why, std::move(failure));\n  }"),
    Mutant("final-failures-retried", DECIDE, "if (!failure.retryable()) return GiveUp{GiveUpReason::NotRetryable};", ""),
    Mutant("hint-longer-than-the-cap-is-waited-for", DECIDE, "if (failure.hint->delay > policy.longest_hint())", "if (false)"),
    Mutant("hint-at-the-cap-given-up", DECIDE, "failure.hint->delay > policy.longest_hint()", "failure.hint->delay >= policy.longest_hint()"),
    Mutant("hint-ignored", DECIDE, "if (!failure.hint) {", "if (true) {"),
    Mutant("one-requeue-too-many", OUTCOME, "if (retry_count >= policy.requeues)", "if (retry_count > policy.requeues)"),
    Mutant("hint-of-the-last-attempt-dropped", OUTCOME, "result.hint = gave_up.failure.hint;", ""),
    Mutant("requeue-by-the-hint-alone", OUTCOME, "delay = std::max(delay, hinted_delay(", "delay = (hinted_delay("),
    Mutant("requeue-hint-capped", OUTCOME, "std::min(delay, kLongestCeiling)", "std::min(delay, policy.backoff.max_delay)"),
    Mutant("rate-limit-taken-for-an-error", OUTCOME, "gave_up.failure.kind == FailureKind::RateLimited", "gave_up.failure.kind == FailureKind::ServerError"),
    Mutant("unknown-outcome-requeued", OUTCOME, "if (gave_up.reason == GiveUpReason::OutcomeUnknown) {", "if (false) {"),
    # Classification and hints.
    Mutant("503-is-no-service-error", CLASSIFY, "    case 503:\n      return FailureKind::Unavailable;\n", "    case 503:\n      return FailureKind::ServerError;\n"),
    Mutant("403-retried", CLASSIFY, "    case FailureKind::EmptyAnswer:\n      return Retryability::Retryable;\n    case FailureKind::Unauthorized:\n    case FailureKind::Forbidden:", "    case FailureKind::EmptyAnswer:\n    case FailureKind::Forbidden:\n      return Retryability::Retryable;\n    case FailureKind::Unauthorized:"),
    Mutant("timeouts-not-retried", CLASSIFY, "      .kind = FailureKind::Timeout, .effect", "      .kind = FailureKind::Timeout, .retryability = Retryability::Final, .effect"),
    Mutant("should-retry-false-ignored", CLASSIFY, "if (says_do_not_retry(response.headers)) {\n    failure.retryability = Retryability::Final;", "if (says_do_not_retry(response.headers)) {\n    failure.code += ' ';"),
    Mutant("used-up-quota-retried", CLASSIFY, "      failure.kind = FailureKind::ClientError;\n      failure.retryability = Retryability::Final;\n", "      failure.kind = FailureKind::ClientError;\n"),
    Mutant("hint-in-ms-read-as-s", HINT, "return read_amount(text, 1ms); });", "return read_amount(text, 1s); });"),
    Mutant("hint-in-s-read-as-ms", HINT, "const auto seconds = read_amount(text, 1s);", "const auto seconds = read_amount(text, 1ms);"),
    Mutant("date-compared-with-the-own-clock", "core/retry/answer_time.h", "return agrees || is_believable(*date_, own_) ? *date_ : own_;", "return agrees ? own_ : own_;"),
    Mutant("date-compared-with-the-steady-clock", "core/retry/answer_time.h", "return agrees || is_believable(*date_, own_) ? *date_ : own_;", "return agrees ? own_ : own_;", also=(
        ("core/llm/llm_client.cpp", "environment_.clock.wall_now()", "WallTime(environment_.clock.now().time_since_epoch())"),
        ("core/github/exchange.cpp", "environment.clock.wall_now()", "WallTime(environment.clock.now().time_since_epoch())"))),
    Mutant("dates-not-read", HINT, "return seconds ? seconds : read_date(text, now);", "return seconds;"),
    Mutant("shorter-of-two-hints", HINT, "longest = std::max(longest, read(trimmed(header.value)).value_or(Duration::zero()));", "longest = read(trimmed(header.value)).value_or(Duration::zero());"),
    Mutant("reset-ignored", HINT, "if (const auto reset = hint(github_reset(response.headers, now), DelaySource::RateLimitReset)) return reset;", "return std::nullopt;"),
    Mutant("rate-limited-403-fails", HINT, "if (response.status != 403 || context.rate_limited_403 == RateLimited403::Fail) return false;", "return false;"),
    # Statuses, waits told elsewhere, and the ceiling.
    # Pacing and time-outs.
    Mutant("no-interval-between-requests", PACER, "next_free_ = saturating_add(slot, min_interval_);", "next_free_ = slot;"),
    Mutant("interval-from-the-end-of-the-wait", PACER, "const SteadyTime slot = std::max(now, next_free_);", "const SteadyTime slot = std::max(now, next_free_) + min_interval_;"),
    Mutant("retries-not-paced", "core/llm/llm_client.cpp", ".guards = guards_between(shared_guards_, &credential_guard_, &pacer_),", ".guards = guards_between(shared_guards_, &credential_guard_, nullptr),"),
    Mutant("interval-for-each-job-by-itself", "core/llm/llm_client.cpp", "  const Call call{.api = api::kChat,\n                  .job = caller.job,\n                  .policy = config_.retry,\n                  .random = random,\n                  .guards = guards_between(shared_guards_, &credential_guard_, &pacer_),", "  thread_local std::map<std::string, std::shared_ptr<Pacer>> pacers;\n  const std::string its_own = environment_.runner + std::string(caller.job);\n  if (messages.size() == 1) pacers[its_own] = std::make_shared<Pacer>(environment_.clock, config_.min_interval);\n  const std::shared_ptr<Pacer> pacer = pacers[its_own];\n  const Call call{.api = api::kChat,\n                  .job = caller.job,\n                  .policy = config_.retry,\n                  .random = random,\n                  .guards = guards_between(shared_guards_, &credential_guard_, pacer.get()),"),
    Mutant("only-first-attempts-paced", GUARD, "Admission admission = guards_[i].admit(attempt_, waiters_[i]);", "Admission admission = attempt_.number == 1 ? guards_[i].admit(attempt_, waiters_[i]) : Admission(Admit{});"),
    Mutant("llm-timeout-doubled", "core/llm/llm_client.cpp", ".timeout = config_.timeout,", ".timeout = config_.timeout * 2,"),
    Mutant("github-timeout-ignored", "core/github/exchange.cpp", "attempt.request_deadline(environment.clock.now())", "saturating_add(environment.clock.now(), attempt.timeout * 10)"),
    # Tokens.
    Mutant("token-used-after-expiry", TOKENS, "return clock.wall_now() < token.renew_at_wall && clock.now() < token.renew_at;", "return clock.wall_now() < token.renew_at_wall + std::chrono::hours(2) && clock.now() < token.renew_at + std::chrono::hours(2);"),
    Mutant("token-minted-for-each-job", TOKENS, "    mint = under_way;\n", ""),
    Mutant("token-never-cached", TOKENS, "installation.token = std::move(*minted);", ""),
    Mutant("token-asked-for-again-at-once", TOKENS, "if (is_kept) installation.refusal = Refusal", "if (is_kept && hint->delay.count() < 0) installation.refusal = Refusal"),
    Mutant("refused-token-kept", TOKENS, "    known->second.token.reset();\n", ""),
    # The tool and its effect.
    Mutant("lost-answer-not-looked-up", TOOL, "      progress = EffectProgress::Unknown;\n", "", also=((TOOL, "  if (!performed && effect.in_doubt) progress = EffectProgress::Unknown;", "  const bool is_lost = !performed && performed.error().failure.effect == Effect::Unknown;\n  if (!performed && effect.in_doubt && !is_lost) progress = EffectProgress::Unknown;"),)),
    Mutant("started-not-journalled", TOOL, "  if (has_effect() && !co_await journal_begun(effect)) {\n    co_return EndsJob{JobFailReason::JournalFull, \"the job's journal has no room for another effect\"};\n  }\n", ""),
    Mutant("started-journalled-after-the-create", TOOL, "  if (has_effect()) co_await journal_ended(effect, done);\n", "  co_await journal_end(run, effect.entry, begun_entry(effect.journalled.key, effect.journalled.intent));\n  if (has_effect()) co_await journal_ended(effect, done);\n", also=((TOOL, "  if (has_effect() && !co_await journal_begun(effect)) {\n    co_return EndsJob{JobFailReason::JournalFull, \"the job's journal has no room for another effect\"};\n  }\n", ""),)),
    Mutant("doubt-forgotten", TOOL, "      effect.in_doubt = true;\n", ""),
    Mutant("journal-not-read", TOOL, "if (journalled.progress == EffectProgress::Done) {", "if (false) {"),
    Mutant("done-not-journalled", TOOL, "  if (!done && effect.in_doubt) co_return;\n", "  if (done || effect.in_doubt) co_return;\n"),
    Mutant("journal-says-undone", JOURNAL, "state == \"started\" ? EffectProgress::Unknown", "state == \"started\" ? EffectProgress::None"),
    Mutant("key-without-the-job", KEY, "compose(FMT_COMPILE(\"{}:{}:{}:{}\"), job.size(), job, tool, ordinal)", "compose(FMT_COMPILE(\"{}:{}:{}\"), job.size(), tool, ordinal)"),
    Mutant("marker-of-others-not-told-apart", POSTING, "post.body.find(marker) != std::string::npos", "post.body.find(\"<!-- rehearse:\") != std::string::npos"),
    Mutant("only-the-first-page-looked-at", POSTING, "if (!listed->next_page) co_return std::nullopt;", "co_return std::nullopt;"),
    Mutant("another-apps-comment-taken-for-its-own", "core/github/posts.cpp", "if (told) return *told == config.app_id;", "if (told) return !told->empty();"),
    Mutant("comment-elsewhere-allowed", ARGUMENTS, "return same(is(repo) || is(repo.substr(slash + 1)));", "return same(true);"),
    Mutant("other-bodies-for-one-key", TOOL, "  if (journalled.progress == EffectProgress::None) {\n    std::optional<std::string> refusal", "  if (journalled.progress != EffectProgress::Done) {\n    std::optional<std::string> refusal"),
    Mutant("not-found-told-to-the-model", TOOL, "(kind == FailureKind::ClientError || is_its_own);", "kind != FailureKind::Unauthorized;"),
    Mutant("tool-retries-doubled-by-the-look-up", TOOL, "  once.attempts = 1;\n", ""),
    # The agent.
    Mutant("one-turn-too-many", "core/agent/agent.cpp", "turn < config_.llm.max_turns; ++turn", "turn <= config_.llm.max_turns; ++turn"),
    # The queue's scripts.
    Mutant("complete-without-owner-check", SCRIPTS + "complete.lua", "if owners[i] == tokens[i] and not ended_by[id] then", "if owners[i] and not ended_by[id] then"),
    Mutant("fail-without-owner-check", SCRIPTS + "fail.lua", "if call('HGET', root .. 'owners', id) ~= token then", "if not call('HGET', root .. 'owners', id) then"),
    Mutant("fail-without-any-check", SCRIPTS + "fail.lua", "if call('HGET', root .. 'owners', id) ~= token then", "if call('HGET', data, 'failed_by') == token then"),
    Mutant("release-into-no-list", SCRIPTS + "release.lua", "'LPUSH', 'ready', id)", "'LREM', 'ready', 0, id)"),
    Mutant("requeue-without-owner-check", SCRIPTS + "requeue.lua", "if call('HGET', root .. 'owners', id) ~= token then", "if not call('HGET', root .. 'owners', id) then"),
    Mutant("renew-without-owner-check", SCRIPTS + "renew.lua", "~= ARGV[1] then return 0 end", "== 'nobody' then return 0 end"),
    Mutant("journal-without-owner-check", SCRIPTS + "journal.lua", "~= ARGV[1] then return 0 end", "== 'nobody' then return 0 end"),
    Mutant("complete-repeated-is-lost", SCRIPTS + "complete.lua", "elseif (ended_by[id] or call('HGET', completed_by, id)) == tokens[i] then", "elseif false then"),
    Mutant("requeue-repeated-counts-again", SCRIPTS + "requeue.lua", "if ask('HGET', data, 'requeued_by') ~= token then return 0 end\n  return", "if ask('HGET', data, 'requeued_by') ~= token then return 0 end\n  call('INCR', root .. 'retry:' .. id)\n  return"),
    Mutant("requeue-keeps-the-lease", SCRIPTS + "requeue.lua", "if call('ZRANK', root .. 'delayed', id) == 0 then", "call('ZADD', root .. 'leases', now + 30000000, id)\nif call('ZRANK', root .. 'delayed', id) == 0 then"),
    Mutant("complete-keeps-the-lease", SCRIPTS + "complete.lua", " or refused(redis.pcall('ZREM', root .. 'leases', unpack(ended)))", ""),
    Mutant("complete-keeps-the-owner", SCRIPTS + "complete.lua", " or refused(redis.pcall('HDEL', root .. 'owners', unpack(ended)))", ""),
    Mutant("requeue-wakes-nobody", SCRIPTS + "requeue.lua", "tell_watchers('due ' .. ARGV[3])", "tell_watchers('due -1')"),
    Mutant("delayed-job-promoted-twice", SCRIPTS + "claim.lua", "    call('ZREM', root .. 'delayed', job)\n", ""),
    Mutant("delayed-job-taken-early", SCRIPTS + "claim.lua", "'-inf', now, 'LIMIT'", "'-inf', now + 1000000, 'LIMIT'"),
    Mutant("claim-repeated-takes-another", SCRIPTS + "claim.lua", "local is_repeated = last_number == number\n", "local is_repeated = last_number == 'none'\n"),
    Mutant("claim-repeated-tells-what-others-have", SCRIPTS + "claim.lua", "if call('HGET', root .. 'owners', id) == token then", "if true then"),
    Mutant("claim-repeated-tells-what-has-run-out", SCRIPTS + "claim.lua", "last_lease_end, last_lease_end", "'-inf', '+inf'"),
    Mutant("retry-count-not-told", SCRIPTS + "claim.lua", "kept[2] and tostring", "kept[3] and tostring"),
    Mutant("claim-takes-jobs-twice", SCRIPTS + "claim.lua", "  if #ids == 0 then return {0, 0} end\n", ""),
    Mutant("late-claim-takes-jobs", SCRIPTS + "claim.lua", "tonumber(last_number) > tonumber(number)", "tonumber(last_number) < 0"),
    Mutant("completed-jobs-forgotten-early", SCRIPTS + "complete.lua", "ended_at + ARGV[1] <= now", "ended_at + 1 <= now"),
    Mutant("completed-jobs-never-forgotten", SCRIPTS + "complete.lua", "ended_at + ARGV[1] <= now", "ended_at < 0"),
    Mutant("put-in-anew-and-still-completed", SCRIPTS + "enqueue.lua", "refused(redis.pcall('HDEL', root .. 'completed_by', id)) or ", ""),
    Mutant("joined-answers-mixed-up", "core/queue/joined_script.cpp", "std::move(answers[place])", "std::move(answers[0])"),
    Mutant("journal-not-marked", SCRIPTS + "journal.lua", "'journaled', bytes, ", ""),
    Mutant("recovered-early", SCRIPTS + "recover.lua", "now, 'LIMIT'", "now + 1000000, 'LIMIT'"),
    Mutant("recovery-spends-a-retry", SCRIPTS + "recover.lua", "  note(id, 'recoveries', count)\n", "  note(id, 'recoveries', count)\n  call('INCR', root .. 'retry:' .. id)\n"),
    Mutant("recovery-resets-the-retry-count", SCRIPTS + "recover.lua", "  note(id, 'recoveries', count)\n", "  note(id, 'recoveries', count)\n  call('DEL', root .. 'retry:' .. id)\n"),
    Mutant("recovery-wakes-nobody", SCRIPTS + "recover.lua", "wake_for_ready(now, ready)\n", ""),
    Mutant("recovery-repeated-finds-nothing", SCRIPTS + "recover.lua", "if #answer > 0 then return answer end\n", ""),
    Mutant("recovered-at-the-back", SCRIPTS + "recover.lua", "'LPUSH', 'ready', id)", "'RPUSH', 'ready', id)"),
    Mutant("recovery-keeps-the-owner", SCRIPTS + "recover.lua", "  note(id, 'recoveries', count)\n", "  note(id, 'recoveries', count)\n  local owner, moved = call('HGET', root .. 'owners', id), move\n  local function move(...)\n    local refusal = moved(...)\n    call('HSET', root .. 'owners', id, owner or '')\n    return refusal\n  end\n"),
    Mutant("recovery-forgets-the-job", SCRIPTS + "recover.lua", "'LPUSH', 'ready', id)", "'LREM', 'ready', 0, id)"),
    # A job that is recovered too often.
    # What a worker owes to Redis however long it takes, and when.
    Mutant("enqueue-twice", SCRIPTS + "enqueue.lua", "if call('EXISTS', data) == 1 then", "if call('EXISTS', data) == 2 then"),
    Mutant("enqueue-wakes-nobody", SCRIPTS + "enqueue.lua", "wake_for_ready(now, 1)\n", ""),
    # Jobs that a stopping worker gives back.
    Mutant("given-back-without-owner-check", SCRIPTS + "release.lua", "if call('HGET', root .. 'owners', id) ~= token then", "if not call('HGET', root .. 'owners', id) then"),
    Mutant("given-back-repeated-is-lost", SCRIPTS + "release.lua", "return ask('HGET', data, 'released_by') == token and 1 or 0", "return 0"),
    Mutant("given-back-at-once", SCRIPTS + "release.lua", "if ARGV[3] == '0' then\n  refusal", "if ARGV[3] ~= '' then\n  refusal"),
    Mutant("given-back-in-doubt-at-once", LEASES, "if (job.run.effect_in_doubt) delay = std::max(delay, config_.jobs.lease);", "delay = std::max(delay, Duration::zero());"),
    Mutant("given-back-keeps-the-lease", SCRIPTS + "release.lua", "-- part: wake\nif ARGV", "call('ZADD', root .. 'leases', now + 30000000, id)\n-- part: wake\nif ARGV"),
    Mutant("given-back-keeps-the-owner", SCRIPTS + "release.lua", "-- part: wake\nif ARGV", "call('HSET', root .. 'owners', id, token)\n-- part: wake\nif ARGV"),
    Mutant("given-back-spends-a-retry", SCRIPTS + "release.lua", "-- part: wake\nif ARGV", "call('INCR', root .. 'retry:' .. id)\n-- part: wake\nif ARGV"),
    Mutant("given-back-wakes-nobody", SCRIPTS + "release.lua", "  wake_for_ready(now, 1)\n", ""),
    Mutant("given-back-at-the-back", SCRIPTS + "release.lua", "'LPUSH', 'ready', id)", "'RPUSH', 'ready', id)"),
    Mutant("claimed-late-not-given-back", WORKER, "giving_back_ || (pause_", "(giving_back_ && stopped_) || (pause_"),
    Mutant("not-given-back", WORKER, "job->give_back_after && !job->lost && !recorded", "job->give_back_after && job->lost && !recorded"),
    # Jobs that a person brings back.
    Mutant("revived-with-its-retries-spent", SCRIPTS + "revive.lua", " or refused(redis.pcall('DEL', root .. 'retry:' .. id))", ""),
    Mutant("revived-though-not-dead", SCRIPTS + "revive.lua", "if held_until > now or call('ZREM', root .. 'delayed', id) == 0 then return 0 end", "call('LREM', root .. 'dead', 1, id)"),
    # The worker.
    Mutant("lease-not-renewed", LEASES, "job->lease_end = *lease_end;", "co_return;"),
    Mutant("lease-renewed-too-late", LEASES, "std::max(config_.jobs.lease / 3, Duration(1))", "std::max(config_.jobs.lease * 2 / 3, Duration(1))"),
    Mutant("lease-counted-from-the-answer", "core/queue/queue.cpp", "  co_return saturating_add(answer.asked_at, lease);", "  co_return saturating_add(environment_.clock.now(), lease);"),
    Mutant("claim-counted-from-the-answer", "core/queue/queue.cpp", "read_claim(std::move(answer->value), answer->asked_at);", "read_claim(std::move(answer->value), environment_.clock.now());"),
    Mutant("due-time-counted-within-a-microsecond", "core/queue/queue.cpp", "std::chrono::ceil<std::chrono::microseconds>(asked_at)", "asked_at"),
    Mutant("own-lapsed-run-not-ended", WORKER, "    co_await end_older_run(job.id);\n", ""),
    Mutant("leases-not-waited-for", WORKER, "if (claim.lease_ran_out && !co_await", "if (claim.lease_ran_out && stopping_ && !co_await"),
    Mutant("stopping-worker-takes-jobs", WORKER, "if (worker_.stopping_) return Refuse", "if (worker_.stopped_) return Refuse"),
    Mutant("lost-lease-not-noticed", LEASES, "environment_.clock.now() >= job.lease_end) lose_lease(job);", "environment_.clock.now() >= job.lease_end + std::chrono::hours(1)) lose_lease(job);"),
    Mutant("lost-lease-works-on", LEASES, "  job.cancel.emit(asio::cancellation_type::terminal);\n", ""),
    Mutant("delayed-job-polled-for", WORKER, "std::min(idle_until_, *claim.next);", "std::min(idle_until_, *claim.next + std::chrono::milliseconds(500));"),
    Mutant("looks-a-millisecond-before-it-is-due", WORKER, "std::min(idle_until_, *claim.next);", "std::min(idle_until_, *claim.next - std::chrono::milliseconds(1));"),
    Mutant("end-not-recorded-is-reported", WORKER, "  const Ownership ownership = co_await queue_.complete(job.run.token, claimed.id, claimed.run);\n  if (ownership == Ownership::Lost) throw LeaseLostError{};\n", "  (void)co_await queue_.complete(job.run.token, claimed.id, claimed.run);\n"),
    Mutant("one-job-too-many-at-once", WORKER, "return concurrency - std::min(used, concurrency);", "return concurrency + 1 - std::min(used, concurrency);"),
    Mutant("claims-more-than-there-is-room-for", WORKER, "std::min(claim_size_, room)", "claim_size_"),
    Mutant("jobs-that-run-leave-their-slots", WORKER, "return job->stage != LeasedJob::Stage::Ending; };", "return job->stage == LeasedJob::Stage::Ended; };"),
    Mutant("ends-keep-all-slots", WORKER, "ending - std::min(ending, concurrency / 2)", "ending"),
    Mutant("claim-given-up-is-the-last", WORKER, "    unanswered_claim_ = token;\n    co_await rest();\n    co_return true;\n", "    co_return false;\n"),
    Mutant("claim-given-up-is-forgotten", WORKER, "    unanswered_claim_ = token;\n    co_await rest();\n", "    co_await rest();\n"),
    Mutant("subscription-given-up-wakes-nobody", "core/queue/wake_listener.cpp", "      look();\n      co_await environment_.clock.sleep_until(queue_.end_of_rest());\n", "      co_await environment_.clock.sleep_until(queue_.end_of_rest());\n"),
    Mutant("subscription-given-up-is-the-last", "core/queue/wake_listener.cpp", "      co_await environment_.clock.sleep_until(queue_.end_of_rest());\n      continue;\n", "      co_return;\n"),
    Mutant("cancellation-swallowed", LOOP, "    if (is_cancellation(error)) progress.cancelled();\n    throw;\n", "    progress.cancelled();\n    co_return GaveUp{GiveUpReason::Exhausted, Failure{}};\n"),
    # Events.
    Mutant("secret-in-the-code", "core/llm/llm_client.cpp", "  if (!response) co_return AttemptFailure{classify(response.error())};\n  co_return read", "  if (!response) {\n    Failure failure = classify(response.error());\n    failure.code = \"Bearer ghs_0123456789abcdef\";\n    co_return AttemptFailure{failure};\n  }\n  co_return read"),
]

# Written down later, with the parts that they break and before it was tried who sees them.
LATER = [
    Mutant("408-is-final", CLASSIFY, "    case 408:\n      return FailureKind::Timeout;\n", ""),
    Mutant("408-is-unavailable", CLASSIFY, "    case 408:\n      return FailureKind::Timeout;\n", "    case 408:\n      return FailureKind::Unavailable;\n"),
    Mutant("409-of-github-retried", CLASSIFY, "return service == Service::Llm ? FailureKind::Unavailable : FailureKind::ClientError;", "static_cast<void>(service);\n      return FailureKind::Unavailable;"),
    Mutant("409-of-a-model-final", CLASSIFY, "return service == Service::Llm ? FailureKind::Unavailable : FailureKind::ClientError;", "static_cast<void>(service);\n      return FailureKind::ClientError;"),
    Mutant("425-is-final", CLASSIFY, "    case 425:\n      return FailureKind::Unavailable;\n", ""),
    Mutant("402-retried", CLASSIFY, "    case 425:\n", "    case 402:\n    case 425:\n"),
    Mutant("limit-in-a-422-told-to-the-model", HINT, "if (response.status == 422) return body.names_github_limit();", "if (response.status == 422) return false;"),
    Mutant("strict-403-by-words-retried", HINT, "  if (response.status != 403 || context.rate_limited_403 == RateLimited403::Fail) return false;", "  if (response.status == 403 && body.names_github_limit()) return true;\n  if (response.status != 403 || context.rate_limited_403 == RateLimited403::Fail) return false;"),
    Mutant("limit-in-words-by-backoff", HINT, "return body.names_github_limit() ? hint(kGitHubLimitWait, DelaySource::RateLimitReset) : std::nullopt;", "return std::nullopt;"),
    Mutant("reset-of-tokens-not-read", HINT, "    if (!is_used_up(headers, remaining)) continue;\n", "    if (!is_used_up(headers, remaining) || name.ends_with(\"-tokens\")) continue;\n"),
    Mutant("reset-though-some-remain", HINT, "if (!is_used_up(headers, remaining)) continue;", "if (!find_header(headers, remaining)) continue;"),
    Mutant("shorter-of-the-resets", HINT, "longest = std::max(longest, read_reset(trimmed(header.value), now)", "longest = std::max(Duration::zero(), read_reset(trimmed(header.value), now)"),
    Mutant("reset-beats-a-longer-retry-after", HINT, "return after >= reset ? hint(after", "return reset == Duration::zero() ? hint(after"),
    Mutant("equal-hints-told-as-a-reset", HINT, "return after >= reset ? hint(after", "return after > reset ? hint(after"),
    Mutant("wait-in-the-body-not-read", HINT, "body.wait(now).value_or(Duration::zero())", "Duration::zero()"),
    Mutant("minutes-of-a-duration-read-as-seconds", "core/retry/wait_text.cpp", "{\"m\", 1min}", "{\"m\", 1s}"),
    Mutant("epoch-in-ms-read-as-seconds", "core/retry/wait_text.cpp", "*milliseconds < 1ms * 100'000'000'000 ?", "*milliseconds < 1ms * 100'000'000'000'000 ?"),
    Mutant("epoch-taken-for-seconds-from-now", "core/retry/wait_text.cpp", "if (*milliseconds < 1ms * 1'000'000'000) return", "if (*milliseconds < 1ms * 10'000'000'000) return"),
    Mutant("fraction-of-a-nanosecond-undercut", "core/retry/wait_text.cpp", "fraction / kFine + (finer || fraction % kFine != 0 ? 1 : 0)", "fraction / kFine + (finer ? 1 : 0)"),
    Mutant("retry-delay-not-known", "core/retry/error_body.cpp", "{\"retrydelay\", 1s}", "{\"retry_delay\", 1s}"),
    Mutant("errors-in-an-array-not-read", "core/retry/error_body.cpp", "(body[first] != '{' && body[first] != '[')", "body[first] != '{'"),
    Mutant("codes-that-are-numbers-not-read", "core/retry/error_body.cpp", "node.kind == Kind::String || node.kind == Kind::Number;\n    for", "node.kind == Kind::String;\n    for"),
    Mutant("ceiling-ignored", DECIDE, "if (failure.hint && failure.hint->delay > ceiling)", "if (ceiling < Duration::zero())"),
    Mutant("ceiling-reached-is-passed", DECIDE, "failure.hint->delay > ceiling", "failure.hint->delay >= ceiling"),
    Mutant("ceiling-after-the-attempts", DECIDE, "if (failure.hint && failure.hint->delay > ceiling)", "if (failure.hint && failure.hint->delay > ceiling && !(policy.attempts && state.attempt >= *policy.attempts))"),
    Mutant("ceiling-requeues", OUTCOME, "} else if (gave_up.patience == Patience::Over) {", "} else if (false) {"),
    Mutant("refusal-beyond-the-ceiling-kept", TOKENS, "hint && minted.error().patience == Patience::Left && !", "hint && !"),
    Mutant("ceiling-of-the-tool-forgotten", TOOL, ".ceiling = options_.ceiling,", ".ceiling = api.kind == ApiKind::Effect ? kRetryAfterCeiling : config_.retry_after_ceiling,"),
    Mutant("ceiling-forgotten-by-the-tool-s-call", TOOL, "GiveUp{none.reason, none.patience}", "GiveUp{none.reason}"),
    Mutant("one-recovery-too-many", SCRIPTS + "recover.lua", "count > most", "count > most + 1"),
    Mutant("one-recovery-too-few", SCRIPTS + "recover.lua", "count > most", "count >= most"),
    Mutant("recoveries-are-not-bounded", SCRIPTS + "recover.lua", "if count > most then", "if not count then"),
    Mutant("recovered-too-often-and-in-no-list", SCRIPTS + "recover.lua", "'RPUSH', 'dead', id)", "'LREM', 'dead', 0, id)"),
    Mutant("recovered-too-often-and-ready-too", SCRIPTS + "recover.lua", "    refusal = move(id, nil, 'RPUSH', 'dead', id)\n", "    refusal = move(id, nil, 'RPUSH', 'dead', id)\n    call('LPUSH', root .. 'ready', id)\n"),
    Mutant("recovered-too-often-is-said-to-be-ready", SCRIPTS + "recover.lua", "answer[i] = 'failed:' .. id", "answer[i] = 'ready:' .. id"),
    Mutant("recovery-kept-for-nobody", SCRIPTS + "recover.lua", "call('RPUSH', kept, unpack(answer))\n", ""),
    Mutant("recovery-kept-for-ever", SCRIPTS + "recover.lua", "call('PEXPIRE', kept, ARGV[2])\n", ""),
    Mutant("requeue-keeps-the-recoveries", SCRIPTS + "requeue.lua", ", 'recoveries', '0',", ","),
    Mutant("revival-keeps-the-recoveries", SCRIPTS + "revive.lua", ", 'recoveries'))", "))"),
    Mutant("release-resets-the-recoveries", SCRIPTS + "release.lua", "'released_by', token, 'held", "'released_by', token, 'recoveries', '0')"),
    Mutant("bound-of-recoveries-not-told", "core/queue/queue.cpp", "std::to_string(most),\n                       std::string(name_of(JobFailReason", "std::to_string(most - most + 3),\n                       std::string(name_of(JobFailReason"),
    Mutant("failed-by-recovery-is-reported-as-recovered", WORKER, "job.failed ? EventKind::JobFailed : EventKind::JobRecovered", "job.failed ? EventKind::JobRecovered : EventKind::JobRecovered"),
    Mutant("claim-that-comes-late-is-dropped", WORKER, "    unanswered_claim_ = token;\n    co_return true;\n", "    co_return true;\n"),
    Mutant("claim-that-comes-late-is-begun", WORKER, "!claim.jobs.empty() && environment_.clock.now() >= saturating_add", "claim.jobs.empty() && environment_.clock.now() >= saturating_add"),
    Mutant("claimed-late-by-a-nanosecond-is-begun", WORKER, "environment_.clock.now() >= saturating_add(claim.asked_at", "environment_.clock.now() > saturating_add(claim.asked_at"),
    Mutant("end-is-tried-only-as-often-as-allowed", "core/queue/queue.cpp", "    co_await environment_.clock.sleep_until(end_of_rest());\n", "    co_return Answer{};\n"),
    Mutant("end-is-tried-without-a-rest", "core/queue/queue.cpp", "    co_await environment_.clock.sleep_until(end_of_rest());\n", "    co_await environment_.clock.sleep_until(environment_.clock.now());\n"),
    Mutant("renewals-stop-while-ending", LEASES, "    if (job->stage == LeasedJob::Stage::Ended) co_return;\n    let_go_if_over", "    if (job->stage != LeasedJob::Stage::Running) co_return;\n    let_go_if_over"),
    Mutant("renewals-made-up-for", LEASES, "    renewed_at = *lease_end - config_.jobs.lease;\n", "    renewed_at += third;\n"),
    Mutant("lease-counted-from-before-the-connection", "core/redis/session.cpp", "  SteadyTime sent_at = environment_.clock.now();\n", "", (("core/redis/session.cpp", "  const Connected connected_to = co_await connected();\n", "  SteadyTime sent_at = environment_.clock.now();\n  const Connected connected_to = co_await connected();\n"),)),
    Mutant("connections-made-by-each-caller", "core/redis/session.cpp", "    if (attempt->failure) co_return *attempt->failure;\n", ""),
    Mutant("replica-is-not-left", "core/redis/session.cpp", "if (serves_elsewhere(reply->text)) drop(connection);", "if (serves_elsewhere(reply->text) && reply->text.empty()) drop(connection);"),
    Mutant("redirect-followed-without-a-lease", "core/github/redirect.cpp", "    if (permit != nullptr) permit->check();\n", "    static_cast<void>(permit);\n"),
    Mutant("several-slots-due-at-once-begin-together", "core/llm/pacer.cpp", "now < begins || place != waiting_.begin()", "now < begins"),
    Mutant("idle-worker-polls", WORKER, "if (claim.next) idle_until_ = std::min(idle_until_, *claim.next);", "idle_until_ = environment_.clock.now() + std::chrono::seconds(1);"),
    Mutant("reset-of-limits-by-other-names-not-read", HINT, "    if (!equal_ignoring_case(name.substr(0, kReset.size()), kReset)) continue;\n", "    if (!equal_ignoring_case(name, \"x-ratelimit-reset-requests\") && !equal_ignoring_case(name, \"x-ratelimit-reset-tokens\")) continue;\n"),
    Mutant("headers-within-a-body-not-read", HINT, "const HttpHeaders within = body.headers_within();", "const HttpHeaders within;"),
    Mutant("words-of-a-reset-not-read", "core/retry/wait_text.cpp", "\"resets after\",   \"reset after\"", "\"reset at\", \"resets at\""),
    Mutant("seconds-until-a-reset-not-read", "core/retry/error_body.cpp", "{\"resetsinseconds\", 1s}", "{\"resets_in_seconds\", 1s}"),
    Mutant("error-within-an-error-not-read", "core/retry/error_body.cpp", "  for (const std::string_view text : within) parse(text);\n", ""),
    Mutant("throttled-endpoint-is-asked-on", "core/retry/error_body.cpp", "\"temporarily being throttled\"", "\"is being throttled\""),
    Mutant("comment-by-the-apps-other-name-not-found", "core/github/posts.cpp", "is_number ? post.app_id : post.app_client_id;", "is_number || post.app_id ? post.app_id : post.app_client_id;"),
    Mutant("full-page-without-links-is-the-last", "core/github/posts.cpp", "(is_silent && result.posts.size() >= kPerPage)", "(is_silent && result.posts.size() > kPerPage)"),
    Mutant("request-that-never-fits-is-retried", "core/retry/account_words.cpp", "must be reduced in order to run successfully", "must be reduced to run"),
    Mutant("leases-sleep-with-the-machine", "core/production/time/asio_clock.cpp", "  return SteadyTime(since_boot_() - started_);", "  return SteadyTime(std::chrono::steady_clock::now() - start_);"),
    # Whether a worker with room claims, or Redis tells it.
    Mutant("slot-that-is-free-again-is-not-used", WORKER, "  if (!is_listed_) woken_ = true;\n", ""),
    Mutant("full-worker-counts-on-being-told", WORKER, "woken_ = is_listed_ = false;", "woken_ = false;"),
    Mutant("paused-worker-stays-listed", LEASES, "    wake();  // To take no more jobs.\n", ""),
    Mutant("lost-run-is-not-looked-after", WORKER, "  if (!recorded) wake();\n", ""),
    Mutant("requeued-job-is-not-asked-for", WORKER, "    wake();  // The next claim tells when the job is due.\n", ""),
    Mutant("last-ready-job-brings-a-claim-in-vain", SCRIPTS + "claim.lua", "#ids < most or has_more_room and call('LLEN', root .. 'ready') == (is_repeated and 0 or most)", "#ids < most"),
    # Strategies of backoff.
    Mutant("strategy-constant-grows", STRATEGY, "return std::min(policy.initial_delay, policy.max_delay);", "return exponential(step.ordinal, policy);"),
    Mutant("strategy-linear-begins-a-step-late", STRATEGY, "increment * (std::max(ordinal, 1U) - 1);", "increment * ordinal;"),
    Mutant("strategy-linear-beyond-the-cap", STRATEGY, "std::min<Wide>(delay, policy.max_delay.count())", "std::min<Wide>(delay, kNoEnd.count())"),
    Mutant("strategy-list-begins-with-its-second", STRATEGY, "std::min<std::size_t>(std::max(ordinal, 1U) - 1, last)", "std::min<std::size_t>(ordinal, last)"),
    Mutant("strategy-list-begins-anew", STRATEGY, "std::min<std::size_t>(std::max(ordinal, 1U) - 1, last)", "(std::max(ordinal, 1U) - 1) % (last + 1)"),
    Mutant("strategy-list-spread-from-the-initial-delay", STRATEGY, "if (policy.strategy.kind == StrategyKind::Delays) least = std::ranges::min(policy.strategy.delays);", ""),
    Mutant("strategy-custom-beyond-the-cap", STRATEGY, "return std::clamp(delay, Duration::zero(), std::max(policy.max_delay, Duration::zero()));", "return std::max(delay, Duration::zero());"),
    Mutant("strategy-custom-draws-the-same-each-time", STRATEGY, 'random.fork("strategy").fork(step.ordinal)', 'random.fork("strategy")'),
    Mutant("strategy-fibonacci-doubles", STRATEGY, "delay + std::min(before, kNoEnd - delay)", "delay + std::min(delay, kNoEnd - delay)"),
    Mutant("tool-timeout-ignored", "core/config/config.cpp", "found->second.timeout.value_or(github.tools.timeout)", "github.tools.timeout"),
]

OTHERS = [Mutant(*bug[:4]) for bug in SECOND]
FORMS = [Mutant(*bug[:4]) for bug in DIALECTS]
MET = [Mutant(*bug[:4]) for bug in INCIDENTS]
HOLDS = [Mutant(*bug[:4]) for bug in RESILIENCE]
GROUPS = {"bugs of logic": LOGIC, "constants": CONSTANTS, "later bugs": LATER, "bugs by somebody who had read no test": OTHERS,
          "forms of answers that are not known": FORMS, "what happened in production": MET,
          "what holds calls and jobs back": HOLDS}
ALL = [bug for group in GROUPS.values() for bug in group]
SWITCHES = [bug for bug in ALL if isinstance(bug, Switch)]
