#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "core/github/app_jwt.h"
#include "core/text/base64.h"
#include "core/time/text.h"
#include "tests/support/fake_environment.h"

namespace core {
namespace {

TEST(Base64Url, follows_the_vectors_of_rfc_4648_without_padding) {
  const std::pair<std::string, std::string_view> cases[] = {{"", ""},
                                                            {"f", "Zg"},
                                                            {"fo", "Zm8"},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg"},
                                                            {"fooba", "Zm9vYmE"},
                                                            {"foobar", "Zm9vYmFy"},
                                                            {"\xfb\xff\xfe", "-__-"},
                                                            {std::string(3, '\0'), "AAAA"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(base64url_encode(bytes), text);
    EXPECT_EQ(base64url_decode(text), bytes);
  }
}

TEST(Base64Url, reads_back_every_byte) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    bytes += static_cast<char>(i * 7);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
  }
}

TEST(Base64Url, refuses_what_no_encoder_makes) {
  for (const std::string_view text : {"A", "AAAAA", "Zg==", "Zg=", "Zh", "Zm9", "+___", "/___", "Zm 9v", "Zm9v\n"}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
}

TEST(AppJwt, says_who_when_and_until_when) {
  tests::CountingSigner signer;
  const WallTime now = parse_utc("2026-01-01T00:00:00.999Z").value();
  const auto jwt = make_app_jwt("12345", now, signer);
  ASSERT_TRUE(jwt);
  const std::size_t first = jwt->find('.');
  const std::size_t second = jwt->find('.', first + 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ(base64url_decode(jwt->substr(0, first)), R"({"alg":"RS256","typ":"JWT"})");
  EXPECT_EQ(base64url_decode(jwt->substr(first + 1, second - first - 1)),
            R"({"iat":1767225540,"exp":1767226140,"iss":"12345"})");
  EXPECT_EQ(base64url_decode(jwt->substr(second + 1)), "signature 1");
  EXPECT_EQ(signer.signed_inputs.at(0), jwt->substr(0, second));
}

TEST(AppJwt, escapes_the_issuer) {
  tests::CountingSigner signer;
  const auto jwt = make_app_jwt(R"(a","exp":1,"x":")", WallTime{}, signer);
  ASSERT_TRUE(jwt);
  const std::size_t first = jwt->find('.');
  const auto claims = base64url_decode(jwt->substr(first + 1, jwt->find('.', first + 1) - first - 1));
  ASSERT_TRUE(claims);
  const boost::json::value value = boost::json::parse(*claims);
  const auto& object = value.as_object();
  EXPECT_EQ(object.at("iss").as_string(), R"(a","exp":1,"x":")");
  EXPECT_EQ(object.at("exp").as_int64(), 540);
  EXPECT_EQ(object.at("iat").as_int64(), -60);
}

TEST(AppJwt, hands_up_what_went_wrong_with_the_signature) {
  tests::CountingSigner signer;
  signer.broken = true;
  const auto jwt = make_app_jwt("12345", WallTime{}, signer);
  ASSERT_FALSE(jwt);
  EXPECT_EQ(jwt.error().message, "no key");
}

}  // namespace
}  // namespace core
