// Signs a GitHub App's JWTs by RS256 (RFC 7518 3.3) with the App's private key. The key is read once, lives in here,
// and nothing of it, nor of the text that it was read from, is in any error: whoever mistypes a path may have typed a
// key.
#pragma once

#include <boost/system/result.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "core/github/jwt_signer.h"

struct evp_pkey_st;

namespace core {

class Rs256Signer final : public JwtSigner {
 public:
  /// `key` is an RSA key of at least 2048 bits as PEM (PKCS#1 or PKCS#8, not encrypted): the text itself, with line
  /// ends as they are or written as \n, the text in base64, or the path of a file that holds one of these.
  static boost::system::result<std::unique_ptr<Rs256Signer>, SigningError> make(std::string_view key);

  boost::system::result<std::string, SigningError> sign(std::string_view signing_input) override;

 private:
  struct KeyDeleter {
    void operator()(evp_pkey_st* key) const;
  };
  using Key = std::unique_ptr<evp_pkey_st, KeyDeleter>;

  static boost::system::result<Key, SigningError> parse_pem(std::string_view pem);

  Key key_;

 public:
  /// For make(): nobody else has a Key.
  explicit Rs256Signer(Key key) : key_(std::move(key)) {}
};

}  // namespace core
