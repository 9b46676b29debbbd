#include "core/digest/hmac.h"

#include <fmt/compile.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/endian/conversion.hpp>
#include <cstdint>

#include "core/check.h"
#include "core/text/compose.h"

namespace core {

std::string hmac_of(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  const unsigned char* const made =
      HMAC(EVP_sha256(), key.empty() ? "" : key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), nullptr);
  check(made != nullptr, "an HMAC can be made");
  return compose(FMT_COMPILE("{:016x}{:016x}"), boost::endian::load_big_u64(digest.data()),
                 boost::endian::load_big_u64(digest.data() + sizeof(std::uint64_t)));
}

}  // namespace core
