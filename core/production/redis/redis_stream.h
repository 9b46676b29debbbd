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
#include <utility>

#include "core/production/http/certificates.h"
#include "core/production/redis/redis_address.h"

namespace boost::asio::ssl {
class context;  // NOLINT(readability-identifier-naming): the library's name
}

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

/// The server is always verified, its name included, by TLS 1.2 or later; nothing turns that off. Files are in PEM.
struct RedisTls {
  Certificates authorities;      ///< Trusted besides the system's.
  std::string certificate_file;  ///< Of this client, for servers that ask for one, with its chain. May be empty.
  std::string key_file;          ///< Empty: the key is in the certificate's file.
};

/// What the TLS connections of one client share. It is made when the first one needs it, and again only after it could
/// not be made: to read all the certificates of the system takes long.
class RedisTlsContext {
 public:
  using Shared = std::shared_ptr<boost::asio::ssl::context>;

  explicit RedisTlsContext(RedisTls tls) : tls_(std::move(tls)) {}

  /// Or in words why there is none.
  boost::system::result<Shared, std::string> get();

 private:
  RedisTls tls_;
  Shared context_;
};

/// The stream, or in words why there is none. `stage` tells at any time what is being waited for. To be cancelled when
/// it takes too long; `tls` and `stage` outlive it.
using OpenedRedisStream = boost::system::result<std::unique_ptr<RedisStream>, std::string>;
boost::asio::awaitable<OpenedRedisStream> open_redis_stream(RedisAddress address, RedisTlsContext& tls,
                                                            std::string& stage);

}  // namespace core
