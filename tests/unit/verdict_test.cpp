// The verdict over hand-made lists of exchanges: each fault as a bad list, and beside it the good lists that look most
// like it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "core/text/printable.h"
#include "fakes/verdict/verdict.h"
#include "tests/support/terminal_bytes.h"
#include "tests/unit/http_fakes.h"

namespace fakes {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// A list under construction: every exchange is described as the server would.
class Session {
 public:
  /// Ends `took` after it arrived. A delivery other than Respond ends as the wire ends it.
  Exchange& add(core::Duration at_time, const core::HttpRequest& request, Delivery delivery,
                core::Duration took = 0ms) {
    const Now now = at(at_time);
    const std::string_view operation = request.url.ends_with("/comments")        ? "comments.create"
                                       : request.url.ends_with("/access_tokens") ? "token"
                                                                                 : "chat";
    Exchange exchange = describe(request, {std::move(delivery), {}, operation, {}}, now);
    exchange.number = list.size() + 1;
    exchange.service = operation == "chat" ? Service::Llm : Service::GitHub;
    exchange.ended = now.steady + took;
    exchange.ending = exchange.status == 0 ? Ending::Reset : Ending::Complete;
    return list.emplace_back(std::move(exchange));
  }

  std::vector<FaultKind> kinds(const VerdictLimits& limits = {}) const {
    std::vector<FaultKind> kinds;
    for (const Fault& fault : judge(list, limits).faults) kinds.push_back(fault.kind);
    return kinds;
  }

  std::vector<Exchange> list;
};

Respond status(int status, core::HttpHeaders headers = {}, std::string body = "{}") {
  return {{status, std::move(headers), std::move(body)}};
}

core::HttpRequest chat(std::string_view messages = R"({"role":"user","content":"hi"})", std::string job = "a") {
  return post("http://llm/api/chat", fmt::format(R"({{"model":"m","messages":[{}]}})", messages), std::move(job));
}

core::HttpRequest comment(std::string body, std::string job = "a") {
  return post("http://github/repos/octo/hello/issues/1/comments", fmt::format(R"({{"body":"{}"}})", body),
              std::move(job));
}

core::HttpRequest with(core::HttpRequest request, std::string name, std::string value) {
  request.headers.push_back({std::move(name), std::move(value)});
  return request;
}

TEST(VerdictTexts, hold_nothing_that_a_terminal_would_obey) {
  Verdict verdict;
  verdict.faults.push_back({.message = tests::kHostile, .operation = tests::kHostile, .job = tests::kHostile});
  EXPECT_EQ(tests::obeyed(core::without_ci_commands(verdict_text(verdict).str())), "");
}

TEST(Verdict, nothing_is_wrong_with_nothing_and_with_what_succeeds) {
  Session session;
  EXPECT_THAT(session.kinds(), IsEmpty());
  for (int i = 0; i < 30; ++i) session.add(i * 1ms, chat(), status(200));
  EXPECT_THAT(session.kinds(), IsEmpty());
}

TEST(Verdict, what_was_refused_for_good_must_not_be_repeated) {
  for (const int code : {400, 401, 402, 403, 404, 422}) {
    Session bad;
    bad.add(0s, chat(), status(code));
    bad.add(1s, chat(), status(code));
    EXPECT_THAT(bad.kinds(), ElementsAre(FaultKind::RetriedFinalAnswer)) << code;
  }
  for (const char* body :
       {R"({"error":{"code":"insufficient_quota"}})", R"({"error":{"type":"billing_not_active"}})",
        R"({"error":{"code":"1113"}})", R"({"error":{"code":1113}})",
        R"([{"error":{"message":"Your prepayment credits are depleted.","status":"RESOURCE_EXHAUSTED"}}])"}) {
    Session no_quota;
    no_quota.add(0s, chat(), status(429, {}, body));
    no_quota.add(1s, chat(), status(200));
    EXPECT_THAT(no_quota.kinds(), ElementsAre(FaultKind::RetriedFinalAnswer)) << body;
  }
  Session conflict;
  conflict.add(0s, comment("x"), status(409));
  conflict.add(1s, comment("x"), status(409));
  EXPECT_THAT(conflict.kinds(), ElementsAre(FaultKind::RetriedFinalAnswer)) << "of GitHub";
  Session told_not_to;
  told_not_to.add(0s, chat(), status(500, {{"x-should-retry", "false"}}));
  told_not_to.add(1s, chat(), status(200));
  EXPECT_THAT(told_not_to.kinds(), ElementsAre(FaultKind::RetriedFinalAnswer));
}

TEST(Verdict, what_looks_like_a_repetition_of_a_final_answer_but_is_none) {
  const auto second = [](core::HttpRequest first, int code, core::Duration when, core::HttpRequest then,
                         core::HttpHeaders headers = {}) {
    Session session;
    session.add(0s, std::move(first), status(code, std::move(headers)));
    session.add(when, std::move(then), status(200));
    return session.kinds();
  };
  EXPECT_THAT(second(chat(), 404, 1s, chat(R"({"role":"user","content":"other"})")), IsEmpty());
  EXPECT_THAT(second(chat(), 404, 1s, chat(R"({"role":"user","content":"hi"})", "b")), IsEmpty()) << "another job";
  EXPECT_THAT(second(chat(), 404, 3min, chat()), IsEmpty()) << "somebody asked again";
  EXPECT_THAT(second(with(chat(), "authorization", "Bearer 1"), 401, 1s, with(chat(), "authorization", "Bearer 2")),
              IsEmpty());
  const core::HttpRequest with_token = with(comment("x"), "authorization", "token ghs_1");
  for (const int refusal : {401, 403}) {
    EXPECT_THAT(second(with_token, refusal, 1s, with_token), IsEmpty()) << "GitHub does not know a new token at once";
  }
  EXPECT_THAT(second(chat(), 400, 1s, chat(), {{"x-should-retry", "true"}}), IsEmpty());
  EXPECT_THAT(second(comment("x"), 403, 61s, comment("x"), {{"retry-after", "60"}}), IsEmpty());
  Session token;
  token.add(0s, with(post("http://github/app/installations/1/access_tokens", ""), "authorization", "Bearer jwt1"),
            status(401));
  token.add(1s, with(post("http://github/app/installations/1/access_tokens", ""), "authorization", "Bearer jwt2"),
            status(201));
  EXPECT_THAT(token.kinds(), IsEmpty()) << "a corrected clock makes another JWT";
  Session parallel;
  parallel.add(0s, chat(), status(404), 100ms);
  parallel.add(50ms, chat(), status(404), 100ms);
  EXPECT_THAT(parallel.kinds(), IsEmpty()) << "both were under way at once";
}

TEST(Verdict, statuses_that_clients_may_retry_are_let_pass) {
  for (const int code : {408, 409, 425, 429, 503}) {
    Session session;
    session.add(0s, chat(), status(code));
    session.add(1s, chat(), status(200));
    EXPECT_THAT(session.kinds(), IsEmpty()) << code;
  }
  for (const int code : {403, 422, 429}) {
    for (const char* words : {"You have exceeded a secondary rate limit", "abuse detection mechanism triggered",
                              "was submitted too quickly"}) {
      const std::string body = fmt::format(R"({{"message":"{}"}})", words);
      Session minute, second;
      minute.add(0s, comment("x"), status(code, {}, body));
      minute.add(60s, comment("x"), status(201));
      EXPECT_THAT(minute.kinds(), IsEmpty()) << code << words;
      second.add(0s, comment("x"), status(code, {}, body));
      second.add(59s, comment("x"), status(201));
      EXPECT_THAT(second.kinds(), ElementsAre(FaultKind::UndercutRetryAfter)) << code << words;
    }
  }
}

TEST(Verdict, waits_of_models_are_kept_wherever_they_are_told) {
  struct Row {
    core::HttpHeaders headers;
    std::string body;
    core::Duration asked;
  };
  const Row rows[] = {
      {{{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "6m0s"}}, "{}", 6min},
      {{{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "7"}}, "{}", 7s},
      {{{"retry-after", "3"}, {"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "9s"}}, "{}", 9s},
      {{}, R"([{"error":{"details":[{"retryDelay":"34.07s"}]}}])", 34'070ms},
      {{}, R"({"error":{"retry_after":12}})", 12s},
      {{}, R"({"retry_after_ms":1500})", 1500ms},
      {{}, R"({"error":{"message":"Please try again in 1m2.5s. Visit us."}})", 62'500ms},
      {{}, R"({"error":{"message":"Please retry after 13 seconds."}})", 13s},
  };
  for (const auto& [headers, body, asked] : rows) {
    Session sooner, later;
    sooner.add(0s, chat(), status(429, headers, body));
    sooner.add(asked - 11ms, chat(), status(200));
    EXPECT_THAT(sooner.kinds(), ElementsAre(FaultKind::UndercutRetryAfter)) << body;
    later.add(0s, chat(), status(429, headers, body));
    later.add(asked, chat(), status(200));
    EXPECT_THAT(later.kinds(), IsEmpty()) << body;
  }
  Session left;
  left.add(0s, chat(), status(429, {{"x-ratelimit-remaining-tokens", "5"}, {"x-ratelimit-reset-tokens", "6m0s"}}));
  left.add(1s, chat(), status(200));
  EXPECT_THAT(left.kinds(), IsEmpty()) << "some are left";
}

TEST(Verdict, a_refused_token_may_be_tried_again_while_it_is_new) {
  const auto refused_at = [](core::Duration age, int code, std::string_view operation = "comment") {
    const core::HttpRequest mint =
        with(post("http://github/app/installations/1/access_tokens", ""), "authorization", "Bearer jwt1");
    Session session;
    session.add(0s, mint, status(201, {}, R"({"token":"ghs_1"})"), 1s);
    const core::HttpRequest use = operation == "comment" ? with(comment("x"), "authorization", "Bearer ghs_1") : mint;
    session.add(1s + age, use, status(code));
    session.add(3s + age, use, status(201));
    return session.kinds();
  };
  for (const int code : {401, 403}) {
    EXPECT_THAT(refused_at(0s, code), IsEmpty()) << code;
    EXPECT_THAT(refused_at(10s - 1ns, code), IsEmpty()) << code;
    EXPECT_THAT(refused_at(10s, code), ElementsAre(FaultKind::RetriedFinalAnswer)) << "by its birth, not its first use";
    EXPECT_THAT(refused_at(1s, code, "mint"), ElementsAre(FaultKind::RetriedFinalAnswer)) << "a JWT is no token";
  }
  EXPECT_THAT(refused_at(0s, 404), ElementsAre(FaultKind::RetriedFinalAnswer));
}

TEST(Verdict, a_hint_is_kept_in_every_spelling) {
  struct Row {
    core::HttpHeaders headers;
    core::Duration asked;
  };
  const Row rows[] = {
      {{{"retry-after", "5"}}, 5s},
      {{{"Retry-After", " 1.5 "}}, 1500ms},
      {{{"retry-after-ms", "1500"}, {"retry-after", "2"}}, 1500ms},
      {{{"retry-after", "Thu, 01 Jan 2026 00:00:07 GMT"}}, 7s},
      {{{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1767225609"}}, 9s},
  };
  for (const auto& [headers, asked] : rows) {
    for (const auto& [sooner, kinds] : {std::pair{core::Duration(1s), std::vector{FaultKind::UndercutRetryAfter}},
                                        std::pair{core::Duration(11ms), std::vector{FaultKind::UndercutRetryAfter}},
                                        std::pair{core::Duration(9ms), std::vector<FaultKind>{}},
                                        std::pair{core::Duration(-1s), std::vector<FaultKind>{}}}) {
      Session session;
      session.add(0s, chat(), status(429, headers));
      session.add(asked - sooner, chat(), status(200));
      EXPECT_EQ(session.kinds(), kinds) << headers[0].value << " undercut by " << sooner.count();
    }
  }
}

TEST(Verdict, a_hint_counts_from_the_answer_and_a_date_does_not) {
  for (const auto& [hint, wait, late] :
       {std::tuple{"5", core::Duration(6s), true}, std::tuple{"5", core::Duration(7s), false},
        std::tuple{"Thu, 01 Jan 2026 00:00:05 GMT", core::Duration(5s), false}}) {
    Session session;
    session.add(0s, chat(), status(429, {{"retry-after", hint}}), 2s);
    session.add(wait, chat(), status(200));
    EXPECT_EQ(!session.kinds().empty(), late) << hint << " after " << wait.count();
  }
}

TEST(Verdict, no_hint_is_undercut_where_there_is_none) {
  for (const char* hint : {"abc", "-5", "", "nan", "inf", "1e3", "Thu, 01 Jan 1970 00:00:00 GMT", "0"}) {
    Session session;
    session.add(0s, chat(), status(429, {{"retry-after", hint}}));
    session.add(100ms, chat(), status(200));
    EXPECT_THAT(session.kinds(), IsEmpty()) << hint;
  }
  Session two;
  two.add(0s, chat(), status(429, {{"retry-after", "5"}, {"Retry-After", "1"}}));
  two.add(1s, chat(), status(200));
  EXPECT_THAT(two.kinds(), IsEmpty()) << "either may have been read";
  Session answered;
  answered.add(0s, chat(), status(200, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1767225609"}}));
  answered.add(1ms, chat(), status(200));
  EXPECT_THAT(answered.kinds(), IsEmpty()) << "the quota is used up, but nothing was refused";
}

TEST(Verdict, a_hint_binds_who_was_given_it) {
  const core::HttpHeaders five{{"retry-after", "5"}};
  Session other_job;
  other_job.add(0s, chat(), status(429, five));
  other_job.add(1s, chat(R"({"role":"user","content":"hi"})", "b"), status(200));
  EXPECT_THAT(other_job.kinds(), IsEmpty());
  Session on_its_way;
  on_its_way.add(0s, chat(), status(429, five), 100ms);
  on_its_way.add(105ms, chat(R"({"role":"user","content":"other"})"), status(200));
  EXPECT_THAT(on_its_way.kinds(), IsEmpty());
  Session other_words;
  other_words.add(0s, chat(), status(429, five));
  other_words.add(1s, chat(R"({"role":"user","content":"other"})"), status(200));
  EXPECT_THAT(other_words.kinds(), ElementsAre(FaultKind::UndercutRetryAfter));
  Session other_credential;
  other_credential.add(0s, with(chat(), "authorization", "Bearer 1"), status(429, five));
  other_credential.add(1s, with(chat(), "authorization", "Bearer 2"), status(200));
  EXPECT_THAT(other_credential.kinds(), IsEmpty());
}

TEST(Verdict, repetitions_without_a_wait_are_seen_from_the_second_on) {
  for (const int code : {429, 500, 503, 408}) {
    Session once, twice;
    once.add(0s, chat(), status(code));
    once.add(1ms, chat(), status(200));
    EXPECT_THAT(once.kinds(), IsEmpty()) << "a first retry may be at once";
    twice.add(0s, chat(), status(code));
    twice.add(1ms, chat(), status(code));
    twice.add(2ms, chat(), status(200));
    EXPECT_THAT(twice.kinds(), ElementsAre(FaultKind::NoBackoff)) << code;
  }
  Session resets;
  for (int i = 0; i < 3; ++i) resets.add(i * 1ms, chat(), ResetConnection{});
  EXPECT_THAT(resets.kinds(), ElementsAre(FaultKind::NoBackoff));
  Session between;
  between.add(0s, chat(), status(503));
  between.add(1ms, chat(), status(200));
  between.add(2ms, chat(), status(503));
  between.add(3ms, chat(), status(200));
  EXPECT_THAT(between.kinds(), IsEmpty()) << "each repetition succeeded";
  Session zero;
  for (int i = 0; i < 5; ++i) zero.add(i * 1ms, chat(), status(429, {{"retry-after", "0"}}));
  EXPECT_THAT(zero.kinds(), IsEmpty()) << "the answer said so";
}

TEST(Verdict, waits_that_stay_tiny_are_no_backoff_and_waits_that_grow_are) {
  const auto kinds = [](std::initializer_list<int> gaps_ms) {
    Session session;
    core::Duration time = 0s;
    session.add(time, chat(), status(503));
    for (const int gap : gaps_ms) session.add(time += std::chrono::milliseconds(gap), chat(), status(503));
    return session.kinds();
  };
  EXPECT_THAT(kinds({100, 100, 101, 100}), ElementsAre(FaultKind::NoBackoff));
  EXPECT_THAT(kinds({100, 100, 101}), IsEmpty());
  EXPECT_THAT(kinds({50, 100, 200, 400}), IsEmpty());
  EXPECT_THAT(kinds({60, 31, 170, 90}), IsEmpty()) << "jitter";
  EXPECT_THAT(kinds({1000, 1000, 1000, 1000}), IsEmpty()) << "constant, but not tiny";
}

TEST(Verdict, attempts_are_counted_until_one_succeeds) {
  Session session;
  for (int i = 0; i < 10; ++i) session.add(i * 10s, chat(), status(503));
  EXPECT_THAT(session.kinds(), IsEmpty());
  EXPECT_THAT(session.kinds({.max_attempts = 9}), ElementsAre(FaultKind::TooManyAttempts));
  session.add(100s, chat(), status(200));
  EXPECT_THAT(session.kinds(), ElementsAre(FaultKind::TooManyAttempts)) << "the eleventh";
  session.add(110s, chat(), status(503));
  const Verdict verdict = judge(session.list);
  ASSERT_EQ(verdict.faults.size(), 1u);
  EXPECT_THAT(verdict.faults[0].requests, ElementsAre(1, 11));
  EXPECT_THAT(verdict.faults[0].message, testing::HasSubstr("11 attempts at one thing; 10 are allowed"));
}

TEST(Verdict, a_comment_made_again_after_its_answer_was_lost_is_a_duplicate) {
  const auto twice = [](std::string first, std::string second, Ending ending, std::string job = "a") {
    Session session;
    Exchange& one = session.add(0s, comment(std::move(first)), status(201));
    one.had_effect = true;
    one.ending = ending;
    session.add(1s, comment(std::move(second), std::move(job)), status(201)).had_effect = true;
    return session.kinds();
  };
  for (const Ending lost : {Ending::Reset, Ending::Cut, Ending::ClientLeft}) {
    EXPECT_THAT(twice("hello", "hello", lost), ElementsAre(FaultKind::DuplicateEffect)) << name_of(lost);
  }
  EXPECT_THAT(twice("hello <!-- k1 -->", "hi <!-- k1 -->", Ending::Reset), ElementsAre(FaultKind::DuplicateEffect));
  EXPECT_THAT(twice("hello <!-- k1 -->", "hello <!-- k2 -->", Ending::Reset), IsEmpty());
  EXPECT_THAT(twice("hello", "hello", Ending::Complete), IsEmpty()) << "it knew, and may mean it";
  EXPECT_THAT(twice("hello", "hello", Ending::Reset, "b"), IsEmpty()) << "another job's";
  Session refused;
  refused.add(0s, comment("hello"), ResetConnection{});
  refused.add(1s, comment("hello"), status(201)).had_effect = true;
  EXPECT_THAT(refused.kinds(), IsEmpty()) << "nothing had been done";
}

TEST(Verdict, a_conversation_that_goes_on_from_a_cut_answer_is_seen) {
  const std::string asked = R"({"role":"user","content":"hi"})";
  const std::string went_on = asked + R"(,{"role":"assistant","content":"I ha"},{"role":"user","content":"go on"})";
  const auto cut = [](Session& session, core::Duration when, const std::string& messages) {
    session.add(when, chat(messages), status(200)).ending = Ending::Cut;
  };
  Session bad;
  cut(bad, 0s, asked);
  bad.add(1s, chat(went_on), status(200));
  bad.add(2s, chat(went_on), status(200));
  EXPECT_THAT(bad.kinds(), ElementsAre(FaultKind::AcceptedCutAnswer)) << "told once";

  Session retried;
  cut(retried, 0s, asked);
  retried.add(1s, chat(asked), status(200));
  retried.add(2s, chat(went_on), status(200));
  EXPECT_THAT(retried.kinds(), IsEmpty());

  Session given_up;
  cut(given_up, 0s, asked);
  given_up.add(1s, chat(asked + R"(,{"role":"user","content":"still there?"})"), status(200));
  EXPECT_THAT(given_up.kinds(), IsEmpty()) << "no answer of the model was made up";

  Session answered_before;
  answered_before.add(0s, chat(asked), status(200));
  cut(answered_before, 1s, asked);
  answered_before.add(2s, chat(went_on), status(200));
  EXPECT_THAT(answered_before.kinds(), IsEmpty());
}

TEST(Verdict, requests_that_go_on_coming_while_limited_are_hammering) {
  const auto kinds = [](int requests, core::Duration every, core::HttpHeaders headers) {
    Session session;
    for (int i = 0; i < requests; ++i) {
      session.add(i * every, chat(R"({"role":"user","content":"hi"})", fmt::format("job-{}", i)), status(429, headers));
    }
    return session.kinds();
  };
  EXPECT_THAT(kinds(6, 100ms, {{"retry-after", "5"}}), ElementsAre(FaultKind::HammeredWhileLimited));
  EXPECT_THAT(kinds(5, 100ms, {{"retry-after", "5"}}), IsEmpty());
  EXPECT_THAT(kinds(20, 1ms, {}), IsEmpty()) << "nobody said how long";
  EXPECT_THAT(kinds(10, 0ms, {{"retry-after", "5"}}), IsEmpty()) << "all were on their way";
  EXPECT_THAT(kinds(20, 6s, {{"retry-after", "5"}}), IsEmpty());

  // It is told once, whatever else is answered meanwhile.
  Session session;
  const auto ask = [&session](core::Duration at, Respond answer) {
    session.add(at, chat(R"({"role":"user","content":"hi"})", fmt::format("job-{}", at.count())), std::move(answer));
  };
  for (int i = 0; i < 6; ++i) ask(i * 100ms, status(429, {{"retry-after", "5"}}));
  for (int i = 6; i < 9; ++i) ask(i * 100ms, status(200));
  EXPECT_THAT(session.kinds(), ElementsAre(FaultKind::HammeredWhileLimited));
}

TEST(Verdict, what_is_under_way_is_not_judged) {
  Session session;
  for (int i = 0; i < 30; ++i) {
    Exchange& exchange = session.add(i * 1ms, chat(), NeverAnswer{});
    exchange.ended.reset();
    exchange.ending = Ending::UnderWay;
  }
  EXPECT_THAT(session.kinds(), IsEmpty());
}

TEST(Verdict, it_is_told_for_people_and_as_json) {
  Session session;
  session.add(0s, chat(R"({"role":"user","content":"hi"})", "bad\x1b%22\xff"), status(404));
  session.add(1s, chat(R"({"role":"user","content":"hi"})", "bad\x1b%22\xff"), status(404));
  session.list[0].number = 41;
  session.list[1].number = 42;
  Verdict verdict = judge(session.list);
  verdict.forgotten = 40;
  EXPECT_FALSE(verdict.held());
  EXPECT_EQ(
      verdict_text(verdict).str(),
      "verdict: 1 fault in 2 requests\n"
      "  not judged: 40, the earliest\n"
      "  retried_final_answer at 1s: llm chat, job bad\\u001b\"\\xff: request 42 repeats request 41, 1s after its "
      "answer 404\n"
      "    What was refused for what it is must not be sent again unchanged.\n");
  const boost::json::value value = boost::json::parse(verdict_json(verdict));
  EXPECT_FALSE(value.at("held").as_bool());
  EXPECT_EQ(value.at("judged").as_int64(), 2);
  EXPECT_EQ(text_at(value, "/faults/0/kind"), "retried_final_answer");
  EXPECT_EQ(text_at(value, "/faults/0/requests"), "[41,42]");
  EXPECT_EQ(verdict_text(judge({})).str(), "verdict: no faults in no requests\n");
  EXPECT_TRUE(boost::json::parse(verdict_json(judge({}))).at("held").as_bool());
}

TEST(Verdict, the_list_of_faults_is_bounded_and_their_number_is_not) {
  Session session;
  for (int i = 0; i < 150; ++i) {
    const core::HttpRequest request = chat(R"({"role":"user","content":"hi"})", fmt::format("job-{}", i));
    session.add(i * 1s, request, status(404));
    session.add(i * 1s + 500ms, request, status(404));
  }
  const Verdict verdict = judge(session.list);
  EXPECT_EQ(verdict.fault_count, 150u);
  EXPECT_EQ(verdict.faults.size(), Verdict::kMaxKept);
  EXPECT_EQ(verdict.by_kind, (std::map<FaultKind, std::uint64_t>{{FaultKind::RetriedFinalAnswer, 150}}));
  EXPECT_THAT(verdict_text(verdict).str(), testing::EndsWith("  and 50 more\n"));
}

TEST(Verdict, secrets_of_a_request_are_not_kept) {
  core::HttpRequest request =
      with(chat(R"({"role":"user","content":"sk-secret"})"), "authorization", "Bearer sk-secret");
  request.url += "?key=sk-secret";
  Session session;
  session.add(0s, request, status(404, {}, "sk-secret"));
  session.add(1s, request, status(404));
  EXPECT_EQ(session.list[0].path, "/api/chat");
  EXPECT_EQ((verdict_json(judge(session.list)) + verdict_text(judge(session.list)).str()).find("secret"),
            std::string::npos);
}

}  // namespace
}  // namespace fakes
