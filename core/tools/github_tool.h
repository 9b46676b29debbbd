// Tools that act on GitHub, each effect once. What is about to be done is journalled before it is sent and how it ended
// after; where an answer was lost, the effect is looked for before it is tried again. A tool says what it takes, how it
// is done and how it is found again; all else is here. What only reads needs no journal, and is read again.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/api/api.h"
#include "core/config/config.h"
#include "core/environment.h"
#include "core/github/access.h"
#include "core/github/client.h"
#include "core/github/token_cache.h"
#include "core/guards/credential_names.h"
#include "core/tools/effect_journal.h"
#include "core/tools/tool.h"
#include "core/tools/tool_spec.h"

namespace core {

/// What all tools of a worker share. All that is referred to outlives them.
struct ToolContext {
  const Environment& environment;
  const Config& config;
  TokenCache& tokens;
  GitHubClient& client;
  const ClientOptions& options;
};

class GitHubTool : public Tool {
 public:
  /// The operation of `entry` governs how often it is tried, and names it in events. The entry outlives the tool.
  GitHubTool(const ToolContext& context, const ToolEntry& entry);

  const ToolDefinition& definition() const final { return entry_.definition; }
  boost::asio::awaitable<ToolResult> call(JobRun& run, const ToolCall& call, std::uint32_t ordinal) final;

 protected:
  /// What a service has done, in words for the model: its JSON.
  struct Done {
    std::string answer;
  };
  struct PendingEffect;
  template <class Value>
  using Reader = AttemptResult<Value> (*)(const HttpResponse& answer, const PendingEffect& effect);

  /// What else is wrong with what is accepted() of arguments that fit the parameters, in words for the model. `run`
  /// knows what the job has done so far.
  virtual std::optional<std::string> refuse(const boost::json::object& accepted, const JobRun& run) const;
  /// All that perform() needs to know of what was not refused, as the journal keeps it.
  virtual std::string intent_of(const boost::json::object& accepted, const JobRun& run) const;
  /// Whether a journal's intent is one; somebody else may have written there.
  virtual bool is_intent(std::string_view intent) const;
  /// One request. What it makes carries the marker of the key, or can be told by the intent.
  virtual boost::asio::awaitable<AttemptResult<Done>> perform(const Attempt& attempt, const PendingEffect& effect) = 0;
  /// Whether perform() has been done, by an earlier attempt or run; OutcomeUnknown where that cannot be found out.
  /// Where nobody looks, it is done again: what may come twice needs no look-up.
  virtual boost::asio::awaitable<CallResult<std::optional<Done>>> find(const Attempt& attempt,
                                                                       const PendingEffect& effect);

  /// The `number`-th request of a look-up, as a call. It is a part of the effect's attempt and has no retries of its
  /// own, so that the layers do not multiply.
  template <class Value, class Operation>
  boost::asio::awaitable<CallResult<Value>> look_up(const Attempt& attempt, const PendingEffect& effect, const Api& api,
                                                    std::uint32_t number, Operation operation) {
    const RetryPolicy once = policy_of_look_up(api);
    const std::string credential = credential_of(effect);
    const Call call = call_of(effect, api, once, chance_of_look_up(attempt, effect, number), credential);
    CallResult<Value> result = co_await retry<Value>(environment_, call, std::move(operation));
    co_return result;
  }

  /// A look-up that is one GET; `read` makes of a good answer what it tells. What is passed outlives the call.
  template <class Value>
  boost::asio::awaitable<CallResult<Value>> look_at(const Attempt& attempt, const PendingEffect& effect, const Api& api,
                                                    const std::string& path, Reader<Value> read,
                                                    std::uint32_t number = 1);

  /// How an attempt ends that could not find out what it needs to know: nothing was done.
  static AttemptFailure failed_look_up(const GaveUp& gave_up);

  /// How many branches a run of a job may make.
  std::uint32_t most_branches() const;

  const Config& config() const { return config_; }
  const Environment& environment() const { return environment_; }
  GitHubClient& client() const { return client_; }

 private:
  struct Perform;
  template <class Value>
  struct Get;

  std::string_view name() const { return api_.tool; }
  bool has_effect() const { return api_.kind != ApiKind::Plain; }
  RetryPolicy policy_of_look_up(const Api& api) const;
  static Random chance_of_look_up(const Attempt& attempt, const PendingEffect& effect, std::uint32_t number);
  Call call_of(const PendingEffect& effect, const Api& api, const RetryPolicy& policy, const Random& random,
               std::string_view credential) const;
  /// Whose calls GitHub counts together with those of this tool.
  std::string credential_of(const PendingEffect& effect) const;
  /// Nothing where the journal cannot be read.
  std::optional<PendingEffect> pending(JobRun& run, std::uint32_t ordinal) const;
  boost::asio::awaitable<bool> journal_begun(PendingEffect& effect) const;
  boost::asio::awaitable<void> journal_ended(PendingEffect& effect, const CallResult<Done>& done) const;
  boost::asio::awaitable<ToolResult> do_once(JobRun& run, PendingEffect effect);
  /// One attempt: where the outcome of an earlier one is unknown, first looks for the effect.
  boost::asio::awaitable<AttemptResult<Done>> try_once(const Attempt& attempt, PendingEffect& effect);
  /// How the attempt ends, if the effect is there or cannot be looked for; nothing: it is to be performed.
  boost::asio::awaitable<std::optional<AttemptResult<Done>>> look_for(const Attempt& attempt, PendingEffect& effect);
  boost::asio::awaitable<std::optional<AttemptFailure>> renew_token(const Attempt& attempt, PendingEffect& effect);
  void note_refusal(const Attempt& attempt, PendingEffect& effect, const Failure& failure);

  const Environment& environment_;
  const Config& config_;
  TokenCache& tokens_;
  GitHubClient& client_;
  const ClientOptions options_;
  const ToolEntry& entry_;
  const Api& api_;
};

/// Below the job's issue: "/repos/octo/hello/issues/7" and `below`.
std::string in_issue(const JobSpec& job, std::string_view below);

/// One effect on its way.
struct GitHubTool::PendingEffect final : Stateful {
  PendingEffect(JobRun& of_job, const TokenCache& of_worker, const GitHubConfig& config)
      : run(of_job), tokens(of_worker), github(config) {}

  void describe_state(std::string& out, SteadyTime now) const override;

  JobRun& run;
  const TokenCache& tokens;
  std::string entry;       ///< Its name in the journal.
  EffectEntry journalled;  ///< With the key that it is known by, whether it was begun or not.
  bool in_doubt = false;   ///< It may have been done, and no look-up has shown it: it may still come late.
  bool settling = false;   ///< The token was refused, and is tried again for being new.
  GitHubAccess access;
  const GitHubConfig& github;

  /// What GitHubTool::intent_of() wrote, unless the tool writes its own.
  boost::json::object intent() const;
};

/// The operation of look_at().
template <class Value>
struct GitHubTool::Get {
  GitHubClient& client;
  const PendingEffect& effect;
  const std::string& path;
  Reader<Value> read;

  boost::asio::awaitable<AttemptResult<Value>> operator()(const Attempt& attempt) const {
    return get(client, attempt, effect, path, read);
  }
  static boost::asio::awaitable<AttemptResult<Value>> get(GitHubClient& client, const Attempt& attempt,
                                                          const PendingEffect& effect, const std::string& path,
                                                          Reader<Value> read) {
    const GitHubRequest request{.path = path};
    const GitHubAnswer answer = co_await client.send(attempt, effect.access, request);
    if (!answer) co_return answer.error();
    co_return read(*answer, effect);
  }
};

template <class Value>
boost::asio::awaitable<CallResult<Value>> GitHubTool::look_at(const Attempt& attempt, const PendingEffect& effect,
                                                              const Api& api, const std::string& path,
                                                              Reader<Value> read, std::uint32_t number) {
  return look_up<Value>(attempt, effect, api, number, Get<Value>{client_, effect, path, read});
}

}  // namespace core
