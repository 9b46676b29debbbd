#include "core/worker/worker.h"
#include "fakes/answer.h"
#include "sim/scenario/scenario.h"

namespace sim {

// never iterated
std::unordered_map<int, int> counts;
std::unordered_set<int> seen;  // never iterated: membership alone.
std::map<std::string, Runner*> runners;

void order(std::vector<Entry>& entries) {
  // total order: sequence numbers are unique.
  std::sort(entries.begin(), entries.end());
  std::stable_sort(entries.begin(), entries.end());
  // lint-allow(raw-new): the allocator under test.
  auto* world = new World;
  const Random random(1);
  clock.time(nullptr_of(world));
}

boost::asio::awaitable<void> run(Clock& clock) {
  bool failed = false;
  const auto note = [&failed] { failed = true; };
  const auto plain = []() -> boost::asio::awaitable<int> { co_return 1; };
  const auto outer = [&] {
    spawn([](Clock* own) -> boost::asio::awaitable<void> { co_await own->sleep_until({}); }, &clock);
  };
  auto& [first, second] = pair_of(values[1]);
  try {
    co_await plain();
  } catch (const std::exception&) {
    note();
  }
  if (failed) co_await clock.sleep_until({});
}

}  // namespace sim
