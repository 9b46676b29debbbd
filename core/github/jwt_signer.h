// The signer seam of GitHub App authentication. RS256 costs a quarter of a millisecond, which would be most of a
// simulated world's time; and the private key stays behind this seam.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace core {

struct SigningError {
  std::string message;  ///< For people; holds nothing of the key.
};

class JwtSigner {
 public:
  virtual ~JwtSigner() = default;

  /// The raw signature bytes of `signing_input` (base64url(header) + "." + base64url(claims)), or what went wrong.
  virtual boost::system::result<std::string, SigningError> sign(std::string_view signing_input) = 0;
};

}  // namespace core
