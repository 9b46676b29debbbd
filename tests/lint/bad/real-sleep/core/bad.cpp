#include <thread>

namespace core {

void wait(std::chrono::seconds delay) {
  std::this_thread::sleep_for(delay);                // expect: real-sleep
  std::this_thread::sleep_until(deadline(delay));    // expect: real-sleep
  boost::asio::steady_timer timer(executor, delay);  // expect: real-sleep
}

}  // namespace core
