// libcurl's multi interface on an Asio executor: libcurl says which sockets and which time it waits for, Asio waits.
// One thread runs all of it and nothing blocks, names are resolved by threads of libcurl. The connections live here.
#pragma once

#include <curl/curl.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

namespace core {

/// A transfer under way: it outlives its stay in the loop, which it leaves when it ends.
class CurlTransfer : public boost::intrusive::list_base_hook<> {
 public:
  CurlTransfer() = default;
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  virtual CURL* handle() const = 0;
  /// The end, within a step of the loop: no call of the loop may be made here. Nothing when the loop is closed.
  virtual void ended(std::optional<CURLcode> code) = 0;

 protected:
  ~CurlTransfer() = default;
};

class CurlLoop : public std::enable_shared_from_this<CurlLoop> {
 public:
  explicit CurlLoop(const boost::asio::any_io_executor& executor);
  ~CurlLoop() { close(); }
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  /// Begins, later and never within this call.
  void add(CurlTransfer& transfer);
  /// Takes a transfer out, wherever it stands, without ended(). Without an effect on one that is not here.
  void remove(CurlTransfer& transfer);

  /// Ends all transfers and closes all connections. Nothing can be added any more.
  void close();
  bool closed() const { return multi_ == nullptr; }

  /// Whether something can be read, were it the end, on a connection between these ports.
  bool has_unread_input(int remote_port, int local_port) const;

 private:
  struct Socket;
  class OfOneContext;
  enum class Direction : std::uint8_t { Read, Write };

  static int on_socket(CURL*, curl_socket_t number, int wanted, void* loop, void*);
  static int on_timer(CURLM*, long milliseconds, void* loop);
  static curl_socket_t open_socket(void* loop, curlsocktype, curl_sockaddr* address);
  static int close_socket(void* loop, curl_socket_t number);

  std::shared_ptr<Socket> adopt(curl_socket_t number, bool opened_here);
  void wait_for(const std::shared_ptr<Socket>& socket);
  void wait_for(const std::shared_ptr<Socket>& socket, Direction direction);
  void set_timer(long milliseconds);
  void act(curl_socket_t number, int events);
  void collect_ended();

  boost::asio::any_io_executor executor_;
  CURLM* multi_;                                    ///< Null once closed.
  OfOneContext* context_;                           ///< Null once closed.
  std::optional<boost::asio::steady_timer> timer_;  ///< None once closed.
  std::uint64_t timer_setting_ = 0;                 ///< Tells a timer that libcurl has set anew since.
  std::map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  boost::intrusive::list<CurlTransfer, boost::intrusive::constant_time_size<false>> transfers_;
};

}  // namespace core
