// Publish and subscribe. Of a command's confirmations the first is its reply and the others are pushed.
#include "fakes/redis/command.h"
#include "fakes/redis/engine.h"
#include "fakes/redis/text.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

struct Confirmations {
  explicit Confirmations(Call& its_call) : call(its_call) {}

  void add(std::string_view kind, RedisValue name) {
    const auto count = call.connection.channels.size() + call.connection.patterns.size();
    RedisValue confirmation = RedisValue::array(
        {RedisValue::bulk(kind), std::move(name), RedisValue::integer_of(static_cast<std::int64_t>(count))});
    if (call.protocol == 3) confirmation.type = core::RedisType::Push;
    all.push_back(std::move(confirmation));
  }

  /// The others are pushed when the reply has gone, so that the order on a wire is Redis'.
  RedisValue reply() {
    if (all.size() == 1) return std::move(all.front());
    const bool is_client = call.caller == Caller::Client;
    if (is_client) {
      call.is_waiting = true;
      call.connection.receiver.on_reply(std::move(all.front()));
    }
    for (std::size_t i = 1; i < all.size(); ++i) call.connection.receiver.on_push(std::move(all[i]));
    return is_client ? RedisValue{} : std::move(all.front());
  }

  Call& call;
  std::vector<RedisValue> all;
};

RedisValue subscribe_to(Call& call, bool is_pattern) {
  std::size_t bytes = 0;
  for (std::size_t i = 1; i < call.size(); ++i) bytes += call[i].size();
  if (!call.engine.may_subscribe(call.connection, call.size() - 1, bytes)) fail("ERR too many subscriptions");
  Confirmations confirmations(call);
  for (std::size_t i = 1; i < call.size(); ++i) {
    call.engine.subscribe(call.connection, call[i], is_pattern);
    confirmations.add(is_pattern ? "psubscribe" : "subscribe", RedisValue::bulk(call[i]));
  }
  return confirmations.reply();
}
RedisValue subscribe(Call& call) {
  return subscribe_to(call, false);
}
RedisValue psubscribe(Call& call) {
  return subscribe_to(call, true);
}

RedisValue unsubscribe_from(Call& call, bool is_pattern) {
  const std::string_view kind = is_pattern ? "punsubscribe" : "unsubscribe";
  std::vector<std::string> names(call.arguments.begin() + 1, call.arguments.end());
  if (names.empty()) names = is_pattern ? call.connection.patterns : call.connection.channels;
  Confirmations confirmations(call);
  for (const std::string& name : names) {
    call.engine.unsubscribe(call.connection, name, is_pattern);
    confirmations.add(kind, RedisValue::bulk(name));
  }
  if (names.empty()) confirmations.add(kind, RedisValue::null());
  return confirmations.reply();
}
RedisValue unsubscribe(Call& call) {
  return unsubscribe_from(call, false);
}
RedisValue punsubscribe(Call& call) {
  return unsubscribe_from(call, true);
}

RedisValue publish(Call& call) {
  return RedisValue::integer_of(call.engine.publish(call[1], call[2]));
}

RedisValue pubsub_channels(Call& call) {
  if (call.size() > 3) fail("ERR wrong number of arguments for 'pubsub|channels' command");
  RedisValue reply = RedisValue::array({});
  PatternBudget budget;
  for (const auto& [channel, connections] : call.engine.channels()) {
    if (call.size() < 3 || matches_pattern(call[2], channel, budget))
      reply.elements.push_back(RedisValue::bulk(channel));
  }
  return reply;
}

RedisValue pubsub_numsub(Call& call) {
  RedisValue reply = RedisValue::array({});
  for (std::size_t i = 2; i < call.size(); ++i) {
    const auto found = call.engine.channels().find(call[i]);
    const std::size_t count = found == call.engine.channels().end() ? 0 : found->second.size();
    reply.elements.push_back(RedisValue::bulk(call[i]));
    reply.elements.push_back(RedisValue::integer_of(static_cast<std::int64_t>(count)));
  }
  return reply;
}

RedisValue pubsub_numpat(Call& call) {
  return RedisValue::integer_of(static_cast<std::int64_t>(call.engine.patterns().size()));
}
RedisValue no_subcommand(Call&) {
  fail(kSyntaxError);
}

constexpr std::uint16_t kSubscription = kNoScript | kWhileSubscribed;

constexpr CommandSpec kCommands[] = {
    {"psubscribe", -2, kSubscription, psubscribe},     {"publish", 3, kMayReplicate, publish},
    {"pubsub", -2, kContainer, no_subcommand},         {"pubsub|channels", -2, kRead, pubsub_channels},
    {"pubsub|numpat", 2, kRead, pubsub_numpat},        {"pubsub|numsub", -2, kRead, pubsub_numsub},
    {"punsubscribe", -1, kSubscription, punsubscribe}, {"subscribe", -2, kSubscription, subscribe},
    {"unsubscribe", -1, kSubscription, unsubscribe},
};

}  // namespace

CommandFamily pubsub_commands() {
  return kCommands;
}

}  // namespace fakes::redis
