// What varied forms put beside the wait that a rule asks for, and how lists come. That clients make of it what the rule
// means, the invariant `hints` says in random worlds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/http/http.h"
#include "core/random/random.h"
#include "core/time/text.h"
#include "fakes/github/list_forms.h"
#include "fakes/lesser_waits.h"
#include "fakes/waits_asked.h"

namespace fakes {
namespace {

using namespace std::chrono_literals;

constexpr core::WallTime kNow{std::chrono::seconds(1'767'225'600)};
constexpr Now kBoth{core::SteadyTime(), kNow};

/// All that varied forms made of a 429 that asks for that wait in that way, over many seeds.
template <class Add>
std::set<std::string> forms_of(const RetryAfterSpelling& spelling, Add add) {
  std::set<std::string> forms;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    core::HttpResponse response{429, {{"date", core::format_http_date(kNow)}}, "{}"};
    ask_to_wait(spelling, response, kBoth);
    const bool has_body = is_in_the_body(spelling);
    add(AskedWait{spelling, *meant_by(spelling, kBoth), !has_body}, response, kBoth, core::Random(seed));
    std::string form;
    for (const core::HttpHeader& header : response.headers) form += header.name + ": " + header.value + "\n";
    forms.insert(form + response.body);
  }
  return forms;
}

TEST(LesserWaits, come_in_many_forms) {
  for (const RetryAfterSpelling& spelling :
       {RetryAfterSpelling(RetryAfterSeconds{30s}), RetryAfterSpelling(RetryAfterMs{30s}),
        RetryAfterSpelling(RetryAfterDate{30s}), RetryAfterSpelling(RetryAfterBody{30s}),
        RetryAfterSpelling(RetryAfterReset{30s, RetryAfterReset::Of::Requests, RetryAfterReset::As::EpochMs})}) {
    EXPECT_GT(forms_of(spelling, add_lesser_waits_of_model).size(), 30u) << spelling.index();
  }
  EXPECT_GT(forms_of(RetryAfterSeconds{30s}, add_lesser_waits_of_github).size(), 30u);
  EXPECT_GT(forms_of(RetryAfterWords{}, add_lesser_waits_of_github).size(), 30u);
}

TEST(LesserWaits, leave_a_wait_of_a_second_without_shorter_ones) {
  for (const std::string& form : forms_of(RetryAfterSeconds{1s}, add_lesser_waits_of_github)) {
    EXPECT_EQ(form.find("retry-after: 0"), std::string::npos) << form;
  }
}

TEST(LesserWaits, are_shorter_where_a_wait_has_hardly_room_for_them) {
  // A margin of two seconds, and less than the shortest wait, a millisecond, beyond it.
  for (const core::Duration meant : {core::Duration(2s + 1ns), core::Duration(2s + 999'999ns)}) {
    for (const std::string& form : forms_of(RetryAfterBody{meant}, add_lesser_waits_of_model)) {
      EXPECT_EQ(form.find("retry-after: "), std::string::npos) << form;
    }
  }
  const auto forms = forms_of(RetryAfterSeconds{2s + 1ms}, add_lesser_waits_of_model);
  EXPECT_THAT(forms, testing::Contains(testing::HasSubstr(R"("retry_after_ms":1)")));
}

TEST(ListForms, name_the_next_page_in_each_way) {
  const ListPage page{"https://api.github.com/x", 100, 2, 4};
  std::set<std::string> ways;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    core::HttpHeaders headers;
    add_varied_links(page, headers, core::Random(seed));
    std::string all;
    for (const core::HttpHeader& header : headers) all += header.value + "\n";
    EXPECT_THAT(all, testing::HasSubstr("page=3"));
    ways.insert(all);
  }
  EXPECT_EQ(ways.size(), 10u);  // Five spellings, together or apart.
}

TEST(ListForms, have_one_page_without_links) {
  core::HttpHeaders headers;
  add_links({"https://api.github.com/x", 100, 1, 1}, headers);
  add_varied_links({"https://api.github.com/x", 100, 1, 1}, headers, core::Random(1));
  EXPECT_THAT(headers, testing::IsEmpty());
}

TEST(ListForms, keep_the_number_of_pages_small) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_LE(varied_page_size(100, 10, core::Random(seed)), 4u);
    EXPECT_GE(varied_page_size(100, 10, core::Random(seed)), 1u);
    EXPECT_GE(varied_page_size(100, 350, core::Random(seed)), 60u);
    EXPECT_EQ(varied_page_size(30, 350, core::Random(seed)), 30u);
  }
}

}  // namespace
}  // namespace fakes
