// Applies the rules of a scenario to one HTTP service: finds the rule that a request meets and makes of its action the
// answer, with the service's own texts and headers. What the service does when left alone, and how its errors look, is
// behind HttpExchange, one object per request.
#pragma once

#include <optional>
#include <string>

#include "core/random/random.h"
#include "fakes/answer.h"
#include "fakes/faults/rate_windows.h"
#include "fakes/faults/rule_set.h"
#include "fakes/lesser_waits.h"

namespace fakes {

/// One request at a service, not acted on until perform().
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  /// Does the operation. `action` is of interest where it says what a model answers (DoText, DoTool,
  /// DoTools).
  virtual core::HttpResponse perform(const HttpAction& action) = 0;
  /// The service's own answer of that status; nothing is done.
  virtual core::HttpResponse error(int status) = 0;
  /// The same, where nothing else is said of the answer: also under another status, in forms that name this one.
  virtual core::HttpResponse plain_error(int status) { return error(status); }
  /// Puts other waits, which clients pass over, beside the one that a rule asks for.
  virtual void add_lesser_waits(const AskedWait&, core::HttpResponse&) {}
  /// A complete 200 that is not what was asked for, in one of several forms; nothing is done.
  virtual core::HttpResponse garbage(std::uint64_t variant) = 0;
  /// The answer to a request over the limit; nothing is done.
  virtual core::HttpResponse limited(const DoRateLimit& limit, const Quota& quota) = 0;
  /// Puts the quota into the headers of an answer to a request within the limit.
  virtual void show_quota(core::HttpHeaders& headers, const DoRateLimit& limit, const Quota& quota) = 0;
  /// Who a limit counts against, where requests of one sender do not carry the same `authorization`.
  virtual std::optional<std::string> account(const DoRateLimit&) const { return std::nullopt; }
  /// Whether the answers of limited() say when the limit ends.
  virtual bool tells_when_limits_end() const { return true; }
  /// Whether limits pass over the operation.
  virtual bool is_free_of_limits() const { return false; }
};

class HttpFaults {
 public:
  /// `rules` must outlive it. `random` is the branch of the service.
  HttpFaults(const std::vector<HttpRule>& rules, core::Random random) : rules_(rules, random) {}

  /// How many requests each rule has counted, in the order of the rules.
  std::vector<std::uint64_t> counts() const { return rules_.counts(); }
  std::vector<RuleUse> uses() const { return rules_.uses(); }

  /// Counts the request, acts on it as far as its rule says, and gives the outcome.
  Answer answer(std::string_view operation, const core::HttpRequest& request, const Now& now, HttpExchange& exchange);

 private:
  struct Deliver;

  /// Fills in what the service itself answered, and the wait that its own limit asks for.
  Delivery deliver(const Match<HttpAction>& match, const core::HttpRequest& request, const Now& now,
                   HttpExchange& exchange, Answer& answer);

  RuleSet<HttpAction> rules_;
  RateWindows windows_;
};

}  // namespace fakes
