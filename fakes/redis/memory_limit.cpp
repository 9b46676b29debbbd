#include "fakes/redis/memory_limit.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <type_traits>
#include <variant>

namespace fakes::redis {

namespace {

constexpr std::size_t kBytesOfPart = 64;  // What an element takes beside its text, about.
constexpr std::size_t kPartsPaidByCommand = 64;

struct Size {
  std::size_t bytes = 0, parts = 0;

  void add(std::size_t text) {
    bytes += text + kBytesOfPart;
    ++parts;
  }
};

void measure(const Value& value, Size& size) {
  std::visit(
      [&size](const auto& held) {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::string>) {
          size.add(held.size());
        } else if constexpr (std::is_same_v<T, List>) {
          for (const std::string& text : held) size.add(text.size());
        } else if constexpr (std::is_same_v<T, Hash>) {
          held.for_each([&size](std::string_view key, std::string_view text) { size.add(key.size() + text.size()); });
        } else if constexpr (std::is_same_v<T, Set>) {
          held.for_each([&size](std::string_view key, const Nothing&) { size.add(key.size()); });
        } else if constexpr (std::is_same_v<T, SortedSet>) {
          held.for_ranks(0, held.size(), false, [&size](const auto& item) { size.add(item.member->size()); });
        } else {
          for (const auto& [id, fields] : held.entries()) {
            for (const std::string& text : fields) size.add(text.size());
          }
        }
      },
      value);
}

Size size_of(const Keyspace& keyspace) {
  Size size;
  for (int i = 0; i < Keyspace::kDatabases; ++i) {
    for (const auto& [key, object] : keyspace.database(i)) {
      size.add(key.text.size());
      measure(object.value, size);
    }
  }
  return size;
}

/// Commands that make more of what is there already, no more than the keys named hold.
bool is_made_of_keys(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {"copy",       "sdiffstore",  "sinterstore", "sunionstore",
                                                      "zdiffstore", "zinterstore", "zunionstore", "zrangestore"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

/// At most.
std::size_t added_by(const Call& call, const CommandSpec& spec) {
  Size size;
  for (const std::string& argument : call.arguments) size.add(argument.size());
  if (spec.name == "setrange" && call.size() > 2) {
    // One that is beyond all bounds the command refuses itself.
    constexpr std::int64_t kMost = 512LL * 1024 * 1024;
    const std::int64_t offset = call.integer(2);
    if (offset > 0 && offset < kMost) size.bytes += static_cast<std::size_t>(offset);
  }
  if (!is_made_of_keys(spec.name)) return size.bytes;
  for (std::size_t i = 1; i < call.size(); ++i) {
    if (const Object* object = call.find(call[i])) measure(object->value, size);
  }
  return size.bytes;
}

}  // namespace

/// Measuring takes the longer the more there is. It is worth its time where much has come since the last time, or as
/// many commands as it takes.
bool MemoryLimit::may_measure() const {
  return most_ - measured_ >= limit_ / 8 || paid_for_ >= measured_parts_;
}

bool MemoryLimit::admits(const Call& call, const CommandSpec& spec, const Keyspace& keyspace) {
  if (limit_ == SIZE_MAX) return true;
  paid_for_ += kPartsPaidByCommand;
  const std::size_t added = added_by(call, spec);
  if (most_ + added > limit_ && may_measure()) {
    const Size size = size_of(keyspace);
    most_ = measured_ = size.bytes;
    measured_parts_ = size.parts;
    paid_for_ = 0;
  }
  if (most_ + added > limit_) return false;
  most_ += added;
  return true;
}

}  // namespace fakes::redis
