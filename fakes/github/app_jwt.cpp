#include "fakes/github/app_jwt.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace fakes {

namespace {
using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::size_t kMaxJwt = 16 * 1024;
constexpr JwtRefusal kNotDecoded{"A JSON web token could not be decoded"};
constexpr JwtRefusal kBadIssuer{"'Issuer' claim ('iss') must be an Integer"};
constexpr JwtRefusal kBadIssuedAt{
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"};
constexpr JwtRefusal kBadExpiration{
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion "
    "expires"};
constexpr JwtRefusal kTooFar{"'Expiration time' claim ('exp') is too far in the future"};

/// What each byte stands for; -1 for those outside the alphabet.
constexpr std::array<std::int16_t, 256> base64url_values() {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<std::int16_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int16_t>(i);
  }
  return values;
}
constexpr std::array<std::int16_t, 256> kBase64urlValues = base64url_values();

/// Without padding, as RFC 7515 asks; nothing for an empty text.
std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.empty() || text.size() % 4 == 1) return std::nullopt;
  std::string bytes(text.size() * 3 / 4, '\0');
  char* out = bytes.data();
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = kBase64urlValues[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    buffer = (buffer << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    *out++ = static_cast<char>(buffer >> bits & 0xff);
  }
  return bytes;
}

std::optional<json::object> decode_object(std::string_view part, json::storage_ptr storage) {
  const auto text = decode_base64url(part);
  if (!text) return std::nullopt;
  boost::system::error_code error;
  json::value value = json::parse(*text, error, std::move(storage));
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

/// Seconds since the epoch; nothing for fractions, texts and what no clock shows.
std::optional<std::int64_t> integer_claim(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_uint64()) return INT64_MAX;
  if (!value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<std::string> issuer_of(const json::object& claims) {
  const json::value* issuer = claims.if_contains("iss");
  if (issuer == nullptr) return std::nullopt;
  if (issuer->is_int64()) return fmt::format("{}", issuer->get_int64());
  if (!issuer->is_string() || issuer->get_string().empty()) return std::nullopt;
  return std::string(std::string_view(issuer->get_string()));
}

std::optional<JwtRefusal> check_times(const json::object& claims, core::WallTime now) {
  // Claims are whole seconds: with `now` rounded down, "later than now" asks for a second that has not begun.
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const auto issued_at = integer_claim(claims, "iat");
  if (!issued_at || *issued_at > second) return kBadIssuedAt;
  const auto expires = integer_claim(claims, "exp");
  if (!expires || *expires <= second) return kBadExpiration;
  if (*expires > second + 600) return kTooFar;
  return std::nullopt;
}

}  // namespace

boost::system::result<AppJwt, JwtRefusal> check_app_jwt(std::string_view jwt, const GitHubOptions& options,
                                                        core::WallTime now) {
  const std::size_t first = jwt.find('.');
  const std::size_t last = jwt.rfind('.');
  if (jwt.size() > kMaxJwt || first == std::string_view::npos || first == last) return kNotDecoded;

  unsigned char memory[4096];
  json::monotonic_resource resource(memory, sizeof memory);
  const auto header = decode_object(jwt.substr(0, first), &resource);
  const auto claims = decode_object(jwt.substr(first + 1, last - first - 1), &resource);
  const auto signature = decode_base64url(jwt.substr(last + 1));
  if (!header || !claims || !signature) return kNotDecoded;

  const json::value* algorithm = header->if_contains("alg");
  if (algorithm == nullptr || *algorithm != "RS256") return kNotDecoded;
  if (options.verifier != nullptr && !options.verifier->verify(jwt.substr(0, last), *signature)) return kNotDecoded;
  auto issuer = issuer_of(*claims);
  if (!issuer) return kBadIssuer;
  if (options.app_id && *issuer != *options.app_id) return kNotDecoded;
  if (const auto refusal = check_times(*claims, now)) return *refusal;
  return AppJwt{std::move(*issuer)};
}

}  // namespace fakes
