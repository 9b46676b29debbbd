#include "core/text/base64.h"

#include <openssl/evp.h>

#include <algorithm>

#include "core/text/ascii.h"

namespace core {

std::string base64_encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  text.pop_back();  // It ends as C's texts do.
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits),
                       [](char c) { return kWhiteSpace.find(c) == std::string_view::npos; });
  if (digits.size() % 4 != 0) return std::nullopt;
  std::string bytes(digits.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(digits.data()), static_cast<int>(digits.size()));
  if (length < 0) return std::nullopt;
  // What stands for the padding was decoded as zeros.
  const auto padding = static_cast<std::size_t>(std::ranges::count(digits, '='));
  if (padding > 2) return std::nullopt;
  bytes.erase(bytes.size() - std::min(padding, bytes.size()));
  return bytes;
}

}  // namespace core
