// Streams without consumer groups: adding, trimming, ranges, and reading that may wait.
#include "fakes/redis/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "fakes/redis/command.h"
#include "fakes/redis/commands/reply_bound.h"
#include "fakes/redis/engine.h"

namespace fakes::redis {

using core::RedisValue;

namespace {

constexpr std::string_view kBadId = "ERR Invalid stream ID specified as stream command argument";

/// Unlike Redis' other integers these may have zeros in front.
std::uint64_t read_id_part(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) fail(kBadId);
  return value;
}

/// "ms-sequence" or "ms", whose sequence is then `missing`.
StreamId read_id(std::string_view text, std::uint64_t missing = 0) {
  if (text.size() > 127) fail(kBadId);
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {read_id_part(text), missing};
  const std::uint64_t ms = read_id_part(text.substr(0, dash));
  return {ms, read_id_part(text.substr(dash + 1))};
}

/// The end of a range: an id, the first or last of all (- and +), or an id that is itself left out ("(5-0").
struct RangeEnd {
  StreamId id;
  bool is_exclusive = false;
};
RangeEnd read_range_end(std::string_view text, std::uint64_t missing) {
  if (text == "-") return {};
  if (text == "+") return {kLastStreamId};
  const bool is_exclusive = text.size() > 1 && text.front() == '(';
  return {read_id(is_exclusive ? text.substr(1) : text, missing), is_exclusive};
}

constexpr std::int64_t kApproximateLimit = 10'000;  // Redis takes away no more at once unless it is told to.

/// The options before an entry's id or after XTRIM's key.
struct AddOptions {
  StreamTrim trim;
  bool makes_stream = true;
  std::optional<std::int64_t> limit;

  bool trims() const { return trim.max_length || trim.min_id; }
};

/// MAXLEN or MINID, with = or ~, at `index`, which is left at the threshold.
void read_strategy(const Call& call, std::size_t& index, AddOptions& options) {
  if (options.trims()) {
    fail("ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
  }
  const bool is_length = call.is(index++, "maxlen");
  const bool has_more = index + 1 < call.size();
  options.trim.is_approximate = has_more && call[index] == "~";
  if (has_more && (call[index] == "~" || call[index] == "=")) ++index;
  if (!is_length) {
    options.trim.min_id = read_id(call[index]);
    return;
  }
  options.trim.max_length = call.integer(index);
  if (*options.trim.max_length < 0) fail("ERR The MAXLEN argument must be >= 0.");
}

void check_options(AddOptions& options, bool is_add) {
  if (options.limit.value_or(0) != 0 && !options.trims()) {
    fail("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
  }
  if (!is_add && !options.trims()) fail("ERR syntax error, XTRIM must be called with a trimming strategy");
  if (options.limit && !options.trim.is_approximate) {
    fail("ERR syntax error, LIMIT cannot be used without the special ~ option");
  }
  if (options.trim.is_approximate) options.trim.limit = options.limit.value_or(kApproximateLimit);
}

/// Reads from the third argument on and leaves `index` at the first that is no option of XADD's.
AddOptions read_options(const Call& call, std::size_t& index, bool is_add) {
  AddOptions options;
  for (index = 2; index < call.size(); ++index) {
    const bool has_more = index + 1 < call.size();
    if (has_more && (call.is(index, "maxlen") || call.is(index, "minid"))) {
      read_strategy(call, index, options);
    } else if (has_more && call.is(index, "limit")) {
      options.limit = call.integer(++index);
      if (*options.limit < 0) fail("ERR The LIMIT argument must be >= 0.");
    } else if (is_add && call.is(index, "nomkstream")) {
      options.makes_stream = false;
    } else if (is_add) {
      break;
    } else {
      fail(kSyntaxError);
    }
  }
  return options;
}

/// The id that XADD was given: "*", "ms-*" or all of it.
struct NewId {
  std::optional<std::uint64_t> ms, sequence;
};
NewId read_new_id(std::string_view text) {
  if (text == "*") return {};
  if (text.ends_with("-*")) return {read_id_part(text.substr(0, text.size() - 2)), std::nullopt};
  const StreamId id = read_id(text);
  return {id.ms, id.sequence};
}

/// None when it would not be above the stream's last.
std::optional<StreamId> choose_id(const NewId& wanted, const Stream& stream, std::uint64_t now_ms) {
  const StreamId last = stream.last_id();
  if (!wanted.ms) return now_ms > last.ms ? StreamId{now_ms, 0} : last.next();
  StreamId id{*wanted.ms, wanted.sequence.value_or(0)};
  if (!wanted.sequence && id.ms == last.ms) {
    // A wrong reason, which is Redis' own.
    if (last.sequence == UINT64_MAX) fail("ERR Elements are too large to be stored");
    id.sequence = last.sequence + 1;
  }
  return id > last ? std::optional(id) : std::nullopt;
}

RedisValue xadd(Call& call) {
  std::size_t index = 0;
  AddOptions options = read_options(call, index, true);
  const NewId wanted = index < call.size() ? read_new_id(call[index]) : NewId();
  check_options(options, true);
  const std::size_t first_field = std::min(index + 1, call.size());
  const std::size_t count = call.size() - first_field;
  if (count < 2 || count % 2 != 0) fail("ERR wrong number of arguments for 'xadd' command");
  if (wanted.ms == 0U && wanted.sequence == 0U) fail("ERR The ID specified in XADD must be greater than 0-0");
  if (call.find<Stream>(call[1]) == nullptr && !options.makes_stream) return RedisValue::null();
  auto& stream = call.find_or_make<Stream>(call[1]);
  if (stream.last_id() == kLastStreamId) {
    fail("ERR The stream has exhausted the last possible ID, unable to add more items");
  }
  const auto id = choose_id(wanted, stream, static_cast<std::uint64_t>(call.now_ms()));
  if (!id) fail("ERR The ID specified in XADD is equal or smaller than the target stream top item");
  stream.append(*id, std::span(call.arguments).subspan(first_field));
  if (options.trims()) stream.trim(options.trim);
  call.engine.key_added(call.database, call[1]);  // Who waits for a stream waits for its next entry.
  call.changed(call[1]);
  return RedisValue::bulk(id->text());
}

RedisValue xtrim(Call& call) {
  std::size_t index = 0;
  AddOptions options = read_options(call, index, false);
  check_options(options, false);
  auto* stream = call.find<Stream>(call[1]);
  const std::int64_t removed = stream == nullptr ? 0 : stream->trim(options.trim);
  if (removed > 0) call.changed(call[1]);
  return RedisValue::integer_of(removed);
}

RedisValue xlen(Call& call) {
  const auto* stream = call.find<Stream>(call[1]);
  return RedisValue::integer_of(stream == nullptr ? 0 : static_cast<std::int64_t>(stream->size()));
}

RedisValue entry_reply(const Stream::Entries::value_type& entry) {
  RedisValue fields = RedisValue::array({});
  fields.elements.reserve(entry.second.size());
  for (const std::string& text : entry.second) fields.elements.push_back(RedisValue::bulk(text));
  return RedisValue::array({RedisValue::bulk(entry.first.text()), std::move(fields)});
}

/// The entries from `first` to `last`, at most `count`.
RedisValue range_reply(const Stream& stream, StreamId first, StreamId last, bool is_reverse, std::int64_t count) {
  RedisValue reply = RedisValue::array({});
  if (first > last) return reply;
  auto low = stream.entries().lower_bound(first), high = stream.entries().upper_bound(last);
  for (; low != high && count > 0; --count) reply.elements.push_back(entry_reply(is_reverse ? *--high : *low++));
  return reply;
}

RedisValue range(Call& call, bool is_reverse) {
  const RangeEnd start = read_range_end(call[is_reverse ? 3 : 2], 0);
  const auto first = start.is_exclusive ? start.id.next() : start.id;
  if (!first) fail("ERR invalid start ID for the interval");
  const RangeEnd end = read_range_end(call[is_reverse ? 2 : 3], UINT64_MAX);
  const auto last = end.is_exclusive ? end.id.previous() : end.id;
  if (!last) fail("ERR invalid end ID for the interval");
  std::int64_t count = INT64_MAX;
  for (std::size_t i = 4; i < call.size(); i += 2) {
    if (i + 1 == call.size() || !call.is(i, "count")) fail(kSyntaxError);
    count = call.integer(i + 1);
  }
  const auto* stream = call.find<Stream>(call[1]);
  if (stream == nullptr) return RedisValue::array({});
  return count <= 0 ? call.null_array() : range_reply(*stream, *first, *last, is_reverse, count);
}
RedisValue xrange(Call& call) {
  return range(call, false);
}
RedisValue xrevrange(Call& call) {
  return range(call, true);
}

RedisValue xdel(Call& call) {
  auto* stream = call.find<Stream>(call[1]);
  if (stream == nullptr) return RedisValue::integer_of(0);
  std::vector<StreamId> ids;
  for (std::size_t i = 2; i < call.size(); ++i) ids.push_back(read_id(call[i]));
  std::int64_t erased = 0;
  for (const StreamId id : ids) erased += stream->erase(id) ? 1 : 0;
  if (erased > 0) call.changed(call[1]);
  return RedisValue::integer_of(erased);
}

RedisValue xsetid(Call& call) {
  const StreamId id = read_id(call[2]);
  std::optional<std::int64_t> added;
  for (std::size_t i = 3; i < call.size(); i += 2) {
    if (i + 1 < call.size() && call.is(i, "entriesadded")) {
      added = call.integer(i + 1);
      if (*added < 0) fail("ERR entries_added must be positive");
    } else if (i + 1 < call.size() && call.is(i, "maxdeletedid")) {
      if (id < read_id(call[i + 1])) {
        fail("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
      }
    } else {
      fail(kSyntaxError);
    }
  }
  auto* stream = call.find<Stream>(call[1]);
  if (stream == nullptr) fail(kNoSuchKey);
  if (stream->size() > 0) {
    if (id < stream->entries().rbegin()->first) {
      fail("ERR The ID specified in XSETID is smaller than the target stream top item");
    }
    if (added && static_cast<std::int64_t>(stream->size()) > *added) {
      fail("ERR The entries_added specified in XSETID is smaller than the target stream length");
    }
  }
  stream->set_last_id(id);
  call.changed(call[1]);
  return RedisValue::status("OK");
}

struct ReadOptions {
  std::optional<std::int64_t> block_ms;
  std::int64_t count = 0;  ///< 0 is without limit.
  std::size_t keys = 0;    ///< How many; after as many keys come as many ids.
  std::size_t first_key = 0;
};

std::int64_t read_block(const Call& call, std::size_t index) {
  if (call.caller == Caller::Script) {
    fail(fmt::format("ERR {} command is not allowed with BLOCK option from scripts", call[0]));
  }
  const std::int64_t ms = call.integer(index, "ERR timeout is not an integer or out of range");
  if (ms < 0) fail("ERR timeout is negative");
  return ms;
}

ReadOptions read_read_options(const Call& call) {
  ReadOptions options;
  for (std::size_t i = 1; i < call.size(); ++i) {
    const bool has_more = i + 1 < call.size();
    if (has_more && call.is(i, "block")) {
      options.block_ms = read_block(call, ++i);
    } else if (has_more && call.is(i, "count")) {
      options.count = std::max<std::int64_t>(call.integer(++i), 0);
    } else if (has_more && call.is(i, "streams")) {
      options.first_key = i + 1;
      const std::size_t rest = call.size() - options.first_key;
      if (rest % 2 != 0) {
        fail("ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.");
      }
      options.keys = rest / 2;
      return options;
    } else if ((has_more && call.is(i, "group")) || call.is(i, "noack")) {
      fail(fmt::format("ERR The {} option is only supported by XREADGROUP. You called XREAD instead.",
                       call.is(i, "noack") ? "NOACK" : "GROUP"));
    } else {
      break;
    }
  }
  fail(kSyntaxError);
}

/// The ids that are read after: "$" is the last of the stream as it is now.
std::vector<StreamId> read_positions(const Call& call, const ReadOptions& options) {
  std::vector<StreamId> positions;
  for (std::size_t i = options.first_key; i < options.first_key + options.keys; ++i) {
    const auto* stream = call.find<Stream>(call[i]);
    const std::string& text = call[i + options.keys];
    if (text == ">") {
      fail("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.");
    }
    positions.push_back(text != "$" ? read_id(text) : stream == nullptr ? StreamId() : stream->last_id());
  }
  return positions;
}

/// [[key, entries] ...], or a map of them in RESP3.
RedisValue read_reply(const Call& call, std::vector<std::pair<std::string, RedisValue>> streams) {
  std::vector<RedisValue> elements;
  for (auto& [key, entries] : streams) {
    if (call.protocol == 3) {
      elements.push_back(RedisValue::bulk(key));
      elements.push_back(std::move(entries));
    } else {
      elements.push_back(RedisValue::array({RedisValue::bulk(key), std::move(entries)}));
    }
  }
  return call.map(std::move(elements));
}

/// Called again, for a key that got something new: only that one is read then, and of a client that gave no COUNT no
/// more than Redis' number for those that waited.
RedisValue read_after_waiting(Call& call, const ReadOptions& options) {
  constexpr std::int64_t kCountAfterWaiting = 1000;
  for (std::size_t i = options.first_key; i < options.first_key + options.keys; ++i) {
    if (call[i] != *call.ready_key) continue;
    const auto* stream = call.find<Stream>(call[i]);
    const StreamId position = read_id(call[i + options.keys]);
    if (stream == nullptr || stream->last_id() <= position) break;
    const std::int64_t count = options.count > 0 ? options.count : kCountAfterWaiting;
    return read_reply(call, {{call[i], range_reply(*stream, *position.next(), kLastStreamId, false, count)}});
  }
  return call.wait_for({}, std::nullopt, call.null_array());
}

RedisValue xread(Call& call) {
  const ReadOptions options = read_read_options(call);
  if (call.ready_key) return read_after_waiting(call, options);
  const std::vector<StreamId> positions = read_positions(call, options);
  const std::int64_t count = options.count > 0 ? options.count : INT64_MAX;
  std::vector<std::pair<std::string, RedisValue>> found;
  std::vector<std::string> keys;
  ReplyBound bound;
  for (std::size_t i = 0; i < options.keys; ++i) {
    const std::string& key = keys.emplace_back(call[options.first_key + i]);
    const auto* stream = call.find<Stream>(key);
    const auto first = positions[i].next();
    if (stream == nullptr || !first) continue;
    RedisValue entries = bound.add(range_reply(*stream, *first, kLastStreamId, false, count));
    if (!entries.elements.empty()) found.emplace_back(key, std::move(entries));
  }
  if (!found.empty()) return read_reply(call, std::move(found));
  if (!options.block_ms) return call.null_array();
  // A timeout of centuries is none: a time cannot hold it.
  const bool is_endless = *options.block_ms == 0 || *options.block_ms > 9'000'000'000'000;
  const auto timeout =
      is_endless ? std::nullopt : std::optional<core::Duration>(std::chrono::milliseconds(*options.block_ms));
  RedisValue reply = call.wait_for(std::move(keys), timeout, call.null_array());
  if (call.is_waiting) {
    // It waits for what comes after the last entry of now.
    core::RedisCommand& waiting = call.connection.blocked->command;
    for (std::size_t i = 0; i < options.keys; ++i) {
      waiting[options.first_key + options.keys + i] = positions[i].text();
    }
  }
  return reply;
}

constexpr CommandSpec kCommands[] = {
    {"xadd", -5, kWrite | kDenyOom, xadd},
    {"xdel", -3, kWrite, xdel},
    {"xlen", 2, kRead, xlen},
    {"xrange", -4, kRead, xrange},
    {"xread", -4, kRead, xread},
    {"xrevrange", -4, kRead, xrevrange},
    {"xsetid", -3, kWrite | kDenyOom, xsetid},
    {"xtrim", -4, kWrite, xtrim},
};

}  // namespace

CommandFamily stream_commands() {
  return kCommands;
}

}  // namespace fakes::redis
