// The published schema accepts whatever the reader accepts: it is for editors, which must not mark what runs.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "sim/fuzz/generate.h"
#include "sim/scenario/load.h"
#include "sim/scenario/types.h"
#include "sim/scenario/write.h"
#include "tests/support/folders.h"
#include "tests/support/json_schema.h"

namespace sim {
namespace {

namespace json = boost::json;

json::value parsed(const std::string& text) {
  json::parse_options options;
  options.allow_comments = true;
  options.max_depth = 128;
  return json::parse(text, {}, options);
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

tests::JsonSchema published() {
  return tests::JsonSchema(parsed(scenario_schema()));
}

TEST(ScenarioSchema, accepts_every_file_that_is_read) {
  tests::JsonSchema schema = published();
  std::vector<std::string> folders;
  for (const char* folder : {"documented", "smoke", "regress", "negative/caught"}) {
    folders.push_back(tests::source_path(std::string("scenarios/") + folder));
  }
  folders.push_back(tests::source_path("tests/unit/data/maximal.json"));
  const ScenarioFiles files = find_scenario_files(folders);
  EXPECT_GT(files.paths.size(), 100U);
  for (const std::string& path : files.paths) EXPECT_EQ(schema.fault_of(parsed(read(path))), "") << path;
}

TEST(ScenarioSchema, accepts_every_world_of_the_search) {
  tests::JsonSchema schema = published();
  for (std::uint64_t number = 0; number < 300; ++number) {
    const std::string text = scenario_text(random_scenario(7, number));
    ASSERT_EQ(schema.fault_of(parsed(text)), "") << text;
  }
}

/// Every value within `value`, itself left out, as JSON pointers.
void add_places(const json::value& value, const std::string& place, std::vector<std::string>& places) {
  const auto add = [&](std::string_view key, const json::value& member) {
    std::string escaped;
    for (const char c : key) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    const std::string here = place + "/" + escaped;
    places.push_back(here);
    add_places(member, here, places);
  };
  if (value.is_object()) {
    for (const auto& [key, member] : value.get_object()) add({key.data(), key.size()}, member);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.get_array().size(); ++i) add(std::to_string(i), value.get_array()[i]);
  }
}

/// The words that errors name as accepted: the names of closed sets, which no list here needs to repeat.
void add_accepted_words(const std::string& text, std::vector<std::string>& words) {
  for (const auto& error : parse_scenario("maximal.json", text).errors) {
    std::string word;
    for (const char c : error.accepted + " ") {
      if (std::string_view(" ,;\"()[]{}").find(c) == std::string_view::npos) {
        word += c;
      } else if (!word.empty()) {
        words.push_back(std::exchange(word, {}));
      }
    }
  }
}

json::value with(const json::value& document, const std::string& place, const json::value& value) {
  json::value changed = document;
  boost::system::error_code error;
  *changed.find_pointer(place, error) = value;
  return changed;
}

// Puts many spellings into each place of a file that has every key - some that are tried everywhere, and whatever the
// errors of that place name as accepted. Where the reader takes one, so must the schema.
TEST(ScenarioSchema, accepts_every_spelling_that_is_read) {
  const json::value maximal = parsed(read(tests::source_path("tests/unit/data/maximal.json")));
  std::vector<std::string> places;
  add_places(maximal, "", places);
  std::vector<json::value> everywhere = {0, 1, 2, 0.5, 1.5, true, json::array{}, json::array{1}, json::array{1, 4}};
  for (const char* word :
       {"",         "1",        "01",    "1-3",  "01-03", "5-",   "*/1", "*/3",  "*/007", "*",
        "0s",       "1ns",      "1h30m", "1.5s", "+2h",   "-90s", "2h",  "1B",   "GET",   "octo/hello#7",
        "runner-2", "http://x", "100MB", "x y",  "a",     "a/b",  "get", "Iv1.a"}) {
    everywhere.emplace_back(word);
  }
  tests::JsonSchema schema = published();
  std::set<std::string> accepted;
  for (const std::string& place : places) {
    std::vector<std::string> words;
    add_accepted_words(json::serialize(with(maximal, place, "?")), words);
    add_accepted_words(json::serialize(with(maximal, place, 0.5)), words);
    std::vector<json::value> values = everywhere;
    for (const std::string& word : words) values.emplace_back(word);
    for (const json::value& value : values) {
      const json::value changed = with(maximal, place, value);
      if (!parse_scenario("maximal.json", json::serialize(changed)).scenario) continue;
      accepted.insert(place + " = " + json::serialize(value));
      EXPECT_EQ(schema.fault_of(changed), "") << place << " = " << json::serialize(value);
    }
  }
  EXPECT_GT(accepted.size(), 1'000U);
  EXPECT_TRUE(accepted.contains(R"(/redis/0/on = "script:release")"));
}

}  // namespace
}  // namespace sim
