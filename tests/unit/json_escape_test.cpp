#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "core/json/escape.h"

namespace core {
namespace {

std::string json_string(std::string_view text) {
  std::string out = "x";
  append_json_string(out, text);
  return out.substr(1);
}

TEST(JsonEscape, escapes_what_a_json_string_may_not_hold) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"\"", R"("\"")"},
      {"a\\b", R"("a\\b")"},
      {"\n\r\t", R"("\n\r\t")"},
      {std::string_view("\0\x1f\x7f", 3), "\"\\u0000\\u001f\x7f\""},
      {"/\xe2\x82\xac", "\"/\xe2\x82\xac\""}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(json_string(text), expected);
}

TEST(JsonEscape, every_ascii_text_reads_back_as_itself) {
  std::string all;
  for (char c = 0; c >= 0 && c < 127; ++c) all += c;
  EXPECT_EQ(boost::json::parse(json_string(all)).as_string(), all);
}

}  // namespace
}  // namespace core
