// The stream of bytes to a Redis: TCP, TLS or a unix socket behind one small interface, and how it is opened.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/production/http/certificates.h"
#include "core/production/redis/redis_address.h"

namespace core {

/// One read and one write may be under way at a time. Buffers stay where they are until `done` is called, which happens
/// later, never inside the call, or not at all when the executor goes first.
class RedisStream {
 public:
  using Done = std::function<void(boost::system::error_code, std::size_t)>;

  virtual ~RedisStream() = default;
  virtual void read_some(boost::asio::mutable_buffer buffer, Done done) = 0;
  virtual void write_all(boost::asio::const_buffer buffer, Done done) = 0;
  /// What is under way ends with operation_aborted.
  virtual void close() = 0;
};

/// The server is always verified, its name included, by TLS 1.2 or later; nothing turns that off. The files, in PEM,
/// are read anew for each connection.
struct RedisTls {
  Certificates authorities;      ///< Trusted besides the system's.
  std::string certificate_file;  ///< Of this client, for servers that ask for one, with its chain. May be empty.
  std::string key_file;          ///< Empty: the key is in the certificate's file.
};

/// The stream, or in words why there is none. `stage` tells at any time what is being waited for. To be cancelled when
/// it takes too long.
using OpenedRedisStream = boost::system::result<std::unique_ptr<RedisStream>, std::string>;
boost::asio::awaitable<OpenedRedisStream> open_redis_stream(RedisAddress address, RedisTls tls, std::string& stage);

}  // namespace core
