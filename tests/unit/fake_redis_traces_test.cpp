// The fake's replies are those that tests/redis_traces tells; tests/wire has the same traces run by a real Redis.
#include <map>
#include <memory>

#include "tests/unit/fake_redis_client.h"

namespace fakes::redis {
namespace {

class FakeRedisTrace : public testing::TestWithParam<std::string> {};

TEST_P(FakeRedisTrace, has_the_replies_of_redis) {
  Server server(kStart);
  std::map<std::string, std::unique_ptr<Client>> clients;
  const std::vector<tests::TraceLine> trace = tests::trace_of(GetParam());
  EXPECT_FALSE(trace.empty());
  for (const tests::TraceLine& line : trace) {
    auto& client = clients[line.client];
    if (!client) client = std::make_unique<Client>(server);
    std::string reply = (*client)(line.command);
    if (reply == "waits" && server.next_deadline()) {
      // It is given its timeout at once.
      server.advance(*server.next_deadline());
      reply = client->log.back();
    }
    EXPECT_EQ(tests::without_sha(reply), line.reply) << line.text;
  }
}

INSTANTIATE_TEST_SUITE_P(Of, FakeRedisTrace, testing::ValuesIn(tests::trace_names()), tests::trace_test_name);

}  // namespace
}  // namespace fakes::redis
