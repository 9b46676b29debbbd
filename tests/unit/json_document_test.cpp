#include "core/json/document.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace core::input {
namespace {

std::string error_of(std::string_view text) {
  const auto document = parse_document("x.json", text);
  return document ? "no error" : to_text(document.error());
}

TEST(Document, knows_the_line_of_every_key_and_value) {
  const auto document = parse_document("x.json",
                                       "// one\n{ /* two\n three */ \"a\":\n  [1,\n   {\"b\": \"x\"}, // five\n"
                                       "   true, null], \"c\"\r\n: -1.50e+2 }\n// end");
  ASSERT_TRUE(document) << to_text(document.error());
  const Node& root = document->root();
  EXPECT_EQ(root.line, 2U);
  ASSERT_EQ(root.children.size(), 2U);
  const Node& list = *root.find("a");
  EXPECT_EQ(list.key_line, 3U);
  EXPECT_EQ(list.line, 4U);
  ASSERT_EQ(list.children.size(), 4U);
  EXPECT_EQ(list.children[0].text, "1");
  EXPECT_EQ(list.children[1].find("b")->text, "x");
  EXPECT_EQ(list.children[1].line, 5U);
  EXPECT_TRUE(list.children[2].boolean);
  EXPECT_EQ(list.children[3].kind, Kind::Null);
  EXPECT_EQ(list.children[3].line, 6U);
  EXPECT_EQ(root.find("c")->key_line, 6U);
  EXPECT_EQ(root.find("c")->line, 7U);
  EXPECT_EQ(root.find("c")->text, "-1.50e+2");
  EXPECT_EQ(root.find("d"), nullptr);
}

TEST(Document, resolves_escapes_and_keeps_its_texts_when_it_moves) {
  std::string source = R"({"k\u00e9\n": "\"\\\/\b\f\n\r\t\u0000\ud83d\ude00é"})";
  auto document = parse_document("x.json", source);
  ASSERT_TRUE(document);
  const Document moved = std::move(*document);
  source.assign(source.size(), '?');
  EXPECT_EQ(moved.root().children[0].key, "k\xc3\xa9\n");
  EXPECT_EQ(moved.root().children[0].text, std::string_view("\"\\/\b\f\n\r\t\0\xf0\x9f\x98\x80\xc3\xa9", 15));
  EXPECT_EQ(to_json(moved.root()), "{\"k\xc3\xa9\\n\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\xf0\x9f\x98\x80\xc3\xa9\"}");
}

TEST(Document, writes_values_as_they_were_written) {
  const auto document = parse_document("x.json", " [1.50, 1e999, {\"a\" : [ ], \"b\":{}}, \"\", false, null] ");
  ASSERT_TRUE(document);
  EXPECT_EQ(to_json(document->root()), "[1.50,1e999,{\"a\":[],\"b\":{}},\"\",false,null]");
}

TEST(Document, says_what_is_not_json_and_where) {
  const std::string nul("[1,\n\0]", 6);
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "x.json:1: the file is empty; accepted: a JSON object"},
      {" \r\n\t", "x.json:1: the file is empty; accepted: a JSON object"},
      {"// only\n", "x.json:1: the file ends before any value does"},
      {"{\n\"a\": [1,\n", "x.json:2: /a/1: the file ends inside the array that begins on line 2"},
      {"{\"a\": 1\n/* b\nc", "x.json:3: the file ends inside the comment that begins on line 2"},
      {"/* a\nb */", "x.json:2: the file ends before any value does"},
      {"{\"a\": \"b", "x.json:1: /a: the file ends inside the object that begins on line 1"},
      {"[tru", "x.json:1: /0: the file ends inside the array that begins on line 1"},
      {"[1,\n]", "x.json:2: /1: not JSON: \"]\" at column 1; accepted: no comma before a closing bracket"},
      {"{\"a\": 1,}", "x.json:1: not JSON: \"}\" at column 9; accepted: no comma before a closing bracket"},
      {"{'a': 1}", "x.json:1: not JSON: \"'\" at column 2; accepted: texts and keys in double quotes"},
      {"{a: 1}", "not JSON: \"a\" at column 2; accepted: texts in double quotes, numbers, true, false, null"},
      {"[NaN]", "x.json:1: /0: not JSON: \"N\" at column 2"},
      {"[-Infinity]", "x.json:1: /0: not JSON: \"I\" at column 3"},
      {"[+1]", "not JSON: \"+\" at column 2; accepted: numbers such as 0.5 and -1"},
      {"[.5]", "not JSON: \".\" at column 2; accepted: numbers such as 0.5 and -1"},
      {"[01]", "x.json:1: /1: not JSON: \"1\" at column 3"},
      {"[0x1]", "not JSON: \"x\" at column 3"},
      {"[1e99999999999]", "x.json:1: /0: a number with too large an exponent"},
      {"# a\n{}", "not JSON: \"#\" at column 1; accepted: comments that begin with // or /*"},
      {"[\"a\nb\"]", "x.json:1: /0: not JSON: the end of the line at column 4"},
      {"[\"a\x1b[0m\"]", "x.json:1: /0: not JSON: \"\\u001b\" at column 4"},
      {"[\"\\x\"]", "not JSON: \"x\" at column 4"},
      {"[\"\\ud800\"]", "accepted: a pair of \\u escapes for a surrogate pair"},
      {"{\"a\" 1}", "x.json:1: /a: not JSON: \"1\" at column 6"},
      {"{}\n{\"secret\": 1}", "x.json:2: the document has ended, but \"{\" follows at column 1"},
      {"1 2", "x.json:1: the document has ended, but \"2\" follows at column 3"},
      {nul, "x.json:2: a NUL byte at column 1"},
      {"[\n\"a\xff\"]", "x.json:2: not UTF-8: the byte FF at column 3"},
      {"[1] // \xc0\xaf", "x.json:1: not UTF-8: the byte C0 at column 8"},
      {"[\"\xed\xa0\x80\"]", "x.json:1: not UTF-8: the byte ED at column 3"},
      {"[\"\xf4\x90\x80\x80\"]", "x.json:1: not UTF-8: the byte F4 at column 3"},
      {"[\"\xe2\x82", "x.json:1: not UTF-8: the byte E2 at column 3"},
      {"\xef\xbb\xbf{}", "x.json:1: the file begins with a byte order mark"},
      {"{\"a\": 1,\n \"b\": {\"c\": 1,\n\n \"c\": 2}}",
       "x.json:4: /b/c: the key \"c\" is given twice, on line 2 and on line 4"},
      {"[{\"a/~\": 1, \"a\\u002f~\": 1}]",
       "x.json:1: /0/a~1~0: the key \"a/~\" is given twice, on line 1 and on line 1"},
  };
  for (const auto& [text, expected] : cases) {
    const std::string error = error_of(text);
    EXPECT_NE(error.find(expected), std::string::npos) << "expected: " << expected << "\n  actual: " << error;
    EXPECT_LE(error.size(), kMaxInputErrorBytes);
  }
}

TEST(Document, refuses_depth_without_using_the_stack) {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_EQ(error_of(nested(kMaxDocumentDepth)), "no error");
  EXPECT_EQ(error_of(nested(kMaxDocumentDepth + 1)), "x.json:1: nested deeper than 64 levels");
  EXPECT_EQ(error_of(nested(1'000'000)), "x.json:1: nested deeper than 64 levels");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":\n";
  EXPECT_EQ(error_of(objects), "x.json:65: nested deeper than 64 levels");
}

TEST(Document, refuses_what_is_too_large) {
  EXPECT_EQ(error_of(std::string(kMaxDocumentBytes + 1, ' ')), "x.json:1: the file is larger than 64 MiB");
  std::string many = "[0";
  for (std::size_t i = 0; i < kMaxDocumentValues; ++i) many += ",0";
  EXPECT_EQ(error_of(many + "]"), "x.json:1: /3999999: the file holds more than 4000000 values");
}

TEST(InputErrorText, is_short_and_printable_whatever_the_input_held) {
  const std::string hostile = "\x1b[31m\xff\"\\\n\xe2\x80\xae\xef\xbb\xbf\xc2\x9b";
  EXPECT_EQ(printable(hostile), "\\u001b[31m\\xff\"\\\\n\\u202e\\ufeff\\u009b");
  EXPECT_EQ(quoted("a\"\\b"), "\"a\\\"\\\\b\"");
  EXPECT_EQ(printable("grüße 😀"), "grüße 😀");
  EXPECT_EQ(printable(std::string(81, 'a')), fmt::format("{:a<66}... (81 bytes)", ""));
  for (const char c : {'a', '\x1b', '\xff', '"', '\n'}) {
    const std::string huge(1'000'000, c);
    const std::string text = to_text({huge, UINT32_MAX, huge, huge, huge, huge});
    EXPECT_LE(text.size(), kMaxInputErrorBytes);
    for (const char each : text) EXPECT_GE(static_cast<unsigned char>(each), 0x20);
  }
}

TEST(NearestName, is_suggested_only_when_it_is_near) {
  const std::string_view names[] = {"status", "timeout", "reset", "on", "rate_limited", "app.get"};
  const std::pair<std::string_view, std::string_view> cases[] = {{"statos", "status"},
                                                                 {"tiemout", "timeout"},
                                                                 {"STATUS", "status"},
                                                                 {"no", "on"},
                                                                 {"ratelimited", "rate_limited"},
                                                                 {"x", ""},
                                                                 {"", ""},
                                                                 {"something", ""},
                                                                 {"resets", "reset"}};
  for (const auto& [wrong, expected] : cases) EXPECT_EQ(nearest_name(wrong, names), expected) << wrong;
  EXPECT_EQ(nearest_name(std::string(1'000'000, 'a'), names), "");
}

}  // namespace
}  // namespace core::input
