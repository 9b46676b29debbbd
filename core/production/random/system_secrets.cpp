#include "core/production/random/system_secrets.h"

#include <fmt/ranges.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

namespace core {

std::string SystemSecrets::draw(std::string_view) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("the system gives no random bits");
  }
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

}  // namespace core
