#include "sim/invariants/tokens.h"

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
    token = {std::string(exchange.runner), std::string(installation_of(exchange.url)), exchange.answered, shifts_, {}};
    return;
  }
  KnownToken* token = exchange.status ? find(exchange.credential) : nullptr;
  if (token == nullptr) return;
  if (*exchange.status >= 200 && *exchange.status <= 299) token->refused_at.reset();
  const bool young = exchange.answered - token->born < std::chrono::seconds(10);
  const bool refused = *exchange.status == 401 || (*exchange.status == 403 && young);
  if (refused && !token->refused_at) token->refused_at = exchange.answered;
}

KnownToken* TokenBook::find(std::string_view credential) {
  const auto found = tokens_.find(credential);
  return found == tokens_.end() ? nullptr : &found->second;
}

}  // namespace sim
