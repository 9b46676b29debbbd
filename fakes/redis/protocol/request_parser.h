// Reads commands from the bytes that a client sends: RESP arrays of bulk strings, and inline commands. It owns no
// socket and may be given the bytes in pieces of any size. What Redis 7.0 takes is taken, what it refuses is refused in
// its words (networking.c), but for two bounds that are lower here: see the constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/redis/redis_value.h"

namespace fakes::redis {

class RequestParser {
 public:
  static constexpr std::size_t kMaxLineBytes = 64 * 1024;         ///< Of an inline command, or of a count. As Redis.
  static constexpr std::size_t kMaxBulkBytes = 64 * 1024 * 1024;  ///< Redis: 512 MB.
  static constexpr std::size_t kMaxArguments = 1024 * 1024;       ///< Redis 7.0: 2^31 - 1; before: this.
  static constexpr std::size_t kMaxCommandBytes = 2 * kMaxBulkBytes;  ///< All arguments together.

  enum class Outcome : std::uint8_t { NeedsMore, Command, ProtocolError };

  /// Takes bytes off the front of `input` up to the end of a command, which command() then is until the next call.
  /// After a protocol error the connection is to be closed and nothing more is parsed.
  Outcome parse(std::string_view& input);

  const core::RedisCommand& command() const { return command_; }
  /// The command is needed no more: what a large one has taken is given back.
  void forget_command();
  /// What has come of a command whose end has not.
  std::size_t unfinished_bytes() const {
    if (stage_ == Stage::Start) return 0;
    return line_.size() + command_bytes_ - bulk_left_ + command_.size() * sizeof(std::string);
  }
  /// "ERR Protocol error: invalid bulk length"
  const std::string& error() const { return error_; }

 private:
  enum class Stage : std::uint8_t { Start, Inline, Count, BulkHeader, Bulk, BulkEnd, Failed };

  Outcome fail(std::string_view what);
  /// True when the command is complete or the parse has failed.
  bool step(std::string_view& input);
  bool read_inline(std::string_view& input);
  bool read_count(std::string_view& input);
  bool read_bulk_header(std::string_view& input);
  bool read_bulk(std::string_view& input);
  bool read_bulk_end(std::string_view& input);
  bool take_line(std::string_view& input, char end, std::string_view too_long);
  /// The usual case in one pass: all of a well-formed command is there. False, with nothing taken: it is not so plain.
  bool take_whole(std::string_view& input);

  Stage stage_ = Stage::Start;
  std::string line_;      ///< What has come of a line.
  std::size_t skip_ = 0;  ///< Bytes to pass over: the line feed after a count, the end of a bulk string.
  std::size_t arguments_left_ = 0;
  std::size_t bulk_left_ = 0;
  std::size_t command_bytes_ = 0;
  core::RedisCommand command_;
  std::string error_;
};

/// The words of an inline command, with Redis' quoting: "a\x41\n" and 'it\'s'. False: the quotes do not balance.
bool split_words(std::string_view line, core::RedisCommand& words);

}  // namespace fakes::redis
