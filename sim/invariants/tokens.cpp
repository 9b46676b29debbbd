#include "sim/invariants/tokens.h"

#include <algorithm>

namespace sim {

std::string_view installation_of(std::string_view url) {
  constexpr std::string_view kBefore = "/app/installations/";
  const std::size_t at = url.find(kBefore);
  if (at == std::string_view::npos) return {};
  url.remove_prefix(at + kBefore.size());
  return url.substr(0, url.find('/'));
}

void TokenBook::on_exchange(const Exchange& exchange) {
  if (!exchange.minted.empty()) {
    KnownToken& token = tokens_[std::string(exchange.minted)];
    token = {.runner = std::string(exchange.runner),
             .installation = std::string(installation_of(exchange.url)),
             .born = exchange.answered,
             .heard = exchange.answered,
             .shifts = shifts_,
             .refused_at = {}};
    under_way_[{token.runner, std::string(exchange.job)}] = std::string(exchange.minted);
    return;
  }
  KnownToken* token = exchange.status ? find(exchange.credential) : nullptr;
  if (token == nullptr) return;
  const bool accepted = *exchange.status >= 200 && *exchange.status <= 299;
  // The network tells of an exchange when its request is sent: this acceptance may be older than the refusal.
  if (accepted && token->refused_at <= exchange.answered) token->refused_at.reset();
  const bool young = exchange.answered - token->heard < std::chrono::seconds(10);
  const bool refused = *exchange.status == 401 || (*exchange.status == 403 && young);
  if (refused) token->refused_at = std::max(token->refused_at.value_or(exchange.answered), exchange.answered);
}

void TokenBook::on_minted(const core::Event& event) {
  const auto token = under_way_.extract({std::string(event.runner), std::string(event.job)});
  if (token) tokens_[token.mapped()].heard = event.at;
}

KnownToken* TokenBook::find(std::string_view credential) {
  const auto found = tokens_.find(credential);
  return found == tokens_.end() ? nullptr : &found->second;
}

}  // namespace sim
