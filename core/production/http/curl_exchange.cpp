#include "core/production/http/curl_exchange.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/http/header_value.h"
#include "core/production/http/curl_option.h"

namespace core {

namespace {

/// Those whose requests have a body, if only an empty one (RFC 9110 8.6).
bool announces_a_body(const HttpRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

/// At least one: zero means libcurl's own default.
long whole_milliseconds(Duration duration) {
  return std::max<long>(1, static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count()));
}

/// There, either side may speak at any time.
bool speaks_http2(const SSL& tls) {
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(&tls, &protocol, &size);
  return std::string_view(reinterpret_cast<const char*>(protocol), size) == "h2";
}

}  // namespace

CurlExchange::CurlExchange(std::shared_ptr<CurlLoop> loop, const HttpRequest& request, const ExchangeOptions& options,
                           Clock& clock, Timer& waiter)
    : loop_(std::move(loop)),
      clock_(clock),
      waiter_(waiter),
      watches_silence_(request.idle_timeout.has_value()),
      permit_(request.permit),
      handle_(curl_easy_init()),
      reader_(request) {
  if (!handle_) broken_invariant("libcurl has no memory for a transfer");
  set_request(request);
  set_headers(request);
  set_connection(options);
  set_callbacks();
  loop_->add(*this);
}

CurlExchange::~CurlExchange() {
  loop_->remove(*this);
}

void CurlExchange::set_request(const HttpRequest& request) {
  CURL* const handle = handle_.get();
  set_option(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(handle, CURLOPT_URL, request.url.c_str());
  set_option(handle, CURLOPT_PATH_AS_IS, 1L);
  // Requests that begin together wait for the first one's handshake, and with HTTP/2 share its connection. Without TLS
  // libcurl would wait for the first one's answer.
  if (request.url.starts_with("https://")) set_option(handle, CURLOPT_PIPEWAIT, 1L);
  if (announces_a_body(request)) {
    set_option(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set_option(handle, CURLOPT_POSTFIELDS, request.body.data());
  } else if (request.method == "HEAD") {
    set_option(handle, CURLOPT_NOBODY, 1L);
  }
  set_option(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void CurlExchange::set_headers(const HttpRequest& request) {
  for (const HttpHeader& header : request.headers) {
    const std::string_view value = trimmed(header.value);
    // libcurl's way to send a header without a value; "Name:" would take it out.
    add_header_line(value.empty() ? header.name + ";" : header.name + ": " + std::string(value));
  }
  // What libcurl would add of its own.
  for (const char* const name : {"Accept", "Content-Type"}) {
    if (!find_header(request.headers, name)) add_header_line(std::string(name) + ":");
  }
  add_header_line("Expect:");
  set_option(handle_.get(), CURLOPT_HTTPHEADER, headers_.get());
}

void CurlExchange::add_header_line(const std::string& line) {
  curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) broken_invariant("libcurl has no memory for a header");
  (void)headers_.release();
  headers_.reset(longer);
}

void CurlExchange::set_connection(const ExchangeOptions& options) {
  CURL* const handle = handle_.get();
  // The defaults, but for the version; said here because everything hangs on them.
  set_option(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  set_option(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  set_option(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set_option(handle, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  set_option(handle, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  set_option(handle, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set_option(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set_option(handle, CURLOPT_FOLLOWLOCATION, 0L);
  set_option(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  if (!options.extra_certificates.empty()) {
    set_option(handle, CURLOPT_SSL_CTX_FUNCTION, &CurlExchange::on_tls_context);
    set_option(handle, CURLOPT_SSL_CTX_DATA, &options.extra_certificates);
  }
  if (options.connection == Connection::New) set_option(handle, CURLOPT_FRESH_CONNECT, 1L);
  set_option(handle, CURLOPT_CONNECTTIMEOUT_MS, whole_milliseconds(options.connect_timeout));
  set_option(handle, CURLOPT_NOSIGNAL, 1L);
  // A transfer that is given up while a name is resolved leaves the resolver's thread behind rather than wait for it.
  set_option(handle, CURLOPT_QUICK_EXIT, 1L);
}

void CurlExchange::set_callbacks() {
  CURL* const handle = handle_.get();
  void* const self = this;
  set_option(handle, CURLOPT_ERRORBUFFER, failure_text_.data());
  set_option(handle, CURLOPT_PREREQFUNCTION, &CurlExchange::on_request);
  set_option(handle, CURLOPT_PREREQDATA, self);
  set_option(handle, CURLOPT_HEADERFUNCTION, &CurlExchange::on_header);
  set_option(handle, CURLOPT_HEADERDATA, self);
  set_option(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set_option(handle, CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
  set_option(handle, CURLOPT_WRITEDATA, self);
}

// A server that closes an idle connection, or says more there than it was asked for, must not cost the next request: it
// might lose its only sending, or take the left-over for its answer. libcurl looks only since 8.0, and before that
// takes the words with which TLS is closed for a sign of life.
bool CurlExchange::is_on_stale_connection(int remote_port, int local_port) const {
  CURL* const handle = handle_.get();
  long opened = 0;
  curl_tlssessioninfo* tls = nullptr;
  curl_easy_getinfo(handle, CURLINFO_NUM_CONNECTS, &opened);
  if (opened > 0) return false;
  curl_easy_getinfo(handle, CURLINFO_TLS_SSL_PTR, &tls);
  if (tls != nullptr && tls->internals != nullptr && speaks_http2(*static_cast<SSL*>(tls->internals))) return false;
  return loop_->has_unread_input(remote_port, local_port);
}

int CurlExchange::on_request(void* exchange, char*, char*, int remote_port, int local_port) {
  auto& self = *static_cast<CurlExchange*>(exchange);
  if (self.permit_ != nullptr && !self.permit_->holds()) return CURL_PREREQFUNC_ABORT;
  if (!self.sent_) {
    self.connection_was_stale_ = self.is_on_stale_connection(remote_port, local_port);
    self.sent_ = !self.connection_was_stale_;
    return self.sent_ ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
  }
  // A second connection, because the first one died without an answer. libcurl does this to any method, although the
  // far end may have acted on the request. Only where nothing had left yet is it still the first time.
  long bytes_sent = 0;
  curl_easy_getinfo(self.handle_.get(), CURLINFO_REQUEST_SIZE, &bytes_sent);
  return bytes_sent == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t CurlExchange::on_header(char* data, std::size_t, std::size_t size, void* exchange) {
  return static_cast<CurlExchange*>(exchange)->reader_.take_header_line({data, size}) ? size : CURL_WRITEFUNC_ERROR;
}

std::size_t CurlExchange::on_body(char* data, std::size_t, std::size_t size, void* exchange) {
  auto& self = *static_cast<CurlExchange*>(exchange);
  const bool is_first = !self.last_byte_at_;
  self.last_byte_at_ = self.clock_.now();
  if (is_first && self.watches_silence_) self.waiter_.wake();
  return self.reader_.take_body({data, size}) ? size : CURL_WRITEFUNC_ERROR;
}

CURLcode CurlExchange::on_tls_context(CURL*, void* context, void* certificates) {
  const bool added = static_cast<const Certificates*>(certificates)->add_to(*static_cast<SSL_CTX*>(context));
  return added ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

void CurlExchange::ended(std::optional<CURLcode> code) {
  state_ = code ? State::Ended : State::Dropped;
  code_ = code.value_or(CURLE_OK);
  waiter_.wake();
}

Progress CurlExchange::progress() const {
  if (reader_.begun()) return Progress::Answering;
  return sent_ ? Progress::Sent : Progress::NotSent;
}

HttpResult CurlExchange::result() {
  if (reader_.too_large()) return TransportError::TooLarge;
  if (code_ != CURLE_OK) return transport_error(code_, progress());
  return std::move(reader_).finish();
}

std::string_view CurlExchange::failure_text() const {
  // What stopped it here libcurl tells as trouble of its own.
  if (reader_.too_large()) return "the answer is larger than is allowed";
  if (code_ == CURLE_ABORTED_BY_CALLBACK && !sent_) return "its time was over before it was sent";
  if (code_ == CURLE_ABORTED_BY_CALLBACK) return "the connection was lost before there was an answer";
  if (failure_text_.front() != '\0') return failure_text_.data();
  return code_ == CURLE_OK ? "the answer was cut off, or is none of HTTP" : curl_easy_strerror(code_);
}

}  // namespace core
