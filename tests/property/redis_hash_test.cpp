// The fake Redis' hash against a model of it: a list of pairs in the order of insertion, as long as the hash is small.
#include <gtest/gtest.h>
// rapidcheck's own header wants gtest first.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fakes/redis/hash.h"

namespace fakes::redis {
namespace {

using Model = std::vector<std::pair<std::string, std::string>>;

Model::iterator place_in(Model& model, const std::string& field) {
  return std::ranges::find(model, field, &Model::value_type::first);
}

Model contents_of(const Hash& hash) {
  Model contents;
  hash.for_each([&](std::string_view field, std::string_view value) { contents.emplace_back(field, value); });
  return contents;
}

Model sorted(Model model) {
  std::ranges::sort(model);  // total order: no two have the same field
  return model;
}

void check(const Hash& hash, const Model& model) {
  RC_ASSERT(hash.size() == model.size());
  const Model contents = contents_of(hash);
  const bool is_as_expected = hash.is_small() ? contents == model : sorted(contents) == sorted(model);
  RC_ASSERT(is_as_expected);
  for (std::size_t i = 0; i < contents.size(); ++i) RC_ASSERT(hash.field_at(i) == contents[i].first);
  Model scanned;
  std::uint64_t cursor = 0;
  do {
    cursor = hash.scan(cursor, 10,
                       [&](std::string_view field, std::string_view value) { scanned.emplace_back(field, value); });
  } while (cursor != 0);
  RC_ASSERT(sorted(scanned) == sorted(model));
}

RC_GTEST_PROP(RedisHash, holds_to_a_model, ()) {
  Hash hash;
  Model model;
  // Some have more fields than a small one, so that it becomes a large one.
  const int fields = *rc::gen::element(3, 20, 200);
  const int steps = *rc::gen::element(10, 100, 400);
  for (int i = 0; i < steps; ++i) {
    const std::string field = "field-" + std::to_string(*rc::gen::inRange(0, fields));
    const auto known = place_in(model, field);
    if (*rc::gen::inRange(0, 4) == 0) {
      RC_ASSERT(hash.erase(field) == (known != model.end()));
      if (known != model.end()) model.erase(known);
    } else {
      const std::string value(*rc::gen::inRange<std::size_t>(0, 40), static_cast<char>('a' + i % 26));
      RC_ASSERT(hash.set(field, value) == (known == model.end()));
      if (known != model.end()) {
        known->second = value;
      } else {
        model.emplace_back(field, value);
      }
      RC_ASSERT(hash.find(field) == std::string_view(value));
    }
    RC_ASSERT(hash.contains("field-0") == (place_in(model, "field-0") != model.end()));
  }
  check(hash, model);
  const Hash copy = hash;
  check(copy, model);
}

}  // namespace
}  // namespace fakes::redis
