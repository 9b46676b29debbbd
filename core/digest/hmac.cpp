#include "core/digest/hmac.h"

#include <fmt/compile.h>
#include <fmt/ranges.h>
#include <openssl/hmac.h>

#include <array>
#include <span>

#include "core/check.h"

namespace core {

std::string hmac_of(std::string_view key, std::string_view text) {
  constexpr std::size_t kKept = 16;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  const unsigned char* const made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), digest.data(), nullptr);
  check(made != nullptr, "an HMAC can be made");
  return fmt::format("{:02x}", fmt::join(std::span(digest).first<kKept>(), ""));
}

}  // namespace core
