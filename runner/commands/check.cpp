// Whether everything that a worker needs can be reached, and lets it in and do its work. Nothing is changed that
// anybody else uses.
#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <set>

#include "core/github/app_request.h"
#include "core/http/status_text.h"
#include "core/http/user_agent.h"
#include "core/queue/queue_rights.h"
#include "core/time/text.h"
#include "runner/commands/prepared.h"
#include "runner/options.h"

namespace runner {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kLongestAnswer = 1024 * 1024;

/// What an answer says is wrong, in a few words: never its text, which may repeat what it was sent.
std::string status_trouble(int status) {
  return fmt::format("answered {} {}", status, core::status_text(status));
}

/// What is told of a clock that had to be corrected.
std::string skew_note(core::Duration github_ahead) {
  if (github_ahead == core::Duration::zero()) return {};
  const bool behind = github_ahead > core::Duration::zero();
  const auto seconds = std::chrono::round<std::chrono::seconds>(behind ? github_ahead : -github_ahead);
  return fmt::format(" (this machine's clock is {} {} GitHub's)", core::format_duration(seconds),
                     behind ? "behind" : "ahead of");
}

/// The texts under `key` of the objects in the list under `list`.
std::set<std::string> texts_in(const std::string& body, std::string_view list, std::string_view key) {
  std::set<std::string> texts;
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(body, error);
  const boost::json::value* items = !error && value.is_object() ? value.get_object().if_contains(list) : nullptr;
  if (items == nullptr || !items->is_array()) return texts;
  for (const boost::json::value& item : items->get_array()) {
    const boost::json::value* text = item.is_object() ? item.get_object().if_contains(key) : nullptr;
    if (text != nullptr && text->is_string()) texts.emplace(text->get_string());
  }
  return texts;
}

class Check {
 public:
  Check(Runtime& runtime, const Prepared& prepared) : runtime_(runtime), prepared_(prepared) {}

  asio::awaitable<void> all() {
    co_await redis();
    co_await github();
    co_await model();
  }

  int exit_code() const { return exit_code_; }

 private:
  const core::Config& config() const { return prepared_.settings.core; }
  const core::Environment& environment() const { return runtime_.environment(); }

  void good(std::string_view what, std::string_view detail) { cli::print("{:<7} ok      {}\n", what, detail); }
  void bad(std::string_view what, std::string_view detail) {
    cli::print("{:<7} FAILED  {}\n", what, core::printable(detail, 1000));
    exit_code_ = kFailed;
  }

  asio::awaitable<void> redis() {
    const std::string where = core::masked(prepared_.redis);
    const std::string id = fmt::format("check-{:016x}", environment().random.fork("check").bits());
    const auto tried = co_await core::try_queue_rights(environment(), config().redis, id);
    if (!tried) co_return bad("redis", where + ": " + trouble_text(runtime_, tried.error()));
    for (const std::string& refused : tried->refused) bad("redis", where + ": " + refused);
    for (const std::string& doubt : tried->doubts) cli::print("redis   warning {}: {}\n", where, doubt);
    if (tried->refused.empty()) good("redis", where);
  }

  asio::awaitable<void> github() {
    const std::string& where = config().github.url;
    core::GitHubClock clock(environment().clock);
    const core::AppRequest request{"GET", "/app", "check", kLongestAnswer};
    const core::SteadyTime deadline = core::saturating_add(environment().clock.now(), config().github.token.timeout);
    const auto sent = co_await core::send_as_app(environment(), config().github, clock, request, deadline);
    if (const auto* error = std::get_if<core::SigningError>(&sent)) co_return bad("github", error->message);
    const auto& answer = std::get<core::HttpResult>(sent);
    if (!answer) co_return bad("github", no_answer(where));
    const std::string skew = skew_note(clock.ahead());
    if (answer->status != 200) {
      const std::string cause = answer->status == 401 ? ": is it this App's key?" : "";
      const std::string disbelief = clock.disbelief(*answer);
      co_return bad("github", where + " " + status_trouble(answer->status) +
                                  (disbelief.empty() ? cause : "; " + disbelief) + skew);
    }
    good("github", fmt::format("{} knows the App {}{}", where, config().github.app_id, skew));
  }

  asio::awaitable<void> model() {
    const core::LlmConfig& llm = config().llm;
    const bool ollama = llm.protocol == core::LlmProtocol::Ollama;
    core::HttpRequest request{.method = "GET", .url = llm.base_url() + (ollama ? "/tags" : "/models")};
    request.headers = {{"User-Agent", std::string(core::kUserAgent)}, {"Accept", "application/json"}};
    if (!llm.api_key.empty()) request.headers.push_back({"Authorization", "Bearer " + llm.api_key});
    request.max_body_bytes = kLongestAnswer;
    const core::HttpResult answer = co_await send(request, llm.timeout);
    if (!answer) co_return bad("model", no_answer(llm.base_url()));
    if (answer->status != 200) co_return bad("model", llm.base_url() + " " + status_trouble(answer->status));
    const std::set<std::string> models =
        ollama ? texts_in(answer->body, "models", "name") : texts_in(answer->body, "data", "id");
    const bool listed = models.contains(llm.model) || models.contains(llm.model + ":latest");
    good("model", fmt::format("{} {} {}", llm.base_url(), listed ? "has" : "answers, and does not list", llm.model));
  }

  asio::awaitable<core::HttpResult> send(const core::HttpRequest& request, core::Duration timeout) {
    return environment().http.send(request, core::saturating_add(environment().clock.now(), timeout));
  }

  std::string no_answer(const std::string& where) const {
    return runtime_.http_trouble().empty() ? where + ": no answer" : runtime_.http_trouble();
  }

  Runtime& runtime_;
  const Prepared& prepared_;
  int exit_code_ = kDone;
};

}  // namespace

int check_command(const CommonOptions& options) {
  std::optional<Prepared> prepared = prepared_or_told(options, Needs::Services);
  if (!prepared) return kBadInput;
  Runtime runtime(*prepared);
  Check check(runtime, *prepared);
  run_to_end(runtime, check.all());
  return check.exit_code();
}

}  // namespace runner
