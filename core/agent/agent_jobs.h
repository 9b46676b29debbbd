// The jobs of the runner: a payload asks for an agent's work in one repository.
#pragma once

#include "core/agent/agent.h"
#include "core/breaker/breakers.h"
#include "core/config/config.h"
#include "core/environment.h"
#include "core/github/client.h"
#include "core/github/token_cache.h"
#include "core/limits/budgets.h"
#include "core/limits/limits.h"
#include "core/llm/llm_client.h"
#include "core/worker/job_handler.h"

namespace core {

class AgentJobs : public JobHandler {
 public:
  /// `environment` and `config` outlive it.
  AgentJobs(const Environment& environment, const Config& config);

  void read(JobRun& run) override;
  /// A payload that is no job fails as malformed, with the reason.
  boost::asio::awaitable<AgentResult> run(JobRun& run) override;
  Credentials& credentials() override { return credentials_; }
  void on_hold(std::function<void(const Hold&)> listener) override { limits_.on_hold(std::move(listener)); }
  void hear(const Hold& hold) override { limits_.hear(hold); }
  void stop() override { tokens_.cancel(); }
  /// As its calls have learnt them; empty where they do not wait for limits.
  const Limits& limits() const { return limits_; }
  /// Empty where there are none.
  const Breakers& breakers() const { return breakers_; }
  void describe_state(std::string& out, SteadyTime now) const override;

 private:
  ClientOptions options();
  AgentResult put_off(const JobSpec& spec) const;
  boost::asio::awaitable<AgentResult> run_agent(JobRun& run);

  const Environment& environment_;
  const Config& config_;
  Credentials credentials_;
  Limits limits_;
  Breakers breakers_;
  Budgets budgets_;
  LlmClient llm_;
  TokenCache tokens_;
  GitHubClient github_;
  Agent agent_;
};

}  // namespace core
