// A tool that is called as an agent calls it, against answers of GitHub that the test gives: what it sends, and what
// the model is told. The job is "a", about octo/hello#7, of the App 12345; nothing is tried twice.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/tools/all_tools.h"
#include "core/tools/effect_journal.h"
#include "core/tools/idempotency_key.h"
#include "core/tools/own_branches.h"
#include "tests/support/fake_environment.h"

namespace tests {

/// Does whatever it is asked for.
class ObedientRedis final : public core::Redis {
 public:
  boost::asio::awaitable<boost::system::result<std::unique_ptr<core::RedisConnection>, core::RedisError>> connect(
      core::SteadyTime) override {
    struct Connection final : core::RedisConnection {
      boost::asio::awaitable<core::RedisResult> execute(const core::RedisCommand&, core::SteadyTime) override {
        co_return core::RedisValue::integer_of(1);
      }
      boost::asio::awaitable<core::RedisResult> next_push() override { co_return core::RedisError::Lost; }
    };
    co_return std::make_unique<Connection>();
  }
};

inline const core::ToolEntry& entry_of(std::string_view name) {
  for (const auto entry : core::kAllTools) {
    if (entry().spec.name() == name) return entry();
  }
  ADD_FAILURE() << "there is no tool " << name;
  return core::tools::comment_on_issue();
}

class CalledTool {
 public:
  static constexpr std::string_view kJobSecret = "0123456789abcdef0123456789abcdef";

  explicit CalledTool(std::string_view name) : name_(name) {
    config_.github.app_id = "12345";
    config_.github.tools.retry.attempts = 1;
    fake_.http.replies.push_back({core::HttpResponse{201, {}, R"({"token":"t","expires_at":"2026-01-01T01:00:00Z"})"}});
  }

  /// The next answer of GitHub; past the last one it is silent.
  CalledTool& answers(int status, std::string body, core::HttpHeaders headers = {}) {
    fake_.http.replies.push_back({core::HttpResponse{status, std::move(headers), std::move(body)}});
    return *this;
  }
  /// What another call of this run has told the model.
  CalledTool& after(std::string tool, std::string answer) {
    run_.told[std::move(tool)] = std::move(answer);
    return *this;
  }
  /// A branch that the job has made.
  std::string branch(std::string_view what) const {
    return core::own_branch(what, core::idempotency_key(kJobSecret, run_.claimed.id, "create_branch", 2));
  }
  /// An earlier run began it, and nobody knows how that ended.
  CalledTool& begun(std::string_view intent) {
    run_.claimed.journal[name_ + "#1"] = core::begun_entry(key(), intent);
    return *this;
  }

  /// What the model is told; "error: ..." where its call is refused, "gave up: kind" where the job fails.
  std::string told(std::string_view arguments, std::uint32_t ordinal = 1) {
    result_.reset();
    const core::ToolCall call{.id = "1", .name = name_, .arguments = boost::json::parse(arguments).as_object()};
    boost::asio::co_spawn(*fake_.context, tool_->call(run_, call, ordinal),
                          [this](const std::exception_ptr& error, core::ToolResult ended) {
                            if (!error) result_ = std::move(ended);
                          });
    fake_.clock.advance(std::chrono::seconds(1));
    if (!result_) return "(it has not ended)";
    if (const auto* answer = std::get_if<core::ToolAnswer>(&*result_)) return answer->content;
    if (const auto* error = std::get_if<core::ToolError>(&*result_)) return "error: " + error->content;
    const auto* gave_up = std::get_if<core::GaveUp>(&*result_);
    return gave_up == nullptr ? "the job ends" : "gave up: " + std::string(name_of(gave_up->failure.kind));
  }

  /// "POST /repos/octo/hello/issues {...}" of each request but that for the token.
  std::vector<std::string> sent() const {
    std::vector<std::string> all;
    for (const core::HttpRequest& request : fake_.http.requests) {
      if (request.url.find("/access_tokens") != std::string::npos) continue;
      all.push_back(request.method + " " + request.url.substr(request.url.find('/', request.url.find("//") + 2)));
      if (!request.body.empty()) all.back() += " " + request.body;
    }
    return all;
  }

  std::string key(std::uint32_t ordinal = 1) const {
    return core::idempotency_key(kJobSecret, run_.claimed.id, name_, ordinal);
  }

  core::JobRun& run() { return run_; }

 private:
  const std::string name_;
  FakeEnvironment fake_;
  ObedientRedis redis_;
  const core::Environment environment_ = fake_.with(redis_);
  core::Config config_;
  core::TokenCache tokens_{environment_, config_.github};
  core::GitHubClient client_{environment_, config_.github};
  const std::unique_ptr<core::Tool> tool_ = entry_of(name_).make({environment_, config_, tokens_, client_, {}});
  core::Queue queue_{environment_, config_.redis, config_.jobs.lease};
  core::JobRun run_{
      {.id = "a", .secret = std::string(kJobSecret)}, {"octo/hello", 7, 1, "Say hi"}, "token", core::Random(1), queue_};
  std::optional<core::ToolResult> result_;
};

}  // namespace tests
