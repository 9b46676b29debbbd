#include "core/queue/wake_up.h"

#include <gtest/gtest.h>

#include <string>

namespace core {
namespace {

using namespace std::chrono_literals;
using Kind = WakeUp::Kind;

struct Row {
  const char* name;
  const char* message;
  Kind kind;
  Duration in;
};

TEST(WakeUpMessages, count_microseconds) {
  EXPECT_EQ(parse_wake_up("guard 500000").in, 500ms);
}

class WakeUpMessage : public testing::TestWithParam<Row> {};

TEST_P(WakeUpMessage, is_read) {
  const WakeUp read = parse_wake_up(GetParam().message);
  EXPECT_EQ(read.kind, GetParam().kind);
  EXPECT_EQ(read.in, GetParam().in);
}

constexpr Duration kNever = Duration::max();
INSTANTIATE_TEST_SUITE_P(
    All, WakeUpMessage,
    testing::Values(Row{"now", "now", Kind::Look, kNever}, Row{"guard", "guard 500000", Kind::Guard, 500ms},
                    Row{"due", "due 30000000", Kind::Due, 30s}, Row{"due_at_once", "due 0", Kind::Due, 0s},
                    Row{"nothing_is_due", "due -1", Kind::Due, kNever}, Row{"taken", "taken 1", Kind::Taken, 1us},
                    Row{"taken_and_nothing_is_due", "taken -1", Kind::Taken, kNever},
                    Row{"of_a_later_version", "later 5", Kind::Look, kNever},
                    Row{"of_an_older_version", "ready", Kind::Look, kNever}, Row{"empty", "", Kind::Look, kNever},
                    Row{"no_number", "due", Kind::Look, kNever}, Row{"an_empty_number", "due ", Kind::Look, kNever},
                    Row{"a_fraction", "due 1.5", Kind::Look, kNever},
                    Row{"less_than_never", "due -2", Kind::Look, kNever},
                    Row{"centuries", "due 9223372036854775807", Kind::Due, kNever},
                    Row{"more_than_a_number_holds", "due 9223372036854775808", Kind::Look, kNever},
                    Row{"two_numbers", "due 1 2", Kind::Look, kNever}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace core
