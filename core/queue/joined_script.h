// Calls of one script that are made at the same moment go to Redis as one: at high rates most of a call's price is that
// of the call, not of what it does. A failure of the whole is each caller's own.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/environment.h"
#include "core/queue/mended.h"
#include "core/redis/session.h"

namespace core {

class JoinedScript {
 public:
  /// The script takes `shared`, then the arguments of call after call, and returns an array with an answer for each.
  /// All that is referred to outlives this, and this all callers.
  JoinedScript(const Environment& environment, RedisSession& session, const Script& script, std::string key,
               std::string shared, Mending mending);
  ~JoinedScript();

  /// One attempt. Cancelling it gives up the answer, not the call.
  boost::asio::awaitable<RedisAttempt> run(std::vector<std::string> arguments);

 private:
  struct Batch;
  boost::asio::awaitable<void> send(std::shared_ptr<Batch> batch);

  const Environment& environment_;
  RedisSession& session_;
  const Script& script_;
  std::string key_, shared_;
  Mending mending_;
  std::shared_ptr<Batch> open_;  ///< Not sent yet; null: none.
};

}  // namespace core
