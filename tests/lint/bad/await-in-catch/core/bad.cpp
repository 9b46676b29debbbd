namespace core {

boost::asio::awaitable<void> step(Clock& clock) {
  try {
    co_await work();
  } catch (const std::exception& error) {
    if (error.what()) {
      co_await clock.sleep_until({});  // expect: await-in-catch
    }
  }
}

}  // namespace core
