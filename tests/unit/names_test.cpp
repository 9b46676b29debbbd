// Names of repositories and jobs: whoever reads one from outside checks it by the same rule.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/queue/job.h"
#include "core/text/names.h"
#include "core/text/utf8.h"
#include "sim/scenario/load.h"

namespace core {
namespace {

constexpr std::string_view kGood[] = {"octo/hello", "a/b", "octo-org/.github", "emp_corp/a.b-c_d", "o/...", "-a/b"};
constexpr std::string_view kBad[] = {"",      "/",          "a",          "a/",     "/b",    "a/.",
                                     "a/..",  "a.b/c",      "a b/c",      "a/b c",  "a/b/c", "a/b?x",
                                     "a/b#1", "\xc3\xa4/b", "a/\xc3\xa4", "a%2fb/c"};

TEST(Repository, is_owner_and_name_of_githubs_characters) {
  for (const std::string_view repo : kGood) EXPECT_TRUE(is_repository(repo)) << repo;
  for (const std::string_view repo : kBad) EXPECT_FALSE(is_repository(repo)) << repo;
  const auto of_sizes = [](std::size_t owner, std::size_t name) {
    return fmt::format("{}/{}", std::string(owner, 'a'), std::string(name, 'b'));
  };
  EXPECT_TRUE(is_repository(of_sizes(39, 100)));
  EXPECT_FALSE(is_repository(of_sizes(40, 1)));
  EXPECT_FALSE(is_repository(of_sizes(1, 101)));
}

/// What a payload may ask for is what the client of comments sends: a job whose repository is none is malformed, and
/// the model is never asked to correct it.
TEST(Repository, is_checked_alike_in_a_payload_and_in_a_scenario) {
  const auto in_payload = [](std::string_view repo) {
    return decode_job(encode_job({std::string(repo), 1, 1, "x"})).has_value();
  };
  const auto in_scenario = [](std::string_view repo) {
    const std::string text =
        "{\"title\":\"x\",\"why\":\"y\",\"jobs\":[{\"id\":\"a\",\"repo\":\"" + std::string(repo) + "\"}]}";
    return sim::parse_scenario("x.json", text).scenario.has_value();
  };
  for (const std::string_view repo : kGood) {
    EXPECT_TRUE(in_payload(repo)) << repo;
    EXPECT_TRUE(in_scenario(repo)) << repo;
  }
  for (const std::string_view repo : kBad) {
    EXPECT_FALSE(in_payload(repo)) << repo;
    EXPECT_FALSE(in_scenario(repo)) << repo;
  }
}

TEST(JobId, is_utf8_without_control_characters) {
  EXPECT_TRUE(is_job_id("abc-123"));
  EXPECT_TRUE(is_job_id("\xf0\x9f\x98\x80"));
  EXPECT_TRUE(is_job_id(std::string(256, 'a')));
  for (const std::string_view id :
       {"", "a\nb", "\x7f", "\xff", "\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80"}) {
    EXPECT_FALSE(is_job_id(id)) << id;
  }
  EXPECT_FALSE(is_job_id(std::string(257, 'a')));
}

TEST(Utf8, an_ill_formed_part_is_as_long_as_one_replacement_stands_for) {
  const std::pair<std::string_view, std::size_t> cases[] = {
      {"\x80", 1}, {"\xc3(", 1}, {"\xe2\x82(", 2}, {"\xf0\x9f\x98", 3}, {"\xed\xa0\x80", 1}, {"\xf4\x90\x80\x80", 1}};
  for (const auto& [text, length] : cases) {
    EXPECT_FALSE(first_sequence(text).well_formed) << text;
    EXPECT_EQ(first_sequence(text).length, length) << text;
  }
  EXPECT_EQ(well_formed_prefix("ten ascii \xe2\x82\xac and \xff"), 18U);
}

}  // namespace
}  // namespace core
