// Checks the JWT by which a GitHub App proves who it is, as GitHub documents it: RS256, `iss` the App's id or client
// id, `iat` not in the future by its own clock, `exp` at most ten minutes ahead. Whoever's clock may be ahead of
// GitHub's issues the JWT in the past, a minute as GitHub advises; it lets nothing through that is not.
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/time/time.h"
#include "fakes/faults/rule.h"
#include "fakes/github/jwt_verifier.h"

namespace fakes {

struct GitHubOptions {
  std::optional<std::string> app_id;      ///< Absent: any issuer.
  const JwtVerifier* verifier = nullptr;  ///< Null: the claims are checked, the signature is not.
  /// The API's root as clients and rules have it, such as "https://ghe.example/api/v3"; empty: unknown.
  std::string api_url = {};
  AnswerForms forms = AnswerForms::Plain;  ///< Varied: answers that ask to wait hold lesser waits, too.
};

struct AppJwt {
  std::string issuer;
};

/// GitHub's own words, for an answer of 401.
struct JwtRefusal {
  std::string_view message;
};

boost::system::result<AppJwt, JwtRefusal> check_app_jwt(std::string_view jwt, const GitHubOptions& options,
                                                        core::WallTime now);

}  // namespace fakes
