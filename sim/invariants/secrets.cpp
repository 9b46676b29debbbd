// No token, key or JWT in any event: events become log lines, traces and reports.
#include <fmt/format.h>

#include <array>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/invariants/families.h"

namespace sim {

namespace {

using core::Event;

/// How GitHub's, OpenAI's and PEM's secrets begin, and a JWT, which is the Base64 of {"... .
constexpr std::array<std::string_view, 9> kBeginnings = {"ghs_", "ghp_", "gho_",    "ghu_",      "github_pat_",
                                                         "sk-",  "eyJ",  "Bearer ", "-----BEGIN"};

class Secrets final : public Invariant {
 public:
  Secrets(const core::Config& config, Findings& findings) : Invariant(findings), api_key_(config.llm.api_key) {}

  std::string_view name() const override { return "secrets"; }

  void on_event(const Event& event) override { look_at(event); }
  void on_call(const Event& event, const CallState&) override { look_at(event); }

 private:
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
        const bool is_word = at == 0 || !is_letter_or_digit(text[at - 1]);
        if (is_word && text.size() - at >= beginning.size() + kShortest / 2) return true;
      }
    }
    return !api_key_.empty() && text.find(api_key_) != std::string_view::npos;
  }

  static bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  static constexpr std::size_t kShortest = 12;
  const std::string& api_key_;
  std::vector<std::string> clean_;  ///< The last text of each field in which there was no secret.
};

}  // namespace

InvariantPointer make_secrets_invariant(const core::Config& config, Findings& findings) {
  return std::make_unique<Secrets>(config, findings);
}

}  // namespace sim
