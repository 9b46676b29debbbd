// One request on its way through libcurl: the options that make it, the answer as it comes in, and what came of it.
// A request is sent at most once: where libcurl would send it again on another connection because the first one died
// without an answer, the exchange ends instead, and the core decides. It is not sent at all on a kept connection that
// says something unasked.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/http.h"
#include "core/production/http/answer_reader.h"
#include "core/production/http/certificates.h"
#include "core/production/http/curl_loop.h"
#include "core/production/http/transport_error.h"
#include "core/time/clock.h"

namespace core {

enum class Connection : std::uint8_t { KeptOrNew, New };

struct ExchangeOptions {
  Duration connect_timeout;
  const Certificates& extra_certificates;
  Connection connection = Connection::KeptOrNew;
};

class CurlExchange final : public CurlTransfer {
 public:
  /// `request`, which may be sent, `options`, `clock` and `waiter` outlive the exchange. The end wakes the waiter, and
  /// so does the first byte of the body where the request has an idle_timeout: the wait has another limit from then on.
  CurlExchange(std::shared_ptr<CurlLoop> loop, const HttpRequest& request, const ExchangeOptions& options, Clock& clock,
               Timer& waiter);
  ~CurlExchange();

  enum class State : std::uint8_t { UnderWay, Ended, Dropped };
  State state() const { return state_; }
  Progress progress() const;
  /// When the latest bytes of the answer's body came; nothing before the first.
  std::optional<SteadyTime> last_byte_at() const { return last_byte_at_; }

  /// The kept connection could not be used, and nothing was sent: a new one is to be tried.
  bool connection_was_stale() const { return connection_was_stale_; }

  /// Once, after the end.
  HttpResult result();
  /// What libcurl says about its failure: no secret of the request is in it, but text of the far end may be.
  std::string_view failure_text() const;

 private:
  struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  CURL* handle() const override { return handle_.get(); }
  void ended(std::optional<CURLcode> code) override;

  void set_request(const HttpRequest& request);
  void set_headers(const HttpRequest& request);
  void add_header_line(const std::string& line);
  void set_connection(const ExchangeOptions& options);
  void set_callbacks();

  bool is_on_stale_connection(int remote_port, int local_port) const;

  static int on_request(void* exchange, char*, char*, int remote_port, int local_port);
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* exchange);
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* exchange);
  static CURLcode on_tls_context(CURL*, void* context, void* certificates);

  std::shared_ptr<CurlLoop> loop_;
  Clock& clock_;
  Timer& waiter_;
  const bool watches_silence_;
  const Permit* const permit_;
  std::optional<SteadyTime> last_byte_at_;
  std::unique_ptr<CURL, FreeHandle> handle_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  AnswerReader reader_;
  std::array<char, CURL_ERROR_SIZE> failure_text_{};
  State state_ = State::UnderWay;
  CURLcode code_ = CURLE_OK;
  bool sent_ = false;
  bool connection_was_stale_ = false;
};

}  // namespace core
