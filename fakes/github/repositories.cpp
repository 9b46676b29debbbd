#include "fakes/github/repositories.h"

#include <xxhash.h>

namespace fakes {

std::uint64_t Repositories::id_of(std::string_view name) {
  constexpr std::uint64_t kFirst = 100'000'000;
  return kFirst + XXH3_64bits(name.data(), name.size()) % (9 * kFirst);
}

void Repositories::note(std::string_view asker, std::string_view name) {
  const std::uint64_t id = id_of(name);
  const auto known = last_.find(asker);
  if (known != last_.end() && known->second == id) return;
  if (names_.size() >= kMost || last_.size() >= kMost) {
    names_.clear();
    last_.clear();
    last_.emplace(asker, id);
    names_.emplace(id, name);
    return;
  }
  names_.emplace(id, name);
  if (known != last_.end()) {
    known->second = id;
    return;
  }
  last_.emplace(asker, id);
}

std::string_view Repositories::find(std::uint64_t id, std::string_view asker) const {
  auto named = names_.find(id);
  if (named == names_.end()) {
    const auto last = last_.find(asker);
    if (last == last_.end()) return {};
    named = names_.find(last->second);
  }
  return named == names_.end() ? std::string_view() : std::string_view(named->second);
}

}  // namespace fakes
