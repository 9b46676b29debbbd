#include "core/github/app_jwt.h"

#include <fmt/compile.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "core/text/base64.h"
#include "core/text/compose.h"

namespace core {

boost::system::result<std::string, SigningError> make_app_jwt(std::string_view app_id, WallTime now,
                                                              JwtSigner& signer) {
  using Result = boost::system::result<std::string, SigningError>;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  const std::string claims =
      compose(FMT_COMPILE(R"({{"iat":{},"exp":{},"iss":{}}})"), (seconds - std::chrono::minutes(1)).count(),
              (seconds + std::chrono::minutes(9)).count(), boost::json::serialize(boost::json::value(app_id)));
  std::string token = base64url_encode(R"({"alg":"RS256","typ":"JWT"})") + '.' + base64url_encode(claims);
  const auto signature = signer.sign(token);
  if (!signature) return signature.error();
  token += '.';
  token += base64url_encode(*signature);
  return Result(boost::system::in_place_value, std::move(token));
}

}  // namespace core
