// One HTTP request to a fake and what came of it, as far as a verdict on the client needs it. Texts that may be secret
// or long (credentials, bodies) are kept as digests only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/http.h"
#include "core/time/time.h"
#include "fakes/answer.h"

namespace fakes {

enum class Service : std::uint8_t { Llm, GitHub };
std::string_view name_of(Service service);

/// How an exchange ended for the client.
enum class Ending : std::uint8_t {
  UnderWay,
  Complete,    ///< The whole answer was sent.
  Cut,         ///< The connection was closed within the answer.
  Reset,       ///< The connection was lost without an answer.
  ClientLeft,  ///< The client closed the connection before it was answered.
};
std::string_view name_of(Ending ending);

/// 0: none.
using TextDigest = std::uint64_t;

struct Exchange {
  std::uint64_t number = 0;  ///< From 1.
  Service service = Service::Llm;
  std::string operation;  ///< As rules name it.
  std::string method;
  std::string path;  ///< Without the query, which may hold a secret.
  std::string job;   ///< Of the correlation header.
  core::SteadyTime arrived;
  core::Duration latency{};               ///< As the rule wanted it.
  std::optional<core::SteadyTime> ended;  ///< When the answer was sent, or what came instead of it happened.
  Ending ending = Ending::UnderWay;
  int status = 0;                                    ///< 0: none was meant to be sent.
  std::optional<core::Duration> rule_asked_to_wait;  ///< See Answer.

  // What the verdict goes by.
  TextDigest credential = 0;           ///< Of `authorization`.
  TextDigest token = 0;                ///< Of its value alone, without the scheme.
  TextDigest minted = 0;               ///< Of the token that the answer gives out.
  TextDigest account = 0;              ///< Whose request it is; an App signs a new credential for every request.
  TextDigest request = 0;              ///< Equal for repetitions: method, URL, account, job, idempotency key, body.
  bool rate_limited = false;           ///< The answer is the refusal of a limiter.
  bool is_final = false;               ///< The answer says that repeating the request is of no use.
  std::optional<core::Duration> hint;  ///< The answer asks to wait that long.
  std::optional<core::SteadyTime> hint_date;  ///< The answer asks to wait until then.
  bool had_effect = false;
  std::string place;                  ///< Where it had one: the path, by the repository's name.
  TextDigest posted = 0;              ///< Of the text that it posts, with its title.
  TextDigest marker = 0;              ///< Of the first HTML comment within that text.
  TextDigest conversation = 0;        ///< Of a chat's messages.
  std::vector<TextDigest> continued;  ///< The conversations that this one goes on from, by an answer of the model.

  /// Before this a repetition is too early. Nothing: the answer does not say.
  std::optional<core::SteadyTime> not_before() const;
  /// There is no whole answer, or one that a client may try again after.
  bool failed() const;
  /// The client cannot know what was done.
  bool answer_lost() const { return ending == Ending::Cut || ending == Ending::Reset || ending == Ending::ClientLeft; }
};

/// What can be said of an exchange when the fake has given its answer. Number, service and ending are not filled in.
Exchange describe(const core::HttpRequest& request, const Answer& answer, const Now& now);

}  // namespace fakes
