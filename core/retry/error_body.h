// The body of an error, read for what decisions need: the codes it names, the wait it asks for, what it says. Read are
// JSON in every shape that services have been seen to send (an object with `error` as an object or a text, `errors`,
// all of it in an array as Gemini does), also where a text of it holds such JSON, as gateways hand errors on; and,
// where it is no JSON, plain text. At most its first 64 KiB count. The texts that are views live as long as the body
// and this.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/http.h"
#include "core/json/document.h"
#include "core/retry/answer_time.h"
#include "core/time/time.h"

namespace core {

class ErrorBody {
 public:
  explicit ErrorBody(std::string_view body);

  /// The word of account_words() that it names; nothing where it names none.
  std::optional<std::string_view> account_word() const;

  /// The longest wait that it asks for: retryDelay, retry_after and the like, and sentences such as "Please try again
  /// in 6m0s". Moments are read against `now`. Never zero.
  std::optional<Duration> wait(const AnswerTime& now) const;

  /// Headers that it tells of: OpenRouter's `metadata.headers`.
  HttpHeaders headers_within() const;

  /// Whether JSON that it is, or holds, says so.
  bool says_too_many_requests() const;

  /// Whether its words, and not the texts that it quotes, name a limit of GitHub's.
  bool names_github_limit() const;

  /// What GitHub gives as the reason: its `message` and `errors`, as "Validation Failed: body is too long". In
  /// printable ASCII, at most 600 bytes, without anything that has the form of a credential; empty where it gives none.
  std::string github_reason() const;

 private:
  template <class Visit>
  bool any_value_of_all(const Visit& visit) const;

  std::string_view text_;                   ///< The part of the body that counts.
  std::vector<input::Document> documents_;  ///< The body, and those in its texts; none where it is no JSON.
};

/// Text from outside for a message: printable ASCII alone, at most `longest` bytes, the last of which are "..." when
/// something was left out.
std::string quoted_text(std::string_view text, std::size_t longest = 200);

/// `text` with "[secret]" for each word that has the form of a GitHub token or a JSON Web Token.
std::string without_credentials(std::string_view text);

}  // namespace core
