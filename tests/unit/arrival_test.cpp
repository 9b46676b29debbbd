// When an answer has arrived, and which timeout ends the wait for one that has not.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "core/time/text.h"
#include "sim/world/arrival.h"

namespace sim {
namespace {

using namespace std::chrono_literals;
using core::Duration;

constexpr Duration kNever = Duration::max();

fakes::Answer answer_after(Duration latency, std::vector<fakes::BodyPart> parts = {}) {
  fakes::Respond respond{{200, {}, std::string(100, ' ')}};
  respond.parts = std::move(parts);
  return {.delivery = std::move(respond), .latency = latency};
}

core::HttpRequest request_with(std::optional<Duration> first_byte, std::optional<Duration> idle) {
  core::HttpRequest request;
  request.first_byte_timeout = first_byte;
  request.idle_timeout = idle;
  return request;
}

/// "arrived 5s", counted from the sending; the whole answer is waited for 30 s.
std::string wait_for(const fakes::Answer& answer, const core::HttpRequest& request) {
  const core::SteadyTime sent(7s);
  const Arrival arrival = arrival_of(answer, request, sent, sent + 30s);
  const std::string after = core::format_duration(arrival.at - sent);
  if (!arrival.timeout) return "arrived " + after;
  switch (*arrival.timeout) {
    case core::TransportError::FirstByteTimeout:
      return "first byte " + after;
    case core::TransportError::IdleTimeout:
      return "idle " + after;
    default:
      return "whole " + after;
  }
}

TEST(Arrival, of_an_answer_that_comes_at_once_is_its_latency) {
  const core::HttpRequest plain = request_with({}, {});
  EXPECT_EQ(wait_for(answer_after(0s), plain), "arrived 0s");
  EXPECT_EQ(wait_for(answer_after(30s - 1ns), plain), "arrived 29.999999999s");
  EXPECT_EQ(wait_for(answer_after(30s), plain), "whole 30s");
  EXPECT_EQ(wait_for({.delivery = fakes::NeverAnswer{}}, plain), "whole 30s");
  EXPECT_EQ(wait_for({.delivery = fakes::ResetConnection{}, .latency = 4s}, plain), "arrived 4s");
}

TEST(Arrival, of_parts_is_that_of_the_last_one) {
  const core::HttpRequest plain = request_with({}, {});
  EXPECT_EQ(wait_for(answer_after(1s, {{50, 0s}, {100, 20s}}), plain), "arrived 21s");
  EXPECT_EQ(wait_for(answer_after(1s, {{50, 0s}, {100, 29s}}), plain), "whole 30s");
  EXPECT_EQ(wait_for(answer_after(1s, {{50, 0s}, {100, kNever}}), plain), "whole 30s");
  EXPECT_EQ(wait_for(answer_after(kNever, {{50, 0s}, {100, 1s}}), plain), "whole 30s");
}

TEST(Arrival, the_first_byte_is_waited_for_apart) {
  const core::HttpRequest first = request_with(5s, {});
  EXPECT_EQ(wait_for(answer_after(5s - 1ns), first), "arrived 4.999999999s");
  EXPECT_EQ(wait_for(answer_after(5s), first), "first byte 5s");
  EXPECT_EQ(wait_for({.delivery = fakes::NeverAnswer{}}, first), "first byte 5s");
  EXPECT_EQ(wait_for({.delivery = fakes::ResetConnection{}, .latency = 6s}, first), "first byte 5s");
  EXPECT_EQ(wait_for(answer_after(1s, {{100, 4s}}), first), "first byte 5s") << "the head is no byte of the answer";
  EXPECT_EQ(wait_for(answer_after(4s, {{1, 0s}, {100, 20s}}), first), "arrived 24s");
  EXPECT_EQ(wait_for(answer_after(4s, {{1, 0s}, {100, kNever}}), first), "whole 30s");
}

TEST(Arrival, silence_counts_from_byte_to_byte) {
  const core::HttpRequest idle = request_with({}, 5s);
  EXPECT_EQ(wait_for(answer_after(20s), idle), "arrived 20s") << "before the first byte nobody is silent";
  EXPECT_EQ(wait_for(answer_after(3s, {{50, 0s}, {100, 5s - 1ns}}), idle), "arrived 7.999999999s");
  EXPECT_EQ(wait_for(answer_after(3s, {{50, 0s}, {100, 5s}}), idle), "idle 8s");
  EXPECT_EQ(wait_for(answer_after(3s, {{10, 0s}, {20, 4s}, {30, 8s}, {100, 12s}}), idle), "arrived 15s");
  EXPECT_EQ(wait_for(answer_after(3s, {{10, 0s}, {20, 4s}, {100, kNever}}), idle), "idle 12s");
}

TEST(Arrival, the_whole_answers_timeout_counts_where_two_pass_at_once) {
  EXPECT_EQ(wait_for({.delivery = fakes::NeverAnswer{}}, request_with(30s, {})), "whole 30s");
  EXPECT_EQ(wait_for({.delivery = fakes::NeverAnswer{}}, request_with(kNever, {})), "whole 30s");
  EXPECT_EQ(wait_for(answer_after(25s, {{50, 0s}, {100, kNever}}), request_with({}, 5s)), "whole 30s");
  EXPECT_EQ(wait_for(answer_after(25s, {{50, 0s}, {100, kNever}}), request_with(26s, 4s)), "idle 29s");
}

}  // namespace
}  // namespace sim
