// The HTTP fakes on sockets, as bytes: every way in which an answer can be delivered, what is refused as no HTTP, and
// what the host says of its clients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "tests/unit/http_fakes.h"
#include "tests/wire/served.h"

namespace tests {
namespace {

using fakes::HttpAction;
using fakes::HttpRule;
using testing::EndsWith;
using testing::Eq;
using testing::HasSubstr;
using testing::StartsWith;

HttpRule rule_that(HttpAction action, std::string on = "*", core::Duration latency = {}) {
  HttpRule made;
  made.on = std::move(on);
  made.action = std::move(action);
  made.latency = latency;
  return made;
}

fakes::wire::HostOptions llm_rule(HttpRule made) {
  fakes::wire::HostOptions options;
  options.llm = {std::move(made)};
  return options;
}

std::string request(std::string_view method, std::string_view target, std::string_view body = "",
                    std::string_view headers = "") {
  return fmt::format("{} {} HTTP/1.1\r\nHost: fake\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}",
                     method, target, body.size(), headers, body);
}
std::string chat(std::string_view more = "", std::string_view headers = "") {
  return request("POST", "/api/chat",
                 fmt::format(R"({{"model":"m","messages":[{{"role":"user","content":"hi"}}]{}}})", more), headers);
}
const std::string kVersion = request("GET", "/api/version");

/// A whole answer with a Content-Length.
std::string read_answer(Wire& wire) {
  const std::string header = wire.read_until("\r\n\r\n");
  const std::size_t at = header.find("content-length: ");
  return at == std::string::npos ? header : header + wire.read(std::stoul(header.substr(at + 16)));
}

std::string ask(std::uint16_t port, const std::string& bytes) {
  Wire wire(port);
  wire.send(bytes);
  return read_answer(wire);
}

std::string own_page_request(std::string_view method, const std::string& name) {
  return fmt::format("{} /_rehearse/{} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", method, name);
}

boost::json::value page(std::uint16_t port, const std::string& name) {
  const std::string answer = ask(port, own_page_request("GET", name));
  return boost::json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
}

TEST(ServedHttp, answers_are_whole_and_the_connection_goes_on) {
  Served served;
  Wire wire(served.llm);
  for (int i = 0; i < 3; ++i) {
    wire.send(kVersion);
    const std::string answer = read_answer(wire);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n{\"version\":\"0.12.6\"}"));
  }
}

TEST(ServedHttp, requests_may_come_at_once_or_byte_by_byte) {
  Served served;
  Wire pipelined(served.llm);
  pipelined.send(kVersion + chat(R"(,"stream":false)") + kVersion);
  EXPECT_THAT(read_answer(pipelined), EndsWith("{\"version\":\"0.12.6\"}"));
  EXPECT_THAT(read_answer(pipelined), HasSubstr("I have commented on the issue."));
  EXPECT_THAT(read_answer(pipelined), EndsWith("{\"version\":\"0.12.6\"}"));
  Wire slow(served.llm);
  for (const char c : kVersion) slow.send({&c, 1});
  EXPECT_THAT(read_answer(slow), EndsWith("{\"version\":\"0.12.6\"}"));
}

TEST(ServedHttp, streams_are_chunked_a_chunk_for_each_line_or_event) {
  Served served(llm_rule(rule_that(fakes::DoText{"Hi."})));
  Wire wire(served.llm);
  wire.send(chat());
  const std::string ollama = wire.read_until("0\r\n\r\n");
  EXPECT_THAT(ollama, HasSubstr("content-type: application/x-ndjson\r\n"));
  EXPECT_THAT(ollama, HasSubstr("transfer-encoding: chunked\r\n\r\n"));
  EXPECT_THAT(ollama, HasSubstr("\"content\":\"Hi.\"},\"done\":false}\n\r\n"));
  EXPECT_EQ(ollama.find("content-length"), std::string::npos);
  wire.send(request("POST", "/v1/chat/completions",
                    R"({"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]})"));
  const std::string openai = wire.read_until("\r\n0\r\n\r\n");
  EXPECT_THAT(openai, HasSubstr("content-type: text/event-stream; charset=utf-8\r\n"));
  EXPECT_THAT(openai, EndsWith("\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"));
}

TEST(ServedHttp, an_older_client_gets_its_stream_whole_and_the_connection_is_closed) {
  Served served(llm_rule(rule_that(fakes::DoText{"Hi."})));
  Wire wire(served.llm);
  std::string old = chat();
  old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
  wire.send(old);
  const std::string answer = wire.read_all();
  EXPECT_EQ(wire.how, End::Closed);
  EXPECT_THAT(answer, HasSubstr("content-length: "));
  EXPECT_THAT(answer, HasSubstr("connection: close\r\n"));
}

TEST(ServedHttp, a_status_comes_with_its_hint_and_not_before_its_latency) {
  fakes::DoStatus status{.status = 429, .retry_after = fakes::RetryAfterSeconds{5s}};
  Served served(llm_rule(rule_that(status, "*", 300ms)));
  const Stopwatch watch;
  const std::string answer = ask(served.llm, chat());
  EXPECT_GE(watch.elapsed(), 300ms);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_THAT(answer, HasSubstr("retry-after: 5\r\n"));
}

TEST(ServedHttp, a_request_that_is_never_answered_is_held_until_the_client_goes) {
  Served served(llm_rule(rule_that(fakes::DoTimeout{})));
  Wire wire(served.llm, 300ms);
  wire.send(chat() + kVersion);
  EXPECT_EQ(wire.read_all(), "");
  EXPECT_EQ(wire.how, End::Timeout);
  EXPECT_EQ(page(served.llm, "requests").at(0).at("answer"), "under way");
  wire.leave();
  EXPECT_TRUE(eventually([&] { return page(served.llm, "requests").at(0).at("answer") == "client left"; }));
}

std::string body_of(std::string_view chunks) {
  std::string body;
  while (!chunks.empty()) {
    const std::size_t size = std::stoul(std::string(chunks.substr(0, chunks.find("\r\n"))), nullptr, 16);
    chunks.remove_prefix(chunks.find("\r\n") + 2);
    body += chunks.substr(0, size);
    chunks.remove_prefix(size + 2);
  }
  return body;
}

TEST(ServedHttp, an_answer_that_stalls_goes_on_when_its_time_has_come) {
  HttpRule stalls = rule_that(fakes::DoStall{500'000, core::Duration(400ms)}, "*", 100ms);
  stalls.calls = {{1, 2}};
  Served served(llm_rule(stalls));
  Wire stream(served.llm);
  const Stopwatch watch;
  stream.send(chat());
  EXPECT_THAT(stream.read_until("\r\n\r\n"), HasSubstr("transfer-encoding: chunked\r\n"));
  EXPECT_GE(watch.elapsed(), 100ms);
  const std::string first = stream.read_some();
  EXPECT_LT(watch.elapsed(), 500ms);
  EXPECT_FALSE(first.empty());
  const std::string rest = stream.read_until("\r\n0\r\n\r\n");
  EXPECT_GE(watch.elapsed(), 500ms);
  Wire whole(served.llm);
  whole.send(chat(R"(,"stream":false)"));
  const std::string answer = read_answer(whole);
  EXPECT_THAT(answer, HasSubstr("content-length: "));
  EXPECT_THAT(answer, EndsWith("}"));
  Wire later(served.llm);
  later.send(chat());
  const auto without_times = [](std::string text) {
    for (std::size_t at = text.find("created_at"); at != std::string::npos; at = text.find("created_at", at + 1)) {
      text.erase(at, text.find(',', at) - at);
    }
    return text;
  };
  later.read_until("\r\n\r\n");
  EXPECT_EQ(without_times(body_of(first + rest)), without_times(body_of(later.read_until("\r\n0\r\n\r\n"))));
}

TEST(ServedHttp, an_answer_in_parts_comes_in_time_and_the_connection_goes_on) {
  HttpRule paced = rule_that(fakes::DoPace{5, 100ms});
  paced.calls = {{1, 1}};
  Served served(llm_rule(paced));
  Wire wire(served.llm);
  const Stopwatch watch;
  wire.send(chat() + kVersion);
  wire.read_until("\r\n0\r\n\r\n");
  EXPECT_GE(watch.elapsed(), 400ms);
  EXPECT_THAT(read_answer(wire), EndsWith(R"({"version":"0.12.6"})")) << "what was sent meanwhile is answered";
  EXPECT_EQ(page(served.llm, "requests").at(0).at("answer"), "complete");
}

TEST(ServedHttp, an_answer_that_stalls_for_good_is_held_until_the_client_goes) {
  Served served(llm_rule(rule_that(fakes::DoStall{500'000, {}})));
  Wire wire(served.llm, 300ms);
  wire.send(chat() + kVersion);
  EXPECT_THAT(wire.read_all(), HasSubstr("transfer-encoding: chunked\r\n"));
  EXPECT_EQ(wire.how, End::Timeout);
  EXPECT_EQ(page(served.llm, "requests").at(0).at("answer"), "under way");
  wire.leave();
  EXPECT_TRUE(eventually([&] { return page(served.llm, "requests").at(0).at("answer") == "client left"; }));
}

TEST(ServedHttp, a_rule_for_a_runner_is_for_who_says_its_name) {
  HttpRule made = rule_that(fakes::DoStatus{.status = 503});
  made.runner = "runner 1";
  Served served(llm_rule(made));
  EXPECT_THAT(ask(served.llm, chat("", "X-Runner-Name: runner%201\r\n")), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(ask(served.llm, chat(R"(,"stream":false)", "X-Runner-Name: runner-2\r\n")), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(served.llm, chat(R"(,"stream":false)")), StartsWith("HTTP/1.1 200 "));
}

TEST(ServedHttp, refused_and_reset_requests_see_a_reset_after_the_latency) {
  for (const HttpAction& action : {HttpAction(fakes::DoRefuse{}), HttpAction(fakes::DoReset{fakes::ResetWhen::Before}),
                                   HttpAction(fakes::DoReset{fakes::ResetWhen::After})}) {
    Served served(llm_rule(rule_that(action, "*", 100ms)));
    Wire wire(served.llm);
    const Stopwatch watch;
    wire.send(chat());
    EXPECT_EQ(wire.read_all(), "");
    EXPECT_EQ(wire.how, End::Reset);
    EXPECT_GE(watch.elapsed(), 100ms);
  }
}

TEST(ServedHttp, what_is_cut_ends_within_the_announced_length) {
  Served served(llm_rule(rule_that(fakes::DoTruncate{500'000})));
  Wire whole(served.llm);
  whole.send(chat(R"(,"stream":false)"));
  const std::string answer = whole.read_all();
  EXPECT_EQ(whole.how, End::Closed);
  const std::size_t announced = std::stoul(answer.substr(answer.find("content-length: ") + 16));
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, announced / 2);
  Wire stream(served.llm);
  stream.send(chat());
  const std::string chunks = stream.read_all();
  EXPECT_EQ(stream.how, End::Closed);
  EXPECT_THAT(chunks, HasSubstr("transfer-encoding: chunked\r\n"));
  EXPECT_THAT(chunks, testing::Not(EndsWith("0\r\n\r\n")));
  EXPECT_EQ(page(served.llm, "requests").at(1).at("answer"), "cut");
}

TEST(ServedHttp, floods_send_what_they_are_told_to_and_end) {
  constexpr std::uint64_t kSize = 20'000'000;
  Served body(llm_rule(rule_that(fakes::DoFlood{fakes::DoFlood::Part::Body, kSize})));
  Wire reader(body.llm);
  reader.send(chat());
  EXPECT_THAT(reader.read_until("\r\n\r\n"), HasSubstr("content-length: 20000000\r\n"));
  EXPECT_EQ(reader.read_all().size(), kSize);
  Served headers(llm_rule(rule_that(fakes::DoFlood{fakes::DoFlood::Part::Headers, 1'000'000})));
  Wire other(headers.llm);
  other.send(chat());
  const std::string block = other.read_until("\r\n\r\n");
  EXPECT_EQ(other.how, End::Enough);
  EXPECT_GE(block.size(), 1'000'000u);
}

std::string app_jwt() {
  return fakes::good_jwt({{}, core::WallTime(std::chrono::system_clock::now().time_since_epoch())});
}

TEST(ServedHttp, effects_take_place_when_the_request_arrives_even_if_nobody_gets_the_answer) {
  HttpRule lost = rule_that(fakes::DoReset{fakes::ResetWhen::After}, "comments.create"), slow = lost;
  lost.calls = {{1, 1}};
  slow.action = std::monostate{};
  slow.latency = 30s;
  slow.calls = {{2, 2}};
  fakes::wire::HostOptions options;
  options.github = {lost, slow};
  Served served(std::move(options));
  const std::string minted =
      ask(served.github, request("POST", "/app/installations/1/access_tokens", "",
                                 "User-Agent: t\r\nAuthorization: Bearer " + app_jwt() + "\r\n"));
  const std::string headers =
      "User-Agent: t\r\nAuthorization: token " + minted.substr(minted.find("ghs_"), 40) + "\r\n";
  const auto comments = [&](std::string_view method) {
    return request(method, "/repos/o/r/issues/1/comments", method == "GET" ? "" : R"({"body":"x"})", headers);
  };
  const auto count = [&] {
    const std::string list = ask(served.github, comments("GET"));
    return boost::json::parse(list.substr(list.find("\r\n\r\n") + 4)).as_array().size();
  };
  Wire reset(served.github);
  reset.send(comments("POST"));
  EXPECT_EQ(reset.read_all(), "");
  EXPECT_EQ(reset.how, End::Reset);
  EXPECT_EQ(count(), 1u);
  EXPECT_TRUE(page(served.github, "verdict").at("held").as_bool());

  Wire gone(served.github);
  gone.send(comments("POST"));
  EXPECT_TRUE(eventually([&] { return count() == 2u; }));
  gone.leave();
  EXPECT_TRUE(eventually([&] {
    const boost::json::value requests = page(served.github, "requests");
    return std::any_of(requests.as_array().begin(), requests.as_array().end(),
                       [](const boost::json::value& each) { return each.at("answer") == "client left"; });
  }));
  EXPECT_EQ(page(served.github, "verdict").at("faults").at(0).at("kind"), "duplicate_effect");
}

TEST(ServedHttp, a_client_that_only_stops_sending_still_gets_its_answer) {
  Served served(llm_rule(rule_that(fakes::DoText{"Hi."}, "*", 200ms)));
  Wire wire(served.llm);
  wire.send(chat(R"(,"stream":false)"));
  wire.send_no_more();
  EXPECT_THAT(wire.read_all(), HasSubstr("Hi."));
}

TEST(ServedHttp, what_is_not_http_is_refused_as_a_server_does) {
  Served served;
  const std::string long_header = "GET /api/version HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n";
  const std::pair<std::string, std::string_view> rows[] = {
      {"nonsense\r\n\r\n", "400"},
      {"GET /api/version\r\n\r\n", "400"},
      {"GET /api/version HTTP/9.1\r\n\r\n", "400"},
      {"GET /api/version HTTP/1.1\r\n\r\n", "400"},
      {"GET /api/version HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", "400"},
      {"POST /api/chat HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "400"},
      {"POST /api/chat HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
      {"POST /api/chat HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"},
      {long_header, "431"},
      {"POST /api/chat HTTP/1.1\r\nHost: a\r\nContent-Length: 16777217\r\n\r\n", "413"},
      {"POST /api/chat HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "400"},
  };
  for (const auto& [bytes, status] : rows) {
    Wire wire(served.llm);
    wire.send(bytes);
    const std::string answer = wire.read_all();
    EXPECT_THAT(answer, StartsWith(fmt::format("HTTP/1.1 {} ", status))) << bytes.substr(0, 80);
    EXPECT_THAT(answer, HasSubstr("connection: close\r\n")) << bytes.substr(0, 80);
    EXPECT_EQ(wire.how, End::Closed) << bytes.substr(0, 80);
  }
  EXPECT_TRUE(page(served.llm, "requests").as_array().empty()) << "no fake was asked";
}

TEST(ServedHttp, half_a_request_is_no_request) {
  Served served;
  Wire wire(served.llm);
  wire.send(chat().substr(0, 100));
  wire.send_no_more();
  EXPECT_EQ(wire.read_all(), "");
  EXPECT_EQ(wire.how, End::Closed);
  EXPECT_TRUE(page(served.llm, "requests").as_array().empty());
}

TEST(ServedHttp, a_body_sent_in_chunks_or_after_a_question_is_read) {
  Served served;
  const std::string body = R"({"model":"m","stream":false,"messages":[{"role":"user","content":"hi"}]})";
  Wire chunked(served.llm);
  chunked.send(
      "POST /api/chat HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char c : body) chunked.send(fmt::format("1\r\n{}\r\n", c));
  chunked.send("0\r\n\r\n");
  EXPECT_THAT(read_answer(chunked), StartsWith("HTTP/1.1 200 OK\r\n"));
  Wire asking(served.llm);
  asking.send(
      fmt::format("POST /api/chat HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
                  "Expect: 100-continue\r\n\r\n",
                  body.size()));
  EXPECT_EQ(asking.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  asking.send(body);
  EXPECT_THAT(read_answer(asking), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(ServedHttp, a_head_request_gets_headers_alone) {
  Served served;
  Wire wire(served.llm);
  wire.send(request("HEAD", "/api/version") + kVersion);
  EXPECT_THAT(wire.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(wire.read_until("\r\n"), Eq("HTTP/1.1 200 OK\r\n"));
}

TEST(ServedHttp, links_lead_back_to_the_address_that_was_asked) {
  Served served;
  const std::string minted =
      ask(served.github, request("POST", "/app/installations/1/access_tokens", "",
                                 "User-Agent: t\r\nAuthorization: Bearer " + app_jwt() + "\r\n"));
  const std::string token = "User-Agent: t\r\nAuthorization: token " + minted.substr(minted.find("ghs_"), 40) + "\r\n";
  EXPECT_THAT(ask(served.github, request("GET", "/repos/o/r/issues/7", "", token)),
              HasSubstr("\"url\":\"http://fake/repos/o/r/issues/7\""));
  EXPECT_THAT(ask(served.github, request("GET", "http://proxied:1/repos/o/r/issues/7", "", token)),
              HasSubstr("\"url\":\"http://proxied:1/repos/o/r/issues/7\""));
}

TEST(ServedHttp, the_verdict_can_be_asked_for_and_everything_can_begin_anew) {
  HttpRule once = rule_that(fakes::DoStatus{.status = 404});
  once.calls = {{1, 2}};
  Served served(llm_rule(once));
  EXPECT_TRUE(page(served.llm, "verdict").at("held").as_bool());
  ask(served.llm, chat());
  ask(served.llm, chat());
  const boost::json::value verdict = page(served.github, "verdict");
  EXPECT_FALSE(verdict.at("held").as_bool());
  EXPECT_EQ(verdict.at("judged").as_int64(), 2);
  EXPECT_EQ(verdict.at("faults").at(0).at("kind"), "retried_final_answer");
  EXPECT_THAT(ask(served.llm, chat(R"(,"stream":false)")), StartsWith("HTTP/1.1 200 "));

  EXPECT_THAT(ask(served.llm, own_page_request("GET", "reset")), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(ask(served.llm, own_page_request("GET", "other")), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask(served.llm, own_page_request("POST", "reset")), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(page(served.llm, "verdict").at("judged").as_int64(), 0);
  EXPECT_THAT(ask(served.llm, chat()), StartsWith("HTTP/1.1 404 ")) << "the rule counts from the start again";
}

TEST(ServedHttp, the_wall_clock_is_the_machines_and_shifts_as_the_scenario_says) {
  fakes::wire::HostOptions options;
  options.events = {{core::SteadyTime(300ms), fakes::wire::ShiftWallClock{std::chrono::hours(-24 * 365 * 30)}}};
  Served served(std::move(options));
  const auto year = [&] {
    const std::string answer = ask(served.llm, kVersion);
    return std::stoi(answer.substr(answer.find("date: ") + 18, 4));
  };
  const int now = year();
  EXPECT_GE(now, 2026);
  EXPECT_TRUE(eventually([&] { return year() <= now - 29; }));
}

TEST(ServedHttp, requests_are_logged_as_lines_and_without_secrets) {
  std::string log;
  fakes::wire::HostOptions options =
      llm_rule(rule_that(fakes::DoStatus{.status = 503, .retry_after = fakes::RetryAfterMs{7ms}}));
  options.log = [&log](std::string_view line) { log += line; };
  Served served(std::move(options));
  ask(served.llm, request("POST", "/api/chat?key=sk-secret", "sk-secret",
                          "Authorization: Bearer sk-secret\r\nX-Correlation-Id: job%201\r\n"));
  served.stop();
  EXPECT_EQ(log.find("secret"), std::string::npos);
  ASSERT_THAT(log, EndsWith("}\n"));
  const boost::json::value line = boost::json::parse(log);
  EXPECT_EQ(line.at("service"), "llm");
  EXPECT_EQ(line.at("operation"), "chat");
  EXPECT_EQ(line.at("job"), "job 1");
  EXPECT_EQ(line.at("path"), "/api/chat");
  EXPECT_EQ(line.at("status").as_int64(), 503);
  EXPECT_EQ(line.at("asked_to_wait_ns").as_int64(), 7'000'000);
  EXPECT_GE(line.at("answered_t_ns").as_int64(), line.at("t_ns").as_int64());
}

TEST(ServedHttp, what_is_still_under_way_stands_once_in_the_log_when_it_ends) {
  std::string log;
  HttpRule never = rule_that(fakes::DoTimeout{});
  never.calls = {{2, 2}};
  fakes::wire::HostOptions options = llm_rule(never);
  options.log = [&log](std::string_view line) { log += line; };
  Served served(std::move(options));
  ask(served.llm, chat());
  Wire waiting(served.llm, 300ms);
  EXPECT_EQ(waiting.ask(chat(), "HTTP"), "");
  served.stop();
  served.host().stop();
  served.host().stop();
  std::vector<std::string> answers;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    answers.emplace_back(boost::json::parse(line).at("answer").as_string());
  }
  EXPECT_THAT(answers, testing::ElementsAre("complete", "under way"));
}

}  // namespace
}  // namespace tests
