#include "tests/unit/http_fakes.h"

namespace fakes {
namespace {
using namespace std::chrono_literals;

constexpr std::string_view kNotDecoded = "A JSON web token could not be decoded";
constexpr std::string_view kBadIssuedAt =
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
constexpr std::string_view kBadExpiration =
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion "
    "expires";
constexpr std::string_view kTooFar = "'Expiration time' claim ('exp') is too far in the future";

/// Empty: accepted.
std::string refusal(const std::string& jwt_text, GitHubOptions options = {}, core::Duration time = 0s) {
  const std::vector<HttpRule> none;
  GitHub github(std::move(options), none, core::Random(1));
  const auto response = response_of(github.handle(token_request(jwt_text), at(time)));
  if (response.status == 201) return "";
  EXPECT_EQ(response.status, 401);
  return text_at(json_of(response), "/message");
}

std::string claims(std::string_view iss, std::string_view iat, std::string_view exp) {
  return jwt(fmt::format(R"({{"iss":{},"iat":{},"exp":{}}})", iss, iat, exp));
}

TEST(FakeGitHubJwt, is_accepted_or_refused_by_its_claims) {
  struct Row {
    std::string jwt_text;
    std::string_view message;
  };
  const Row rows[] = {
      {claims("\"1\"", "1767225540", "1767226140"), ""},
      {claims("1", "1767225600", "1767226200"), ""},
      {claims("1", "1767225600", "1767225601"), ""},
      {claims("1", "1767225601", "1767226140"), kBadIssuedAt},
      {claims("1", "1767225660", "1767226140"), kBadIssuedAt},
      {claims("1", "\"1767225600\"", "1767226140"), kBadIssuedAt},
      {claims("1", "1767225600.5", "1767226140"), kBadIssuedAt},
      {claims("1", "null", "1767226140"), kBadIssuedAt},
      {claims("1", "18446744073709551615", "1767226140"), kBadIssuedAt},
      {claims("1", "1767225540", "1767225600"), kBadExpiration},
      {claims("1", "1767225540", "\"1767226140\""), kBadExpiration},
      {claims("1", "1767225540", "null"), kBadExpiration},
      {claims("1", "1767225540", "-1"), kBadExpiration},
      {claims("1", "1767225540", "1e999"), kBadExpiration},
      {claims("1", "1767225540", "1767226201"), kTooFar},
      {claims("1", "1767225540", "18446744073709551615"), kTooFar},
      {jwt(R"({"iss":"1","exp":1767226140})"), kBadIssuedAt},
      {jwt(R"({"iss":"1","iat":1767225540})"), kBadExpiration},
      {jwt(R"({"iat":1767225540,"exp":1767226140})"), "'Issuer' claim ('iss') must be an Integer"},
      {jwt("[]"), kNotDecoded},
      {jwt("{"), kNotDecoded},
  };
  for (const Row& row : rows) EXPECT_EQ(refusal(row.jwt_text), row.message) << row.jwt_text;
}

TEST(FakeGitHubJwt, must_be_three_base64url_parts_signed_with_rs256) {
  const std::string good = good_jwt(at(0s));
  const std::string good_claims = good.substr(good.find('.'), good.rfind('.') - good.find('.'));
  const std::string rs256 = base64url(R"({"alg":"RS256"})");
  EXPECT_EQ(refusal(rs256 + good_claims + ".c2ln"), "");
  for (const std::string& bad :
       {std::string("x"), std::string(".."), rs256 + good_claims, rs256 + good_claims + ".", good + ".c2ln", good + "=",
        good + "+", rs256 + good_claims + ".c2l*", base64url(R"({"alg":"none"})") + good_claims + ".c2ln",
        base64url(R"({"alg":"HS256"})") + good_claims + ".c2ln", base64url(R"({"typ":"JWT"})") + good_claims + ".c2ln",
        base64url(R"({"alg":7})") + good_claims + ".c2ln", rs256 + good_claims + "." + std::string(20'000, 'A')}) {
    EXPECT_EQ(refusal(bad), kNotDecoded) << bad.substr(0, 300);
  }
}

TEST(FakeGitHubJwt, belongs_to_the_app_where_one_is_named) {
  const GitHubOptions options{.app_id = "12345"};
  EXPECT_EQ(refusal(claims("\"12345\"", "1767225540", "1767226140"), options), "");
  EXPECT_EQ(refusal(claims("12345", "1767225540", "1767226140"), options), "");
  EXPECT_EQ(refusal(claims("\"12346\"", "1767225540", "1767226140"), options), kNotDecoded);
}

struct FixedVerifier final : JwtVerifier {
  explicit FixedVerifier(bool accepts) : result(accepts) {}
  bool verify(std::string_view signing_input, std::string_view signature) const override {
    EXPECT_EQ(std::count(signing_input.begin(), signing_input.end(), '.'), 1);
    EXPECT_EQ(signature, "signature");
    return result;
  }
  bool result;
};

TEST(FakeGitHubJwt, has_a_signature_that_the_verifier_accepts) {
  const FixedVerifier yes(true), no(false);
  EXPECT_EQ(refusal(good_jwt(at(0s)), {.verifier = &yes}), "");
  EXPECT_EQ(refusal(good_jwt(at(0s)), {.verifier = &no}), kNotDecoded);
}

TEST(FakeGitHubJwt, comes_as_a_bearer_credential) {
  const std::vector<HttpRule> none;
  GitHub github({}, none, core::Random(1));
  core::HttpRequest request = token_request(good_jwt(at(0s)));
  request.headers.back().value.replace(0, 6, "token");
  EXPECT_EQ(response_of(github.handle(request, at(0s))).status, 401);
  request.headers.pop_back();
  EXPECT_EQ(response_of(github.handle(request, at(0s))).status, 401);
}

TEST(FakeGitHubJwt, is_not_repeated_in_a_refusal) {
  const std::vector<HttpRule> none;
  GitHub github({.app_id = "1"}, none, core::Random(1));
  const std::string secret = good_jwt(at(0s));
  EXPECT_EQ(response_of(github.handle(token_request(secret), at(0s))).body.find(secret.substr(0, 20)),
            std::string::npos);
}

}  // namespace
}  // namespace fakes
