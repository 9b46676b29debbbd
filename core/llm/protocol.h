// The two protocols that language models are spoken to in, as pure codecs: a conversation becomes a request's body, a
// 2xx answer becomes the assistant's message or a Failure. Streams are read when they are whole: a stream that was cut
// is a failure and never a shorter answer. The forms that are read, and whose each is, are in docs/dialects.md. Nothing
// in an answer is trusted; all of it is bounded; all text in it comes out as UTF-8.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"
#include "core/http/http.h"
#include "core/llm/answer_end.h"
#include "core/llm/chat.h"
#include "core/retry/failure.h"

namespace core {

/// What is asked. Text that is not UTF-8 goes out with U+FFFD in the place of each bad part.
struct ChatRequest {
  std::string_view model;
  const std::vector<Message>& messages;
  const std::vector<ToolDefinition>& tools;
  bool stream = true;
};

/// The assistant's message, which may be empty, and how it ended. After an end that is_cut() it has no tool calls:
/// those that were cut off with it could not be told from whole ones.
struct ModelAnswer {
  Message message;
  AnswerEnd end = AnswerEnd::Stop;
};

using ChatAnswer = boost::system::result<ModelAnswer, Failure>;

/// Whether the model said nothing: no tool call, and no text but white space and what stands between <think> and
/// </think>, which models write whose server does not know that they think.
bool is_empty(const Message& message);

/// Stateless. The two that there are live as long as the program: protocol_of().
class ChatProtocol {
 public:
  virtual ~ChatProtocol() = default;

  /// What follows the base URL.
  virtual std::string_view path() const = 0;

  /// The media type to ask for.
  virtual std::string_view accept(bool stream) const = 0;

  virtual std::string encode_request(const ChatRequest& request) const = 0;

  /// `response` has a 2xx status. Whether it is a stream is seen by the body itself: services and what stands before
  /// them answer a request for one form with the other. Fields that are not known are passed over. `own` is what the
  /// own clock shows, for the moments that an error names.
  virtual ChatAnswer decode_response(const HttpResponse& response, WallTime own) const = 0;
};

const ChatProtocol& protocol_of(LlmProtocol protocol);

/// The bounds on one answer.
inline constexpr std::size_t kMaxToolCalls = 32;
inline constexpr std::size_t kMaxAnswerDepth = 32;               ///< Of nested arrays and objects.
inline constexpr std::size_t kMaxAnswerTextBytes = 1024 * 1024;  ///< Of the content, and of all arguments together.
inline constexpr std::size_t kMaxToolNameBytes = 256;
inline constexpr std::size_t kMaxToolCallIdBytes = 1024;

}  // namespace core
