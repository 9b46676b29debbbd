#include "core/production/resp/resp_reader.h"

#include <hiredis/read.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace core {

/// The value that hiredis' reader is in the midst of.
struct RespReader::Building {
  RedisValue root;
  std::size_t bytes = 0;
  std::size_t max_bytes = 0;
};

/// What hiredis calls for each part of a value. The objects that it is given are the parts of `Building::root`: an
/// array's last element may hold others, but no element before it is looked at again, so that arrays may grow.
struct RespCallbacks {
  /// Null, which hiredis takes for a lack of memory, when the value is too large.
  static RedisValue* add(const redisReadTask* task, RedisType type, std::size_t text_bytes) {
    auto& building = *static_cast<RespReader::Building*>(task->privdata);
    const std::size_t bytes = sizeof(RedisValue) + text_bytes;
    if (bytes > building.max_bytes - building.bytes) return nullptr;
    building.bytes += bytes;
    RedisValue* value = &building.root;
    if (task->parent != nullptr) {
      value = &static_cast<RedisValue*>(task->parent->obj)->elements.emplace_back();
    }
    value->type = type;
    return value;
  }

  static void* on_text(const redisReadTask* task, char* text, std::size_t size) {
    const RedisType type = task->type == REDIS_REPLY_ERROR    ? RedisType::Error
                           : task->type == REDIS_REPLY_STATUS ? RedisType::Status
                                                              : RedisType::Bulk;
    RedisValue* value = add(task, type, size);
    if (value != nullptr) value->text.assign(text, size);
    return value;
  }

  static void* on_array(const redisReadTask* task, int size) {
    RedisValue* value = add(task, RedisType::Array, 0);
    // The size is only announced: room is made for what is usual.
    constexpr int kUsualElements = 64;
    if (value != nullptr) value->elements.reserve(static_cast<std::size_t>(std::min(size, kUsualElements)));
    return value;
  }

  static void* on_integer(const redisReadTask* task, long long number) {
    RedisValue* value = add(task, RedisType::Integer, 0);
    if (value != nullptr) value->integer = number;
    return value;
  }

  static void* on_nil(const redisReadTask* task) {
    return add(task, task->type == REDIS_REPLY_ARRAY ? RedisType::NullArray : RedisType::Null, 0);
  }

  /// The value is a member, and dropped with its reader.
  static void on_free(void*) {}
};

namespace {
redisReplyObjectFunctions callbacks{RespCallbacks::on_text, RespCallbacks::on_array, RespCallbacks::on_integer,
                                    RespCallbacks::on_nil, RespCallbacks::on_free};
constexpr std::size_t kMaxLineBytes = 64 * 1024;
constexpr const char* kTooLarge = "a reply is larger than is accepted";
}  // namespace

void RespReader::Free::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

RespReader::RespReader(std::size_t max_value_bytes)
    : max_value_bytes_(max_value_bytes),
      building_(std::make_unique<Building>()),
      reader_(redisReaderCreateWithFunctions(&callbacks)) {
  building_->max_bytes = max_value_bytes;
  reader_->privdata = building_.get();
}

RespReader::~RespReader() = default;

RespError RespReader::fail(std::string message) {
  error_ = std::move(message);
  building_->root = {};
  return {error_};
}

void RespReader::feed(std::string_view bytes) {
  if (error_.empty()) redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

RespNext RespReader::next() {
  if (!error_.empty()) return RespError{error_};
  void* whole = nullptr;
  if (redisReaderGetReply(reader_.get(), &whole) != REDIS_OK) {
    if (reader_->err == REDIS_ERR_OOM) return fail(kTooLarge);
    return fail("what was received is not Redis' protocol");
  }
  if (whole == nullptr) return look_ahead();
  last_value_bytes_ = std::exchange(building_->bytes, 0);
  return std::exchange(building_->root, {});
}

RespNext RespReader::look_ahead() {
  const redisReader& reader = *reader_;
  const std::size_t left = max_value_bytes_ - building_->bytes;
  const std::size_t waiting = reader.len - reader.pos;
  std::int64_t announced = 0;
  bool is_line = true;
  // A text is handed out when all of it has come: how long it will be is seen before.
  if (reader.ridx >= 0 && reader.rstack[reader.ridx].type == REDIS_REPLY_STRING) {
    const char* const length = reader.buf + reader.pos;
    const std::string_view rest(length, waiting);
    const auto [end, error] = std::from_chars(length, length + waiting, announced);
    const std::string_view after = rest.substr(static_cast<std::size_t>(end - length), 2);
    // Half of the line's end is none yet: what follows decides, however the bytes come.
    is_line = error != std::errc() || after != "\r\n";
  }
  const bool is_too_long = !is_line && announced > 0 && static_cast<std::uint64_t>(announced) > left;
  // hiredis looks through a whole line again for each of its pieces.
  if (is_too_long || (is_line && waiting > kMaxLineBytes)) return fail(kTooLarge);
  return RespMore{};
}

}  // namespace core
