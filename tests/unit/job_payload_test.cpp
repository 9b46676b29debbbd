// The worker does not trust a job's payload: it checks every member, and its error names the first that is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/queue/job.h"

namespace core {
namespace {

std::string payload(std::string_view repo, std::string_view issue, std::string_view installation,
                    std::string_view prompt) {
  return std::string(R"({"repo":)") + std::string(repo) + R"(,"issue":)" + std::string(issue) + R"(,"installation":)" +
         std::string(installation) + R"(,"prompt":)" + std::string(prompt) + "}";
}

std::string many_zeros() {
  std::string zeros = "0";
  for (int i = 0; i < 20'000; ++i) zeros += ",0";
  return zeros;
}

TEST(JobPayload, reads_what_it_has_written) {
  const JobSpec job{"octo/hello", 7, 3, "Say \"hi\".\n\xC3\xA9"};
  const auto read = decode_job(encode_job(job));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->repo, job.repo);
  EXPECT_EQ(read->issue, job.issue);
  EXPECT_EQ(read->installation, job.installation);
  EXPECT_EQ(read->prompt, job.prompt);
  EXPECT_EQ(read->deadline, std::nullopt);
}

TEST(JobPayload, may_have_a_deadline) {
  const JobSpec job{"octo/hello", 7, 3, "p", std::chrono::milliseconds(90'500)};
  EXPECT_THAT(encode_job(job), testing::HasSubstr(R"("deadline":"90.5s")"));
  const auto read = decode_job(encode_job(job));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->deadline, job.deadline);
}

TEST(JobPayload, is_malformed_where_a_member_is_not_what_it_ought_to_be) {
  struct Case {
    std::string payload;
    const char* says;
  };
  const std::string repo = R"("octo/hello")";
  const std::string prompt = R"("p")";
  const Case cases[] = {
      {"", "cannot be read: it ends within a JSON value"},
      {"[]", "not a JSON object"},
      {"null", "not a JSON object"},
      {R"({"repo":"octo/hello")", "cannot be read: it ends within a JSON value"},
      {payload(repo, "1", "1", prompt) + "x", "cannot be read: it is not JSON (it goes on after its end)"},
      {R"({"repo":[)" + many_zeros() + "]}", "cannot be read: it holds too many values for its length"},
      {payload("7", "1", "1", prompt), "\"repo\""},
      {payload(R"("octo")", "1", "1", prompt), "\"repo\""},
      {payload(R"("octo/hello/x")", "1", "1", prompt), "\"repo\""},
      {payload(R"("octo/..")", "1", "1", prompt), "\"repo\""},
      {payload(R"("../hello")", "1", "1", prompt), "\"repo\""},
      {payload(R"("octo/hello?a=b")", "1", "1", prompt), "\"repo\""},
      {payload(repo, "0", "1", prompt), "\"issue\""},
      {payload(repo, "1", "1", prompt + R"(,"deadline":"0s")"), "\"deadline\""},
      {payload(repo, "1", "1", prompt + R"(,"deadline":"-1s")"), "\"deadline\""},
      {payload(repo, "1", "1", prompt + R"(,"deadline":"soon")"), "\"deadline\""},
      {payload(repo, "1", "1", prompt + R"(,"deadline":60)"), "\"deadline\""},
      {payload(repo, "1", "1", prompt + R"(,"deadline":null)"), "\"deadline\""},
      {payload(repo, "-1", "1", prompt), "\"issue\""},
      {payload(repo, "1.5", "1", prompt), "\"issue\""},
      {payload(repo, "\"1\"", "1", prompt), "\"issue\""},
      {payload(repo, "9223372036854775808", "1", prompt), "\"issue\""},
      {payload(repo, "1", "0", prompt), "\"installation\""},
      {payload(repo, "1", "null", prompt), "\"installation\""},
      {payload(repo, "1", "1", "\"\""), "\"prompt\""},
      {payload(repo, "1", "1", "null"), "\"prompt\""},
      {payload(repo, "1", "1", R"(["p"])"), "\"prompt\""},
  };
  for (const Case& each : cases) {
    const auto read = decode_job(each.payload);
    ASSERT_TRUE(read.has_error()) << each.payload;
    EXPECT_THAT(read.error().message, testing::HasSubstr(each.says)) << each.payload;
  }
}

TEST(JobPayload, is_a_mebibyte_at_most) {
  constexpr std::size_t kMost = 1024 * 1024;
  const std::string around = payload(R"("octo/hello")", "1", "1", "\"\"");
  const auto of_size = [&](std::size_t size) {
    return payload(R"("octo/hello")", "1", "1", '"' + std::string(size - around.size(), 'a') + '"');
  };
  EXPECT_TRUE(decode_job(of_size(kMost)));
  const auto longer = decode_job(of_size(kMost + 1));
  ASSERT_TRUE(longer.has_error());
  EXPECT_EQ(longer.error().message, "the payload is longer than 1 MiB");
}

}  // namespace
}  // namespace core
