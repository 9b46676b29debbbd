// What the retry layer costs a call that needs no retry: beside the same operation without it, and beside the HTTP
// request over loopback that such a call is made for.
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/async/spawn.h"
#include "core/production/http/curl_transport.h"
#include "core/production/time/asio_clock.h"
#include "core/retry/retry.h"
#include "tests/support/fake_environment.h"

namespace {

std::uint64_t allocations = 0;

}  // namespace

// Every allocation of the program is counted; the benchmarks read the differences.
void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using core::AttemptResult;

constexpr int kCallsAtOnce = 1'000;

class Silent final : public core::EventSink {
 public:
  void on_event(const core::Event& event) override { benchmark::DoNotOptimize(event.kind); }
};

struct Bench {
  asio::io_context loop{1};
  core::AsioClock clock{loop.get_executor()};
  core::CurlTransport http{loop.get_executor(), clock, {}};
  tests::NoRedis redis;
  tests::CountingSigner signer;
  tests::NamedSecrets secrets;
  Silent events;
  core::Environment environment{"runner-1", loop.get_executor(), clock, core::Random(1), http, redis, signer, secrets,
                                events};
  core::RetryPolicy policy;

  void run(awaitable<void> coroutine) {
    core::spawn(loop.get_executor(), std::move(coroutine));
    loop.run();
    loop.restart();
  }
};

awaitable<AttemptResult<int>> succeed(const core::Attempt& attempt) {
  co_return core::Success<int>{static_cast<int>(attempt.number), 200};
}

awaitable<void> operations() {
  for (int i = 0; i < kCallsAtOnce; ++i) benchmark::DoNotOptimize(co_await succeed({}));
}

awaitable<void> calls(Bench& bench) {
  for (int i = 0; i < kCallsAtOnce; ++i) {
    const core::Call call{"llm.chat", "job-1", bench.policy, core::Random(1)};
    benchmark::DoNotOptimize(co_await core::retry<int>(bench.environment, call, succeed));
  }
}

void count(benchmark::State& state, std::uint64_t allocations_before) {
  const auto made = static_cast<double>(state.iterations()) * kCallsAtOnce;
  state.SetItemsProcessed(state.iterations() * kCallsAtOnce);
  state.counters["allocations"] = static_cast<double>(allocations - allocations_before) / made;
}

void operation_without_retry_layer(benchmark::State& state) {
  Bench bench;
  const std::uint64_t before = allocations;
  for (auto _ : state) bench.run(operations());
  count(state, before);
}
BENCHMARK(operation_without_retry_layer);

void healthy_call(benchmark::State& state) {
  Bench bench;
  const std::uint64_t before = allocations;
  for (auto _ : state) bench.run(calls(bench));
  count(state, before);
}
BENCHMARK(healthy_call);

/// Answers every request with a few bytes, on one connection, from a thread of its own.
class Server {
 public:
  Server() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* general = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, general, size) != 0 || ::listen(listener_, 1) != 0) throw std::runtime_error("no listener");
    ::getsockname(listener_, general, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  void serve() const {
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    for (int peer = ::accept(listener_, nullptr, nullptr); peer >= 0; peer = ::accept(listener_, nullptr, nullptr)) {
      std::string heard(4096, '\0');
      std::size_t size = 0;
      for (ssize_t more = 0; (more = ::read(peer, heard.data() + size, heard.size() - size)) > 0;) {
        size += static_cast<std::size_t>(more);
        if (std::string_view(heard.data(), size).find("\r\n\r\n") == std::string_view::npos) continue;
        size = 0;
        if (::write(peer, kAnswer.data(), kAnswer.size()) < 0) break;
      }
      ::close(peer);
    }
  }

  int listener_;
  int port_ = 0;
  std::thread thread_;
};

awaitable<void> request(Bench& bench, const core::HttpRequest& what) {
  for (int i = 0; i < kCallsAtOnce; ++i) {
    const core::HttpResult result = co_await bench.http.send(what, bench.clock.now() + std::chrono::seconds(10));
    if (!result || result->status != 200) throw std::runtime_error("the request failed");
  }
}

void loopback_request(benchmark::State& state) {
  const Server server;
  Bench bench;
  core::HttpRequest what;
  what.method = "GET";
  what.url = server.url();
  const std::uint64_t before = allocations;
  for (auto _ : state) bench.run(request(bench, what));
  count(state, before);
}
BENCHMARK(loopback_request)->UseRealTime();

}  // namespace
