// What is known of each operation of each credential, of a bounded number of them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/state.h"
#include "core/time/time.h"

namespace core {

/// A `Known` describes its state. Its is_idle(now) is true while it behaves like a new one; may_be_forgotten(now) is
/// true while the table may erase it to make room for another.
template <class Known>
class PerOperation {
 public:
  /// Stays where it is until it may be forgotten.
  template <class... Arguments>
  Known& of(std::string_view credential, std::string_view api, SteadyTime now, Arguments&&... for_new) {
    const auto found = all_.find(std::pair(credential, api));
    if (found != all_.end()) return found->second;
    if (all_.size() >= kMost)
      std::erase_if(all_, [now](const auto& each) { return each.second.may_be_forgotten(now); });
    return all_.try_emplace(Key(std::string(credential), std::string(api)), std::forward<Arguments>(for_new)...)
        .first->second;
  }

  /// Null where it is not known.
  const Known* find(std::string_view credential, std::string_view api) const {
    const auto found = all_.find(std::pair(credential, api));
    return found == all_.end() ? nullptr : &found->second;
  }

  /// Calls visit(api, known) for each operation of that credential.
  template <class Visitor>
  void for_each_of(std::string_view credential, Visitor visit) const {
    for (auto each = all_.lower_bound(std::pair(credential, std::string_view()));
         each != all_.end() && each->first.first == credential; ++each) {
      visit(std::string_view(each->first.second), each->second);
    }
  }

  /// Calls visit(credential, api, known) for each.
  template <class Visitor>
  void for_each(Visitor visit) const {
    for (const auto& [key, known] : all_) visit(key.first, key.second, known);
  }

  /// Leaves out idle ones, which behave as if they were not there.
  void describe_state(std::string& out, SteadyTime now) const {
    for (const auto& [key, known] : all_) {
      if (known.is_idle(now)) continue;
      append_state(out, key.first);
      append_state(out, key.second);
      known.describe_state(out, now);
    }
  }

 private:
  using Key = std::pair<std::string, std::string>;
  struct Less {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      const std::string_view first_a = a.first, first_b = b.first;
      return first_a != first_b ? first_a < first_b : std::string_view(a.second) < std::string_view(b.second);
    }
  };
  static constexpr std::size_t kMost = 4096;

  std::map<Key, Known, Less> all_;
};

}  // namespace core
