#include "fakes/redis/memory_limit.h"

#include <algorithm>
#include <array>
#include <string_view>
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

void measure(const std::string& text, Size& size) {
  size.add(text.size());
}
void measure(const List& list, Size& size) {
  for (const std::string& text : list) size.add(text.size());
}
void measure(const Hash& hash, Size& size) {
  hash.for_each([&size](std::string_view field, std::string_view text) { size.add(field.size() + text.size()); });
}
void measure(const Set& set, Size& size) {
  set.for_each([&size](std::string_view member, const Nothing&) { size.add(member.size()); });
}
void measure(const SortedSet& set, Size& size) {
  set.for_ranks(0, set.size(), false, [&size](const auto& item) { size.add(item.member->size()); });
}
void measure(const Stream& stream, Size& size) {
  for (const auto& [id, fields] : stream.entries()) {
    for (const std::string& text : fields) size.add(text.size());
  }
}
template <class T>
void measure(const Boxed<T>& boxed, Size& size) {
  measure(*boxed, size);
}
void measure(const Object& object, Size& size) {
  std::visit([&size](const auto& kept) { measure(kept, size); }, object.value);
}

Size size_of(const Keyspace& keyspace) {
  Size size;
  for (int i = 0; i < Keyspace::kDatabases; ++i) {
    for (const auto& [key, object] : keyspace.database(i)) {
      size.add(key.text.size());
      measure(object, size);
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
    if (const Object* object = call.find(call[i])) measure(*object, size);
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
