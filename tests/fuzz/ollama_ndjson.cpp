// Answers of Ollama, a JSON object a line: bounded, fit to be told to the model again, and the same whatever white
// space is around the lines.
#include <string>
#include <string_view>

#include "tests/fuzz/llm_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(tests::input_of(data, size));
  const std::string outcome = tests::outcome_of(core::LlmProtocol::Ollama, body);
  // An answer that was refused may be quoted with its white space.
  const core::ChatAnswer answer =
      core::protocol_of(core::LlmProtocol::Ollama).decode_response({.status = 200, .body = body}, {});
  if (!answer) return 0;
  // A byte order mark is one at the beginning alone.
  const std::string before = body.starts_with("\xEF\xBB\xBF") ? "" : " \r\n";
  tests::must_equal(outcome, tests::outcome_of(core::LlmProtocol::Ollama, before + body + "\n\n"),
                    "white space around an answer is nothing");
  tests::must_equal(outcome, tests::outcome_of(core::LlmProtocol::Ollama, body + "\n{\"done\":true}\n{"),
                    "what comes after an answer changes nothing");
  return 0;
}
