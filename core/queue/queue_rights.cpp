#include "core/queue/queue_rights.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "core/queue/script_text.h"
#include "core/redis/error_reply.h"
#include "core/redis/session.h"
#include "core/text/ascii.h"

namespace core {

namespace {

using boost::asio::awaitable;
using Asked = boost::system::result<RedisValue, Failure>;

/// What was refused, by what has to be allowed.
class Refusals {
 public:
  void add(std::string_view word, const std::string& error) {
    const auto says = [&](std::string_view words) { return error.find(words) != std::string::npos; };
    // The words of Redis 6.2, 7.0 and 7.2. All name what it is about.
    const bool is_right = says("NOPERM") || says("user executing the script") || says("no permissions");
    if (!is_right) {
      others_.insert(first_words(error));
    } else if (says(" channel")) {
      channels_ = true;
    } else if (!says(" key")) {
      std::string name(word);
      std::ranges::transform(name, name.begin(), [](char c) { return to_lower(c); });
      commands_.insert(std::move(name));
    } else if (word.find(':') != std::string_view::npos) {
      keys_.emplace(
          word);  // A command that is tried on a key of ours is refused for its key, which is tried itself, too.
    }
  }

  std::vector<std::string> lines(const std::string& root) const {
    std::vector<std::string> lines;
    const auto list = [&](const char* what, const std::set<std::string>& names) {
      if (!names.empty()) lines.push_back(fmt::format("{}: {}", what, fmt::join(names, " ")));
    };
    list("this user may not run", commands_);
    list("this user may not read and write the keys", keys_);
    if (channels_) lines.push_back(fmt::format("this user may not use the channels: {0}wake {0}wake:*", root));
    for (const std::string& other : others_) {
      const bool is_old =
          other.find("rong number of arg") != std::string::npos || other.find("nknown") != std::string::npos;
      lines.push_back("it answered: " + other + (is_old ? " - Redis 6.2 or later is needed" : ""));
    }
    return lines;
  }

 private:
  std::set<std::string> commands_, keys_, others_;
  bool channels_ = false;
};

class Trial {
 public:
  Trial(const Environment& environment, const RedisConfig& config, std::string id)
      : environment_(environment), config_(config), root_(config.key_prefix + "job:"), id_(std::move(id)) {}

  awaitable<boost::system::result<QueueRights, Failure>> run() {
    auto connected = co_await environment_.redis.connect(deadline());
    if (!connected) co_return classify(connected.error());
    connection_ = std::move(*connected);
    // The first is sent as a text, as a session does, and by its digest from then on.
    for (const bool is_text : {true, false}) {
      const std::string_view name = is_text ? "EVAL" : "EVALSHA";
      const RedisCommand command{std::string(name), is_text ? kScript_rights.text : kScript_rights.sha1, "1", root_,
                                 id_};
      const Asked tried = co_await ask(command);
      if (!tried) co_return tried.error();
      if (tried->is_error() && tried->text.starts_with("MOVED ")) co_return classify_error_reply(tried->text);
      if (!tried->is_error()) {
        add_refused(*tried);
      } else if (is_text || !tried->text.starts_with("NOSCRIPT")) {
        refusals_.add(tried->text.find(" key") == std::string::npos ? name : root_, tried->text);
      }
    }
    const std::optional<Failure> lost = co_await look_at_eviction();
    if (lost) co_return *lost;
    const RedisCommand subscribe{"SUBSCRIBE", root_ + "wake", root_ + "wake:" + id_};
    const Asked heard = co_await ask(subscribe);
    if (!heard) co_return heard.error();
    if (heard->is_error()) refusals_.add("SUBSCRIBE", heard->text);
    found_.refused = refusals_.lines(root_);
    co_return std::move(found_);
  }

 private:
  SteadyTime deadline() const { return saturating_add(environment_.clock.now(), config_.timeout); }

  awaitable<Asked> ask(const RedisCommand& command) {
    RedisResult reply = co_await connection_->execute(command, deadline());
    if (!reply) co_return classify(reply.error());
    co_return std::move(*reply);
  }

  void add_refused(const RedisValue& reply) {
    for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
      refusals_.add(reply.elements[i].text, reply.elements[i + 1].text);
    }
  }

  /// Most users may ask for one of them; a managed service may refuse both. Nothing: the connection is still there.
  awaitable<std::optional<Failure>> look_at_eviction() {
    const RedisCommand info_memory{"INFO", "memory"};
    const Asked info = co_await ask(info_memory);
    if (!info) co_return info.error();
    constexpr std::string_view kName = "maxmemory_policy:";
    const std::size_t at = info->is_error() ? std::string::npos : info->text.find(kName);
    if (at != std::string::npos) {
      const std::size_t begin = at + kName.size();
      doubt_eviction(info->text.substr(begin, info->text.find_first_of("\r\n", begin) - begin));
      co_return std::nullopt;
    }
    const RedisCommand config_get{"CONFIG", "GET", "maxmemory-policy"};
    const Asked setting = co_await ask(config_get);
    if (!setting) co_return setting.error();
    if (setting->elements.size() == 2) doubt_eviction(setting->elements[1].text);
    co_return std::nullopt;
  }

  void doubt_eviction(const std::string& policy) {
    if (policy == "noeviction") return;
    found_.doubts.push_back(fmt::format(
        "maxmemory-policy is {}: when memory is full Redis deletes jobs; set noeviction", first_words(policy)));
  }

  const Environment& environment_;
  const RedisConfig& config_;
  std::string root_, id_;
  std::unique_ptr<RedisConnection> connection_;
  Refusals refusals_;
  QueueRights found_;
};

}  // namespace

awaitable<boost::system::result<QueueRights, Failure>> try_queue_rights(const Environment& environment,
                                                                        const RedisConfig& config, std::string id) {
  // On a cluster the keys may be elsewhere, where the client goes next; they may move once more meanwhile.
  constexpr int kMostMoves = 3;
  for (int moves = 0;; ++moves) {
    Trial trial(environment, config, id);
    auto found = co_await trial.run();
    if (found || found.error().code != "MOVED" || moves == kMostMoves) co_return found;
  }
}

}  // namespace core
