// A hash of the fake Redis, beside a model: small ones lie in one block, large ones in a table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/random/random.h"
#include "fakes/redis/hash.h"

namespace tests {
namespace {

using fakes::redis::Hash;
using Fields = std::vector<std::pair<std::string, std::string>>;  // In the order of insertion.

Fields fields_of(const Hash& hash) {
  Fields fields;
  hash.for_each([&](std::string_view field, std::string_view value) { fields.emplace_back(field, value); });
  return fields;
}

/// What a scan in steps of that many sees.
Fields scanned(const Hash& hash, std::size_t count) {
  Fields fields;
  std::uint64_t cursor = 0;
  do {
    cursor = hash.scan(cursor, count,
                       [&](std::string_view field, std::string_view value) { fields.emplace_back(field, value); });
  } while (cursor != 0);
  return fields;
}

Fields sorted(Fields fields) {
  // total order: no field comes twice
  std::sort(fields.begin(), fields.end());
  return fields;
}

void expect_same(const Hash& hash, const Fields& model, bool in_order) {
  ASSERT_EQ(hash.size(), model.size());
  EXPECT_EQ(hash.empty(), model.empty());
  const Fields fields = fields_of(hash);
  if (in_order) {
    EXPECT_EQ(fields, model);
  }
  EXPECT_EQ(sorted(fields), sorted(model));
  EXPECT_EQ(scanned(hash, 7), fields);
  for (std::size_t i = 0; i < fields.size(); ++i) ASSERT_EQ(hash.field_at(i), fields[i].first);
  for (const auto& [field, value] : model) ASSERT_EQ(hash.find(field), value);
}

class FakeRedisHash : public testing::TestWithParam<std::uint64_t> {};

/// With so many fields to choose from; lengths on both sides of what one byte tells.
TEST_P(FakeRedisHash, holds_what_a_map_would_whatever_is_set_and_erased) {
  const core::Random random(GetParam());
  std::uint64_t draws = 0;
  constexpr std::size_t kLengths[] = {0, 1, 15, 40, 254, 255, 256, 70'000};
  Hash hash;
  Fields model;
  bool was_large = false;
  for (int step = 0; step < 3000; ++step) {
    const std::string field(kLengths[random.between(1, 6, draws++)], 'f');
    const std::string name = field + std::to_string(random.between(1, GetParam(), draws++));
    const auto known = std::find_if(model.begin(), model.end(), [&](const auto& each) { return each.first == name; });
    if (random.between(0, 9, draws++) < (step < 2000 ? 7U : 2U)) {
      const std::size_t most = step % 50 == 0 ? 7 : 6;
      const std::string value(kLengths[random.between(0, most, draws++)], static_cast<char>('a' + step % 26));
      EXPECT_EQ(hash.set(name, value), known == model.end());
      if (known == model.end()) {
        model.emplace_back(name, value);
      } else {
        known->second = value;
      }
    } else {
      EXPECT_EQ(hash.erase(name), known != model.end());
      if (known != model.end()) model.erase(known);
    }
    // Once large, it stays so until it is empty.
    was_large = !model.empty() && (was_large || model.size() > Hash::kSmallSize);
    ASSERT_EQ(hash.is_small(), !was_large) << step;
    if (step % 20 == 0) expect_same(hash, model, !was_large);
  }
  expect_same(hash, model, !was_large);
}

INSTANTIATE_TEST_SUITE_P(Fields, FakeRedisHash, testing::Values(3, 30, 400));

TEST(FakeRedisHashCopy, is_another_hash) {
  for (const std::size_t count : {std::size_t{3}, Hash::kSmallSize + 1}) {
    Hash hash;
    for (std::size_t i = 0; i < count; ++i) hash.set(std::to_string(i), "old");
    const Hash copy = hash;
    hash.set("0", "new");
    hash.erase("1");
    EXPECT_EQ(copy.size(), count);
    EXPECT_EQ(copy.find("0"), "old");
    EXPECT_EQ(copy.find("1"), "old");
    Hash taken = std::move(hash);
    EXPECT_EQ(taken.find("0"), "new");
    taken = copy;
    EXPECT_EQ(fields_of(taken), fields_of(copy));
  }
}

}  // namespace
}  // namespace tests
