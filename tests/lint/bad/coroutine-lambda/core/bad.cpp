namespace core {

void spawn(Environment& environment, Executor executor) {
  const auto run = [&environment]() -> boost::asio::awaitable<void> {  // expect: coroutine-lambda
    co_await environment.clock.sleep_until({});
  };
  co_spawn(executor, [=, job = jobs[0]](int turn) mutable -> Task {  // expect: coroutine-lambda
    co_return job.run(turn);
  });
}

}  // namespace core
