// The map that the fake Redis keeps its keys in, beside one of the standard library.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/random/random.h"
#include "fakes/redis/hash_ordered.h"

namespace tests {
namespace {

using fakes::redis::HashOrdered;
using fakes::redis::KeyView;
using Model = std::map<std::pair<std::uint64_t, std::string>, int>;

constexpr std::uint64_t kLastHash = (std::uint64_t{1} << 63) - 1;

/// A key whose hash is made up.
KeyView key_of(const std::pair<std::uint64_t, std::string>& key) {
  KeyView view(key.second);
  view.hash = key.first;
  return view;
}

Model contents(const HashOrdered<int>& map) {
  Model all;
  std::vector<std::pair<std::uint64_t, std::string>> order;
  for (const auto& [key, value] : map) {
    order.emplace_back(key.hash, key.text);
    all.emplace(order.back(), value);
  }
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(order.size(), map.size());
  return all;
}

/// Hashes as they come, all in a few places, all but equal, and at the ends.
std::uint64_t some_hash(std::uint64_t kind, std::uint64_t number) {
  switch (kind) {
    case 0:
      return KeyView(std::to_string(number)).hash;
    case 1:
      return (number % 3) << 61 | number % 7;
    case 2:
      return number % 2;
    default:
      return kLastHash - number % 5;
  }
}

class HashOrderedKinds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(HashOrderedKinds, is_an_ordered_map_whatever_is_put_in_and_taken_out) {
  const core::Random random(GetParam());
  std::uint64_t draws = 0;
  HashOrdered<int> map;
  Model model;
  for (int step = 0; step < 6000; ++step) {
    const std::uint64_t number = random.between(0, 400, draws++);
    const std::pair key(some_hash(GetParam(), number), fmt::format("a key of some length, {}", number));
    // It grows, and then shrinks to nothing.
    const bool wants_it = random.between(0, 9, draws++) < (step < 3000 ? 7U : 2U);
    if (wants_it && !model.contains(key)) {
      EXPECT_EQ(map.insert(key_of(key), step).second, step);
      model.emplace(key, step);
    } else if (!wants_it) {
      EXPECT_EQ(map.erase(key_of(key)), model.erase(key) == 1);
    }
    const auto* found = map.find(key_of(key));
    ASSERT_EQ(found != nullptr, model.contains(key));
    if (found != nullptr) {
      EXPECT_EQ(found->second, model.at(key));
    }
    const std::uint64_t cursor = some_hash(GetParam(), random.between(0, 400, draws++)) + 1;
    const auto at = map.lower_bound(cursor);
    const auto expected = model.lower_bound({cursor, ""});
    ASSERT_EQ(at == map.end(), expected == model.end());
    if (at != map.end()) {
      EXPECT_EQ(at->first.text, std::string_view(expected->first.second));
    }
    if (step % 100 == 0) {
      ASSERT_EQ(contents(map), model);
    }
  }
  EXPECT_EQ(contents(map), model);
}

INSTANTIATE_TEST_SUITE_P(Hashes, HashOrderedKinds, testing::Values(0, 1, 2, 3));

TEST(HashOrdered, entries_stay_where_they_are_and_copies_are_their_own) {
  HashOrdered<int> map;
  const auto* first = &map.insert(KeyView("first"), 1);
  for (int i = 0; i < 1000; ++i) map.insert(KeyView(std::to_string(i)), i);
  EXPECT_EQ(map.find(KeyView("first")), first);
  HashOrdered<int> copy = map;
  EXPECT_EQ(contents(copy), contents(map));
  copy.find(KeyView("first"))->second = 2;
  copy.erase(KeyView("7"));
  EXPECT_EQ(first->second, 1);
  EXPECT_NE(map.find(KeyView("7")), nullptr);
  const HashOrdered<int> taken = std::move(map);
  EXPECT_EQ(taken.find(KeyView("first")), first);
  EXPECT_EQ(taken.size(), 1001U);
  // By the entry's own text, which goes with it.
  EXPECT_TRUE(copy.erase(KeyView(copy.find(KeyView("first"))->first.text)));
  copy = HashOrdered<int>();
  EXPECT_EQ(copy.begin(), copy.end());
  EXPECT_EQ(copy.find(KeyView("8")), nullptr);
  EXPECT_EQ(copy.lower_bound(0), copy.end());
}

TEST(HashOrdered, keys_that_all_hash_alike_are_let_go_of_without_a_deep_stack) {
  HashOrdered<int> map;
  // From the last to the first: each goes to the front of the chain.
  for (int i = 600'000; i > 0; --i) map.insert(key_of({7, fmt::format("{:06}", i)}), i);
  EXPECT_EQ(map.size(), 600'000U);
  EXPECT_EQ(map.begin()->second, 1);
}

}  // namespace
}  // namespace tests
