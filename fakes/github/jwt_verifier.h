// Checks the signature of an App's JWT. Behind a seam, because RS256 needs a cryptography library and most worlds do
// without: the simulator's signer does not really sign either.
#pragma once

#include <string_view>

namespace fakes {

class JwtVerifier {
 public:
  virtual ~JwtVerifier() = default;

  /// Whether `signature` (raw bytes) is that of `signing_input` (base64url(header) + "." + base64url(claims)).
  virtual bool verify(std::string_view signing_input, std::string_view signature) const = 0;
};

}  // namespace fakes
