// The GitHub App's private key as a deployment gives it: PEM, PEM in base64, or what was meant to be one of them. No
// error shows any of it. Between the two parts of an input, which a bar divides, stands a text that is the secret.
#include <algorithm>
#include <string>
#include <string_view>

#include "core/production/github/rs256_signer.h"
#include "tests/fuzz/property.h"

namespace {

/// Of no word that an error could hold by itself, and of no file.
constexpr std::string_view kSecret = "Kq7ZxW3vT9bNpL5m";

std::string base64_of(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      result += j > std::min<std::size_t>(3, text.size() - i) ? '=' : kDigits[bits >> (18 - 6 * j) & 63U];
    }
  }
  return result;
}

void try_key(const std::string& key) {
  // Nothing that begins a file's name before the end of a C string may be looked for on the disk.
  if (key.find('\0') < key.find(kSecret) && key.find("-----BEGIN ") == std::string::npos) return;
  auto signer = core::Rs256Signer::make(key);
  if (!signer) {
    tests::must_hold(!signer.error().message.empty(), "an error says what is wrong");
    const bool shown =
        tests::shows(signer.error().message, kSecret) || tests::shows(signer.error().message, base64_of(kSecret));
    tests::must_hold(!shown, "an error shows no part of a key", signer.error().message);
    return;
  }
  const auto signature = (*signer)->sign("header.claims");
  tests::must_hold(signature.has_value() && !signature->empty(), "a key that is accepted signs");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tests::input_of(data, size);
  const std::size_t bar = std::min(text.find('|'), text.size());
  // As it is, only where it is certain that no path is looked up.
  if (text.find("-----BEGIN ") != std::string_view::npos) {
    try_key(std::string(text));
    try_key(base64_of(text));
  }
  const std::string key =
      fmt::format("{}{}{}", text.substr(0, bar), kSecret, text.substr(std::min(bar + 1, text.size())));
  try_key(key);
  try_key(base64_of(key));
  try_key("-----BEGIN RSA PRIVATE KEY-----\n" + key + "\n-----END RSA PRIVATE KEY-----\n");
  return 0;
}
