#include "core/queue/mended.h"

#include <utility>

#include "core/queue/script_text.h"

namespace core {

namespace {

/// Redis 6.2 says it in the midst of its answer.
bool is_of_type(const RedisAttempt& attempt) {
  return !attempt && attempt.error().failure.message.find("WRONGTYPE") != std::string::npos;
}

}  // namespace

boost::asio::awaitable<RedisAttempt> run_mended(RedisSession& session, const Script& script, std::string root,
                                                std::vector<std::string> arguments, Mending mending) {
  RedisAttempt attempt = co_await session.run(script, root, std::move(arguments));
  if (!is_of_type(attempt)) co_return attempt;
  const auto lease = std::chrono::ceil<std::chrono::microseconds>(mending.lease).count();
  std::vector<std::string> how(1, mending.way == Mending::Way::GiveNewName ? "1" : "0");
  how.push_back(std::to_string(lease));
  RedisAttempt mended = co_await session.run(kScript_mend, std::move(root), std::move(how));
  co_return is_of_type(mended) ? mended : attempt;
}

}  // namespace core
