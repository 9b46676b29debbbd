// Answers of OpenAI's protocol, as server-sent events or as one object: bounded, fit to be told to the model again, and
// the same whichever line ends a stream has.
#include <string>
#include <string_view>

#include "core/llm/event_stream.h"
#include "tests/fuzz/llm_answer.h"

namespace {

std::string events_of(std::string_view body) {
  core::detail::EventStream stream(body);
  std::string text;
  std::size_t data_bytes = 0;
  while (const auto event = stream.next()) {
    tests::must_hold(!event->data.empty(), "an event has data");
    data_bytes += event->data.size();
    text += fmt::format("{}:{}|{}:{}\n", event->type.size(), event->type, event->data.size(), event->data);
  }
  tests::must_hold(data_bytes <= body.size(), "events say no more than the stream does");
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(tests::input_of(data, size));
  const std::string outcome = tests::outcome_of(core::LlmProtocol::OpenAi, body);
  const std::string events = events_of(body);
  if (body.find('\r') != std::string::npos) return 0;
  std::string with_returns;
  for (const char c : body) with_returns += c == '\n' ? std::string("\r\n") : std::string(1, c);
  tests::must_equal(events, events_of(with_returns), "events are the same whichever line ends a stream has");
  // What is refused is quoted, with its line ends.
  const core::ChatAnswer answer =
      core::protocol_of(core::LlmProtocol::OpenAi).decode_response({.status = 200, .body = body});
  if (!answer) return 0;
  tests::must_equal(outcome, tests::outcome_of(core::LlmProtocol::OpenAi, with_returns),
                    "an answer is the same whichever line ends its stream has");
  return 0;
}
