// Secrets that are sent back, escaped in every way that JSON has, and escaped again.
#include "core/text/secret_mask.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

namespace core {
namespace {

std::string masked(std::string text, std::string_view secret = "sk-a/b") {
  mask_secret(text, secret, "[key]");
  return text;
}

TEST(SecretMask, replaces_a_secret_that_is_written_as_it_is) {
  EXPECT_EQ(masked("bad sk-a/b, sk-a/bsk-a/b sk-a"), "bad [key], [key][key] sk-a");
  EXPECT_EQ(masked("sk-a/b", ""), "sk-a/b");
  std::string none = "nothing \\u0041 here";
  EXPECT_FALSE(mask_secret(none, "sk-a/b", "[key]"));
  EXPECT_EQ(none, "nothing \\u0041 here");
}

TEST(SecretMask, replaces_a_secret_that_is_escaped) {
  for (const char* text : {
           R"("\u0073k-a/b")",                                // one character
           R"("\u0073\u006b\u002d\u0061\u002f\u0062")",       // all of them
           R"("\u0073\u006B\u002D\u0061\u002F\u0062")",       // in upper case
           R"("sk-a\/b")",                                    // the short form
           R"("sk-\u0061\/\u0062")",                          // a mix
           R"("{\"key\":\"sk-a\\\/b\"}")",                    // a JSON text within
           R"("\\u0073k-a/b")",                               // escaped twice
           R"("\\\\u0073k-a\\/b")",                           // three times
           R"("\u005cu0073k-a/b")",                           // the backslash, too
           R"("\u005c\u0075\u0030\u0030\u0037\u0033k-a/b")",  // all of an escape
           R"("\\u00\u00373k-a/b")",                          // a digit of one
           R"("\u005cu005cu005cu005cu0073k-a/b")",            // many times
       }) {
    const std::string result = masked(std::string("{\"error\":") + text + "}");
    EXPECT_NE(result.find("[key]"), std::string::npos) << text << " became " << result;
    EXPECT_EQ(fully_unescaped(result).find("sk-a/b"), std::string::npos) << text << " became " << result;
    boost::system::error_code not_json;
    (void)boost::json::parse(result, not_json);
    EXPECT_FALSE(not_json) << text << " became " << result;
  }
}

TEST(SecretMask, replaces_what_is_escaped_too_deeply_to_tell) {
  std::string text = "\\u0073";
  for (int level = 0; level < 40; ++level) text = "\\u005c" + text.substr(1);
  EXPECT_EQ(masked(text + "k-a/b"), "[key]");
}

TEST(SecretMask, leaves_other_escaped_texts_alone) {
  for (const char* text :
       {R"({"error":"\u00e4\ud83d\ude00 \"a\/b\" \\\\server\\share"})", R"(\u0073k-a)", R"(\)", R"(\u00)"}) {
    EXPECT_EQ(masked(text), text);
  }
}

TEST(SecretMask, knows_secrets_with_any_characters) {
  EXPECT_EQ(masked(R"(\nnv\u0061pi)", "nvapi"), "[key]") << "the n of \\n is none of the secret, the next one is";
  EXPECT_EQ(masked(R"(<\u00e4\ud83d\ude00\\>)", "\u00e4\U0001f600\\"), R"(<[key]\\>)");
  EXPECT_EQ(masked(R"(u0073\u0061)", "u0073a"), "[key]");
}

TEST(SecretMask, takes_a_time_that_grows_with_the_text) {
  std::string text;
  for (int i = 0; i < 500'000; ++i) text += "sk-a/b";
  EXPECT_TRUE(mask_secret(text, "sk-a/b", "[key]"));
  EXPECT_EQ(text.size(), 500'000U * 5);
  std::string escapes(4'000'000, '\\');
  (void)mask_secret(escapes, "sk-a/b", "[key]");
}

}  // namespace
}  // namespace core
