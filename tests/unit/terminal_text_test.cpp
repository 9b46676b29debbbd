#include "core/text/terminal_text.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

#include "core/json/escape.h"
#include "core/text/printable.h"
#include "core/text/wrap.h"
#include "tests/support/terminal_bytes.h"

namespace core {
namespace {

using tests::obeyed;

TEST(TerminalTexts, show_foreign_texts_escaped_and_on_one_line) {
  const auto text = TerminalText::format("{}: {:>3}, {}\n", "a\nb", 7, std::string("\x1b[2J"));
  EXPECT_EQ(text.str(), "a\\nb:   7, \\u001b[2J\n");
  EXPECT_EQ(TerminalText::format("<{}>", text).str(), "<" + text.str() + ">");
}

TEST(TerminalTexts, cut_nothing_off) {
  const std::string lengthy(100'000, 'e');
  EXPECT_EQ(TerminalText::format("{}\xc3\xa9", lengthy + "\xc3\xa9").str(), lengthy + "\xc3\xa9\xc3\xa9");
}

TEST(TerminalTexts, keep_line_feeds_where_lines_were_composed) {
  EXPECT_EQ(TerminalText::lines("a\n\nb\tc\n").str(), "a\n\nb\\tc\n");
  EXPECT_EQ(TerminalText::lines("a\nb").str(), "a\nb");
  EXPECT_EQ(TerminalText::lines("").str(), "");
}

TEST(TerminalTexts, have_the_colours_of_the_program_alone) {
  const auto text = TerminalText::format("{}", "\x1b[32m").painted(TerminalText::Colour::Red);
  EXPECT_EQ(text.str(), "\x1b[31m\\u001b[32m\x1b[0m");
}

TEST(CiCommands, are_made_ineffective_wherever_a_system_looks_for_them) {
  EXPECT_EQ(without_ci_commands("::error::x\na\n \xc2\xa0 ::warning::y"),
            "\\u003a:error::x\na\n \xc2\xa0 \\u003a:warning::y");
  EXPECT_EQ(without_ci_commands("a ##[error]x ##vso[task.complete] ##TeamCity[x"),
            "a \\u0023#[error]x \\u0023#vso[task.complete] \\u0023#TeamCity[x");
  EXPECT_EQ(without_ci_commands("###[x"), "#\\u0023#[x");
}

TEST(CiCommands, are_not_seen_in_ordinary_text) {
  for (const char* text : {"std::string\n## heading [1]\n", "a ::b", "##", "##abc", "[::1]:80", ""}) {
    EXPECT_EQ(without_ci_commands(text), text);
  }
}

TEST(PrintableJson, is_the_same_value) {
  const std::string json = "[" + json_string(tests::kHostile) + ",\"\xf3\xa0\x80\x81\xf0\x9f\x99\x82\xc3\xa9\"]";
  const std::string shown = printable_json(json);
  EXPECT_EQ(boost::json::parse(shown), boost::json::parse(json));
  EXPECT_EQ(obeyed(shown), "");
  EXPECT_NE(shown.find("\\udb40\\udc01\xf0\x9f\x99\x82\xc3\xa9"), std::string::npos) << shown;
}

TEST(PrintableJson, is_utf8_whatever_came) {
  EXPECT_EQ(printable_json("\"a\xff\xc2\""), "\"a\\ufffd\\ufffd\"");
}

TEST(Wrapping, breaks_at_spaces_and_cuts_words_that_are_too_long) {
  using Pieces = std::vector<std::string_view>;
  EXPECT_EQ(wrapped("one two three", 7), (Pieces{"one two", "three"}));
  EXPECT_EQ(wrapped("one two three", 8), (Pieces{"one two", "three"}));
  EXPECT_EQ(wrapped("  one  two", 6), (Pieces{"  one", "two"}));
  EXPECT_EQ(wrapped("abcdefg hi", 3), (Pieces{"abc", "def", "g", "hi"}));
  EXPECT_EQ(wrapped("", 10), (Pieces{""}));
  EXPECT_EQ(wrapped("\xe4\xbd\xa0\xe5\xa5\xbd", 3), (Pieces{"\xe4\xbd\xa0", "\xe5\xa5\xbd"}));
  EXPECT_EQ(columns_of("a\xc3\xa9\xe4\xbd\xa0"), 4u);
}

}  // namespace
}  // namespace core
