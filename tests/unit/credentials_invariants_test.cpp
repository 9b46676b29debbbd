// What is said of credentials and of requests: each breach as a list that only this invariant objects to, and beside it
// the lists that look most like it and are right.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/invariants/invariants.h"
#include "tests/unit/event_line.h"

namespace sim {
namespace {

using core::Duration;
using core::SteadyTime;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kTokenUrl = "https://api.github.com/app/installations/1/access_tokens";

class Credentials : public testing::Test {
 protected:
  /// "credentials: message"
  std::vector<std::string> found() const {
    std::vector<std::string> lines;
    for (const Violation& each : invariants_.findings().kept()) lines.push_back(each.invariant + ": " + each.message);
    return lines;
  }
  void event(const std::string& line) { invariants_.on_event(Line(line).event); }
  void mint(Duration sent, std::string_view token) {
    invariants_.on_exchange({.runner = "runner-1",
                             .operation = "token",
                             .job = "a",
                             .sent = SteadyTime(sent),
                             .answered = SteadyTime(sent),
                             .status = 201,
                             .url = kTokenUrl,
                             .minted = token,
                             .own_status = 201});
  }
  void use(Duration sent, std::string_view token, int status, std::optional<int> own = std::nullopt,
           std::string_view operation = "comments.create") {
    invariants_.on_exchange({.runner = "runner-1",
                             .operation = operation,
                             .job = "a",
                             .sent = SteadyTime(sent),
                             .answered = SteadyTime(sent),
                             .status = status,
                             .credential = token,
                             .own_status = own});
  }
  void begin(const std::string& at) {
    event(at + " tool.started tool=comment_on_issue");
    event(at + " call.started api=github.comments.create attempt=1");
  }
  void refused(const std::string& at, int attempt) {
    event(fmt::format("{} call.failed api=github.comments.create attempt={} failure=unauthorized status=401", at,
                      attempt));
  }
  void got_token(const std::string& at) {
    event(at + " call.started api=github.token attempt=1");
    event(at + " call.succeeded api=github.token attempt=1 status=201");
  }

  core::Config config_;
  Invariants invariants_{config_, {.servers_watched = true}};
};

TEST_F(Credentials, a_new_token_is_tried_again) {
  mint(0s, "ghs_1");
  got_token("0s");
  begin("0s");
  use(0s, "ghs_1", 401);
  refused("0s", 1);
  event("0s call.retry api=github.comments.create attempt=2 delay=1s source=backoff");
  event("1s call.started api=github.comments.create attempt=2");
  use(1s, "ghs_1", 201, 201);
  event("1s call.succeeded api=github.comments.create attempt=2 status=201");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Credentials, a_new_token_that_is_given_up_is_found) {
  mint(0s, "ghs_1");
  got_token("0s");
  begin("0s");
  use(0s, "ghs_1", 401);
  refused("0s", 1);
  event("0s call.gave_up api=github.comments.create attempts=1 reason=not_retryable");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("credentials: a token is given up that is 0s old")));
}

TEST_F(Credentials, an_old_token_that_is_tried_again_is_found) {
  mint(0s, "ghs_1");
  mint(8s, "ghs_2");  // Of another installation, for events do not tell them apart.
  got_token("8s");
  begin("9s");
  use(9s, "ghs_1", 401);
  refused("9s", 1);
  event("9s call.retry api=github.comments.create attempt=2 delay=1s source=backoff");
  EXPECT_THAT(found(), testing::Contains(HasSubstr("credentials: a refused token is tried again when it is 10s old")));
}

TEST_F(Credentials, a_wait_for_a_new_token_is_exact) {
  mint(0s, "ghs_1");
  got_token("0s");
  begin("0s");
  use(0s, "ghs_1", 401);
  refused("0s", 1);
  event("0s call.retry api=github.comments.create attempt=2 delay=1.1s source=backoff");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("backoff: github.comments.create waits 1.1s before attempt 2")));
}

TEST_F(Credentials, a_token_that_was_refused_for_good_is_not_sent_again) {
  mint(0s, "ghs_1");
  got_token("0s");
  begin("20s");
  use(20s, "ghs_1", 401);
  refused("20s", 1);
  event("20s call.gave_up api=github.comments.create attempts=1 reason=not_retryable");
  EXPECT_THAT(found(), IsEmpty());
  event("20s tool.failed tool=comment_on_issue");
  begin("30s");
  use(30s, "ghs_1", 201, 201);
  EXPECT_THAT(found(), ElementsAre("credentials: a token is sent that was refused for good before the tool began"));
}

TEST_F(Credentials, a_token_is_minted_only_where_none_is_good) {
  mint(0s, "ghs_1");
  mint(54min, "ghs_2");
  use(54min + 20s, "ghs_2", 401);
  mint(54min + 21s, "ghs_3");
  event("55m worker.started");
  mint(55min, "ghs_4");
  invariants_.on_clock_shift({}, 2h);
  mint(56min, "ghs_5");
  EXPECT_THAT(found(), IsEmpty());
  mint(57min, "ghs_6");
  EXPECT_THAT(found(),
              ElementsAre("credentials: a token is minted for installation 1, and the one of 60s ago is good"));
}

TEST_F(Credentials, a_refusal_that_nobody_gave_is_found) {
  mint(0s, "ghs_1");
  begin("20s");
  use(20s, "ghs_1", 404);
  refused("20s", 1);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("credentials: github.comments.create is said to be refused")));
}

TEST_F(Credentials, a_refusal_by_the_service_itself_is_found) {
  mint(0s, "ghs_1");
  use(1s, "ghs_1", 401);  // A rule's.
  EXPECT_THAT(found(), IsEmpty());
  for (const int status : {400, 401, 403, 422}) use(2s, "ghs_1", status, status);
  EXPECT_THAT(found(), testing::SizeIs(4));
  EXPECT_THAT(found()[0], HasSubstr("requests: comments.create is answered 400 by the service itself"));
}

TEST_F(Credentials, what_the_words_of_a_job_bring_about_is_not) {
  use(0s, "ghs_0", 404, 404);
  use(1s, "ghs_0", 410, 410);
  invariants_.on_exchange({.runner = "runner-1",
                           .operation = "comments.create",
                           .job = "a",
                           .status = 422,
                           .body = R"({"body":" \n\n<!-- rehearse:0a -->"})",
                           .own_status = 422});
  EXPECT_THAT(found(), IsEmpty());
  use(3s, "ghs_0", 404, 404, "other");
  EXPECT_THAT(found(), ElementsAre(HasSubstr("requests: other is answered 404 by the service itself")));
}

TEST_F(Credentials, where_a_redirect_led_is_nobodys_fault) {
  use(0s, "ghs_1", 301);
  use(0s, "ghs_1", 404, 404, "other");
  EXPECT_THAT(found(), IsEmpty());
  use(0s, "ghs_1", 404, 404, "other");
  EXPECT_THAT(found(), testing::SizeIs(1));
}

TEST_F(Credentials, a_shift_takes_each_token_once) {
  mint(1h, "ghs_2");
  invariants_.on_clock_shift({}, 2h);
  use(1h + 1s, "ghs_2", 401, 401);
  EXPECT_THAT(found(), IsEmpty()) << "the shift took its time";
  use(1h + 2s, "ghs_2", 401, 401);
  EXPECT_THAT(found(), IsEmpty()) << "a new token is tried again";
  use(1h + 11s, "ghs_2", 401, 401);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("requests: comments.create is answered 401")));
}

TEST_F(Credentials, a_jwt_that_is_refused_for_its_time_is_made_anew) {
  const auto asked = [&](Duration at, int status, std::optional<int> own) {
    invariants_.on_exchange({.runner = "runner-1",
                             .operation = "token",
                             .job = "a",
                             .sent = SteadyTime(at),
                             .answered = SteadyTime(at),
                             .status = status,
                             .url = kTokenUrl,
                             .own_status = own});
  };
  const std::string failed = " call.failed api=github.token attempt=1 failure=unauthorized status=401";
  invariants_.on_clock_shift("runner-1", 2h);
  event("0s call.started api=github.token attempt=1");
  asked(0s, 401, 401);
  asked(0s, 401, std::nullopt);
  event("0s" + failed);
  event("0s call.gave_up api=github.token attempts=1 reason=not_retryable");
  EXPECT_THAT(found(), IsEmpty()) << "the second refusal is a rule's";
  invariants_.on_clock_shift("runner-1", 2h);
  event("1s call.started api=github.token attempt=1");
  asked(1s, 401, 401);
  event("1s" + failed);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("requests: a JWT is refused by the service itself, and not made anew")));
}

// No Date that far away corrects a clock: each JWT is refused, and that is not the core's fault.
TEST_F(Credentials, a_jwt_of_a_clock_that_is_days_away_is_not_made_anew) {
  const auto refused_thrice = [&](std::string_view runner) {
    for (int at = 0; at < 3; ++at) {
      event(fmt::format("{}s call.started runner={} api=github.token attempt=1", at, runner));
      invariants_.on_exchange({.runner = runner,
                               .operation = "token",
                               .job = "a",
                               .sent = SteadyTime(std::chrono::seconds(at)),
                               .answered = SteadyTime(std::chrono::seconds(at)),
                               .status = 401,
                               .url = kTokenUrl,
                               .own_status = 401});
      event(fmt::format("{}s call.failed runner={} api=github.token attempt=1 failure=unauthorized status=401", at,
                        runner));
      event(fmt::format("{}s call.gave_up runner={} api=github.token attempts=1 reason=not_retryable", at, runner));
    }
  };
  invariants_.on_clock_shift("runner-1", -48h);
  refused_thrice("runner-1");
  EXPECT_THAT(found(), IsEmpty());
  refused_thrice("runner-2");
  EXPECT_THAT(found(), testing::Contains(HasSubstr("not made anew"))) << "the other runner's clock is right";
}

TEST_F(Credentials, a_token_is_not_used_beyond_its_hour) {
  mint(0s, "ghs_1");
  use(59min, "ghs_1", 201, 201);
  EXPECT_THAT(found(), IsEmpty());
  use(1h, "ghs_1", 401, 401);
  EXPECT_THAT(found(), ElementsAre(HasSubstr("requests: comments.create is answered 401 by the service itself")));
}

TEST_F(Credentials, a_clock_is_learnt_by_one_refusal) {
  const auto jwt_refused = [&](Duration at) {
    invariants_.on_exchange({.runner = "runner-1",
                             .operation = "token",
                             .job = "a",
                             .sent = SteadyTime(at),
                             .answered = SteadyTime(at + 1s),
                             .status = 401,
                             .url = kTokenUrl,
                             .own_status = 401});
  };
  invariants_.on_clock_shift("runner-1", 2h);
  jwt_refused(0s);
  jwt_refused(500ms);
  EXPECT_THAT(found(), IsEmpty()) << "under way at once";
  jwt_refused(1s);
  EXPECT_THAT(found(), IsEmpty()) << "the order of one instant is not known";
  jwt_refused(1s + 1ns);
  EXPECT_THAT(found(), testing::SizeIs(1));
  event("10s worker.started");
  jwt_refused(11s);
  EXPECT_THAT(found(), testing::SizeIs(1)) << "a new process has to learn anew";
}

TEST_F(Credentials, what_a_model_is_told_is_what_every_service_takes) {
  const auto told = [&](const std::string& messages) {
    const std::string body = R"({"messages":[{"role":"user","content":"Do it."})" + messages + "]}";
    invariants_.on_exchange({.runner = "runner-1", .operation = "chat", .job = "a", .status = 200, .body = body});
  };
  const std::string call = R"(,{"role":"assistant","content":"","tool_calls":[{"id":"1","function":{"name":"t"}}]})";
  const std::string other = R"(,{"role":"assistant","content":"","tool_calls":[{"id":"2","function":{"name":"t"}}]})";
  const std::string result = R"(,{"role":"tool","content":"Done.","tool_call_id":"1"})";
  const std::string words = R"(,{"role":"assistant","content":"I will"})";
  const std::string why = R"(,{"role":"user","content":"That was cut."})";
  told("");
  told(call + result + other + result);
  told(words + why + call + result);
  told(R"(,{"role":"assistant","content":"","tool_calls":[{"function":{"name":"t"}},{"function":{"name":"t"}}]})");
  EXPECT_THAT(found(), IsEmpty());
  told(call + result + call + result);
  told(call + R"(,{"role":"tool","content":"","tool_call_id":"1"})");
  told(words + words + why);
  told(words);
  EXPECT_THAT(found(),
              ElementsAre("requests: two calls of a tool have the id 1", "requests: the result of a tool says nothing",
                          HasSubstr("the user says nothing between"), HasSubstr("with its own words")));
}

}  // namespace
}  // namespace sim
