// Checks the signatures of App JWTs (RS256, RFC 7518 3.3) against the App's public key.
#pragma once

#include <memory>
#include <string_view>

#include "fakes/github/jwt_verifier.h"

namespace fakes::wire {

/// Null when `pem` is not an RSA public key: "BEGIN PUBLIC KEY" or "BEGIN RSA PUBLIC KEY".
std::unique_ptr<JwtVerifier> make_rs256_verifier(std::string_view pem);

}  // namespace fakes::wire
