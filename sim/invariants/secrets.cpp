// No token, key or JWT in any event: events become log lines, traces and reports. In a simulated world, where every
// command and request is seen, no credential that was ever used goes into Redis, nor out over HTTP but in the
// Authorization of the service that it is for.
#include <fmt/format.h>

#include <array>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/api/api.h"
#include "core/text/ascii.h"

#include "sim/invariants/families.h"

namespace sim {

namespace {

using core::Event;

/// How GitHub's, OpenAI's and PEM's secrets begin, and a JWT, which is the Base64 of {"... .
constexpr std::array<std::string_view, 9> kBeginnings = {"ghs_", "ghp_", "gho_",    "ghu_",      "github_pat_",
                                                         "sk-",  "eyJ",  "Bearer ", "-----BEGIN"};

class Secrets final : public Invariant {
 public:
  Secrets(const core::Config& config, Findings& findings) : Invariant(findings), api_key_(config.llm.api_key) {
    if (!api_key_.empty()) learn(api_key_, Service::Llm);
  }

  std::string_view name() const override { return "secrets"; }

  void on_event(const Event& event) override { look_at(event); }
  void on_call(const Event& event, const CallState&) override { look_at(event); }

  void on_exchange(const Exchange& exchange) override {
    const Service service = exchange.operation == core::api::kChat.operation ? Service::Llm : Service::GitHub;
    const bool is_elsewhere = exchange.operation.empty();  // No service of the world lies there.
    const auto leaked = [&](std::string_view where) {
      violated(exchange.job, exchange.sent,
               fmt::format("the {} of a request {}{} carries a credential", where, is_elsewhere ? "to nobody" : "for ",
                           exchange.operation));
    };
    if (exchange.headers != nullptr) {
      for (const core::HttpHeader& header : *exchange.headers) {
        const bool is_own = core::equal_ignoring_case(header.name, "authorization");
        if (is_own) learn(credential_in(header.value), service);
        const Known* known = known_in(header.value);
        if (known != nullptr && (!is_own || known->service != service || is_elsewhere)) leaked("header " + header.name);
      }
    }
    if (known_in(exchange.url) != nullptr) leaked("URL");
    if (known_in(exchange.body) != nullptr) leaked("body");
  }

  void on_redis_sent(const RedisCall& call) override {
    // The first of a script's arguments is its text or its digest.
    for (std::size_t i = call.script.empty() ? 1 : 2; i < call.command.size(); ++i) {
      if (known_in(call.command[i]) == nullptr) continue;
      const std::string_view what = call.script.empty() ? std::string_view(call.command[0]) : call.script;
      return violated({}, call.at, fmt::format("{} takes a credential into Redis", what));
    }
  }

 private:
  enum class Service : std::uint8_t { Llm, GitHub };
  struct Known {
    Service service;
  };

  static std::string_view credential_in(std::string_view authorization) {
    const std::size_t space = authorization.find(' ');
    return space == std::string_view::npos ? std::string_view() : authorization.substr(space + 1);
  }

  /// Short ones are no secrets, and would be found everywhere.
  void learn(std::string_view credential, Service service) {
    if (credential.size() < kShortest || known_.contains(credential)) return;
    const auto made = known_.emplace(std::string(credential), Known{service}).first;
    if (!begins_as_a_credential(credential)) others_.push_back(&*made);
  }

  static bool begins_as_a_credential(std::string_view text) {
    return text.starts_with("ghs_") || text.starts_with("eyJ");
  }

  /// A credential in the text that was ever used. Nearly all begin in one of two ways, which makes this cheap.
  const Known* known_in(std::string_view text) const {
    if (text.size() < kShortest) return nullptr;
    if (const Known* token = known_after(text, "ghs_")) return token;
    if (const Known* jwt = known_after(text, "eyJ")) return jwt;
    for (const auto* other : others_) {
      if (text.find(other->first) != std::string_view::npos) return &other->second;
    }
    return nullptr;
  }

  /// One that begins so. It is looked for by the beginning's last letter, which is rare in other text.
  const Known* known_after(std::string_view text, std::string_view beginning) const {
    const std::size_t before = beginning.size() - 1;
    for (std::size_t at = text.find(beginning.back()); at != std::string_view::npos;
         at = text.find(beginning.back(), at + 1)) {
      if (at < before || !text.substr(at - before).starts_with(beginning)) continue;
      const std::string_view rest = text.substr(at - before);
      // The last one that is not after the text is the only one that the text can begin with, or one of its beginnings.
      auto after = known_.upper_bound(rest);
      if (after != known_.begin() && rest.starts_with((--after)->first)) return &after->second;
    }
    return nullptr;
  }

  /// Any text of an event can carry what came from outside. Texts seldom change from one event to the next.
  void look_at(const Event& event) {
    std::size_t place = 0;
    look_at(event, event.runner, place);
    core::for_each_event_field([&](const auto& field) {
      if constexpr (std::is_same_v<decltype(field.member), std::string_view Event::*>) {
        look_at(event, event.*(field.member), place);
      }
    });
  }

  void look_at(const Event& event, std::string_view text, std::size_t& place) {
    if (place == clean_.size()) clean_.emplace_back();
    std::string& clean = clean_[place++];
    if (text.size() < kShortest || text == clean) return;
    if (is_secret(text)) {
      // The text itself must not be shown.
      violated({}, event.at, fmt::format("an event of kind {} carries a secret", core::name_of(event.kind)));
    } else {
      clean = text;
    }
  }

  bool is_secret(std::string_view text) const {
    for (const std::string_view beginning : kBeginnings) {
      for (std::size_t at = text.find(beginning); at != std::string_view::npos; at = text.find(beginning, at + 1)) {
        const bool is_word = at == 0 || !core::is_letter_or_digit(text[at - 1]);
        if (is_word && text.size() - at >= beginning.size() + kShortest / 2) return true;
      }
    }
    return !api_key_.empty() && text.find(api_key_) != std::string_view::npos;
  }

  static constexpr std::size_t kShortest = 12;
  const std::string& api_key_;
  std::map<std::string, Known, std::less<>> known_;                 ///< Credentials, by their text.
  std::vector<const std::pair<const std::string, Known>*> others_;  ///< Those that do not begin as one.
  std::vector<std::string> clean_;  ///< The last text of each field in which there was no secret.
};

}  // namespace

InvariantPointer make_secrets_invariant(const core::Config& config, Findings& findings) {
  return std::make_unique<Secrets>(config, findings);
}

}  // namespace sim
