#include "core/production/github/rs256_signer.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

#include "core/json/document_file.h"
#include "core/production/pem.h"
#include "core/text/ascii.h"

namespace core {

namespace {

constexpr int kLeastBits = 2048;
constexpr std::size_t kLongestKey = 64UL * 1024;
constexpr std::string_view kPemBegin = "-----BEGIN ";
constexpr std::string_view kAccepted =
    "an RSA private key as PEM (with line ends as they are or written as \\n), the same in base64, or the path of a "
    "file "
    "that holds it";

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct DigestDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::string_view without_space(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

/// As variables are often set where they can hold one line only.
std::string with_line_ends(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 1 < text.size();
    if (escaped && text[i + 1] == 'n') {
      result += '\n';
      ++i;
    } else if (escaped && text[i + 1] == 'r') {
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// PEM in base64, on one line or several; nothing if it is not that.
std::optional<std::string> pem_in_base64(std::string_view text) {
  std::string packed;
  packed.reserve(text.size());
  for (const char c : text) {
    if (c != '\n' && c != '\r' && c != ' ') packed += c;
  }
  while (packed.size() % 4 != 0) packed += '=';
  std::vector<unsigned char> bytes(packed.size() / 4 * 3);
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(packed.data()),
                                   static_cast<int>(packed.size()));
  if (size <= 0) return std::nullopt;
  std::string pem(bytes.begin(), bytes.begin() + size);
  while (!pem.empty() && pem.back() == '\0') pem.pop_back();  // Padding decodes to these.
  if (pem.find(kPemBegin) == std::string::npos) return std::nullopt;
  return pem;
}

/// The PEM that `text` says without looking anywhere else; nothing if it says none.
std::optional<std::string> pem_in(std::string_view text) {
  if (text.find(kPemBegin) != std::string_view::npos) return with_line_ends(text);
  return pem_in_base64(text);
}

}  // namespace

void Rs256Signer::KeyDeleter::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

boost::system::result<Rs256Signer::Key, SigningError> Rs256Signer::parse_pem(std::string_view pem) {
  const std::unique_ptr<BIO, BioDeleter> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pem_password, nullptr) : nullptr);
  if (!key) {
    const bool encrypted = pem.find("ENCRYPTED") != std::string_view::npos;
    return SigningError{encrypted ? "the private key is encrypted; accepted: one without a password"
                                  : "the PEM holds no readable private key; accepted: " + std::string(kAccepted)};
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return SigningError{"the private key is no RSA key, which RS256 needs"};
  }
  if (const int bits = EVP_PKEY_get_bits(key.get()); bits < kLeastBits) {
    return SigningError{"the private key has " + std::to_string(bits) + " bits; accepted: at least " +
                        std::to_string(kLeastBits)};
  }
  return key;
}

boost::system::result<std::unique_ptr<Rs256Signer>, SigningError> Rs256Signer::make(std::string_view key) {
  const std::string_view text = without_space(key);
  if (text.empty()) return SigningError{"the private key is empty; accepted: " + std::string(kAccepted)};
  if (text.size() > kLongestKey) return SigningError{"the private key is longer than 64 KiB"};
  std::optional<std::string> pem = pem_in(text);
  if (!pem) {
    const auto file = input::read_document_file(std::string(text));
    if (!file) {
      return SigningError{"neither a key nor the path of a file that can be read (" + file.error().found +
                          "); accepted: " + std::string(kAccepted)};
    }
    pem = file->size() <= kLongestKey ? pem_in(without_space(*file)) : std::nullopt;
    if (!pem) return SigningError{"the file holds no PEM; accepted: " + std::string(kAccepted)};
  }
  auto parsed = parse_pem(*pem);
  if (!parsed) return parsed.error();
  return std::make_unique<Rs256Signer>(std::move(*parsed));
}

boost::system::result<std::string, SigningError> Rs256Signer::sign(std::string_view signing_input) {
  const std::unique_ptr<EVP_MD_CTX, DigestDeleter> context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(signing_input.data());
  std::size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, signing_input.size()) != 1) {
    return SigningError{"the JWT cannot be signed with this private key"};
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                     signing_input.size()) != 1) {
    return SigningError{"the JWT cannot be signed with this private key"};
  }
  signature.resize(size);
  return boost::system::result<std::string, SigningError>(boost::system::in_place_value, std::move(signature));
}

}  // namespace core
