// The JSON Web Token by which a GitHub App says who it is (docs.github.com, "Generating a JSON Web Token for a GitHub
// App"). Made anew for every request that needs one; it is a secret for as long as it is valid.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "core/github/jwt_signer.h"
#include "core/time/time.h"

namespace core {

/// RS256; issued a minute ago, as GitHub advises for clocks that are ahead of its own, and expiring in nine, within the
/// ten that it allows. `app_id` is the App's ID or its client ID.
boost::system::result<std::string, SigningError> make_app_jwt(std::string_view app_id, WallTime now, JwtSigner& signer);

}  // namespace core
