// Answers of OpenAI's protocol, as server-sent events or as one object: bounded, fit to be told to the model again, and
// the same whichever line ends a stream has.
#include <boost/json.hpp>
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

/// One that was cut off after the answer's end is left out, but only where nothing follows.
bool ends_with_a_whole_event(std::string_view body) {
  core::detail::EventStream stream(body);
  std::string last;
  while (const auto event = stream.next()) last = event->data;
  boost::system::error_code not_json;
  boost::json::parse(last, not_json);
  return !not_json || last.starts_with("[DONE]");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(tests::input_of(data, size));
  const std::string outcome = tests::outcome_of(core::LlmProtocol::OpenAi, body);
  const std::string events = events_of(body);
  const core::ChatAnswer answer =
      core::protocol_of(core::LlmProtocol::OpenAi).decode_response({.status = 200, .body = body}, {});
  const bool streamed = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF") != body.find('{');
  if (answer && streamed && ends_with_a_whole_event(body)) {
    tests::must_equal(outcome, tests::outcome_of(core::LlmProtocol::OpenAi, body + "\n\ndata: [DONE]\n\n"),
                      "what comes after an answer changes nothing");
  }
  if (body.find('\r') != std::string::npos) return 0;
  for (const std::string end : {"\r\n", "\r"}) {
    std::string changed;
    for (const char c : body) changed += c == '\n' ? end : std::string(1, c);
    tests::must_equal(events, events_of(changed), "events are the same whichever line ends a stream has");
    // What is refused is quoted, with its line ends.
    if (!answer) continue;
    tests::must_equal(outcome, tests::outcome_of(core::LlmProtocol::OpenAi, changed),
                      "an answer is the same whichever line ends its stream has");
  }
  return 0;
}
