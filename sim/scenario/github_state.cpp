#include <fmt/format.h>

#include "core/json/choice.h"
#include "core/json/object.h"
#include "sim/scenario/types.h"

namespace sim {

namespace {

using namespace core::input;
using fakes::ExistingComments;

/// Bounds on what a few bytes of a file may grow to.
constexpr std::uint64_t kMostComments = 100'000;
constexpr std::uint64_t kLongestComment = 65'536;
constexpr std::uint64_t kMostBytes = 256 * 1024 * 1024;
/// What a comment takes beside its text.
constexpr std::uint64_t kBytesEach = 256;

constexpr Integer kCount{0, kMostComments};

auto count_and_bytes() {
  return object<ExistingComments>([](auto& io, ExistingComments& existing) {
    io.required("count", existing.count, kCount, "How many comments the issue has.");
    io.optional("bytes", existing.bytes, Integer{1, kLongestComment}, "How long each one's text is.");
  });
}

/// A count, or an object with count and bytes.
struct ExistingType {
  bool read(const At& at, ExistingComments& existing) const {
    return at.is(Kind::Object) ? count_and_bytes().read(at, existing) : kCount.read(at, existing.count);
  }
  JsonObject schema(const ExistingComments& existing) const {
    return one_of_schemas({kCount.schema(existing.count), count_and_bytes().schema(existing)});
  }
  std::string file_text(const ExistingComments& existing) const {
    return existing.bytes == 0 ? core::input::file_text(kCount, existing.count) : count_and_bytes().file_text(existing);
  }
};

auto state_type() {
  return object<GitHubStart>([](auto& io, GitHubStart& state) {
    const Text issue{"an issue such as \"octo/hello#7\"", is_issue_name, kIssuePattern};
    io.optional("comments", state.comments, Map{issue, ExistingType{}},
                "Comments of people that are there to begin with, by owner/name#issue: a count, or count and bytes.");
    std::uint64_t bytes = 0;
    for (const auto& [name, existing] : state.comments) bytes += existing.count * (existing.bytes + kBytesEach);
    io.check(bytes <= kMostBytes, "comments", fmt::format("the comments take {} bytes in all", bytes),
             fmt::format("at most {} bytes, each comment counted with {} more than its text", kMostBytes, kBytesEach));
  });
}

}  // namespace

bool GitHubStateType::read(const At& at, GitHubStart& state) const {
  return state_type().read(at, state);
}

JsonObject GitHubStateType::schema(const GitHubStart& state) const {
  return state_type().schema(state);
}

std::string GitHubStateType::file_text(const GitHubStart& state) const {
  return state_type().file_text(state);
}

}  // namespace sim
