// The jobs of the runner: a payload asks for an agent's work in one repository.
#pragma once

#include "core/agent/agent.h"
#include "core/config/config.h"
#include "core/environment.h"
#include "core/github/client.h"
#include "core/github/token_cache.h"
#include "core/guards/worker_guards.h"
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
  void on_hold(std::function<void(const Hold&)> listener) override { guards_.on_hold(listener); }
  void hear(const Hold& hold) override { guards_.hear(hold); }
  void stop() override { tokens_.cancel(); }
  /// What its calls have learnt of services.
  KnownToGuards known() const { return guards_.known(); }
  void describe_state(std::string& out, SteadyTime now) const override;

 private:
  ClientOptions options();
  AgentResult put_off(const JobSpec& spec) const;
  boost::asio::awaitable<AgentResult> run_agent(JobRun& run);

  const Environment& environment_;
  const Config& config_;
  Credentials credentials_;
  WorkerGuards guards_;
  LlmClient llm_;
  TokenCache tokens_;
  GitHubClient github_;
  Agent agent_;
};

}  // namespace core
