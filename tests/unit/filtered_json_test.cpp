// What a filter keeps of a JSON text, and how much of it.
#include "core/json/filtered_json.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

namespace core {
namespace {

constexpr std::array<std::string_view, 3> kKeys = {"id", "user", "items"};
constexpr std::array<std::string_view, 1> kWhole = {"error"};
constexpr JsonFilter kOfKeys{.keys = kKeys, .whole = kWhole};
constexpr JsonFilter kAllScalars{.keys = kKeys, .whole = kWhole, .scalars = JsonFilter::Scalars::All};
constexpr JsonFilter kAll{.root = JsonFilter::Root::Whole};

/// What is kept, or why nothing is.
std::string kept(std::string_view text, const JsonFilter& filter = kOfKeys) {
  const auto value = parse_filtered(text, filter);
  return value ? boost::json::serialize(*value) : to_text(value.error());
}

TEST(FilteredJson, keeps_members_by_their_keys_at_any_depth) {
  EXPECT_EQ(kept(R"({"id":1,"x":2,"user":{"id":"a","x":[{"id":1}]},"y":{"id":3}})"), R"({"id":1,"user":{"id":"a"}})");
  EXPECT_EQ(kept(R"([{"id":1},{"x":[1,[2,{"id":3}]],"id":null},4,"five",[6,{"id":true,"x":0}]])"),
            R"([{"id":1},{"id":null},4,"five",[6,{"id":true}]])");
  EXPECT_EQ(kept(R"({"items":[{"items":[[],{}],"x":""}]})"), R"({"items":[{"items":[[],{}]}]})");
  EXPECT_EQ(kept(R"({"id":1,"id":[2],"x":3})"), R"({"id":[2]})") << "as in every reader, the last one counts";
}

TEST(FilteredJson, keeps_some_members_whole) {
  EXPECT_EQ(kept(R"({"error":{"x":[{"y":1}],"z":{"id":2}},"x":{"error":1},"id":3})"),
            R"({"error":{"x":[{"y":1}],"z":{"id":2}},"id":3})");
}

TEST(FilteredJson, keeps_the_kinds_of_others_where_it_is_asked_to) {
  EXPECT_EQ(kept(R"({"x":1,"y":[2,{"id":3}],"z":{"id":4},"user":{"a":"b","c":[]},"items":[[{"q":[7]}]]})", kAllScalars),
            R"({"x":1,"y":[],"z":{},"user":{"a":"b","c":[]},"items":[[{"q":[]}]]})");
}

TEST(FilteredJson, reads_texts_and_keys_with_escapes_whole) {
  EXPECT_EQ(kept(R"({"\u0069d":"a\nb\u00e4\ud83d\ude00","x\ny":"\u0041","user":{"i\u0064":-1.5}})"),
            "{\"id\":\"a\\nb\u00e4\U0001f600\",\"user\":{\"id\":-1.5E0}}");
}

TEST(FilteredJson, keeps_everything_where_the_root_is_whole) {
  const std::string text = R"({"a":[1,{"b":[null,true,"c"]},[]],"d":{"e":{},"f":18446744073709551615}})";
  EXPECT_EQ(kept(text, kAll), text);
}

TEST(FilteredJson, says_why_a_text_is_not_read) {
  EXPECT_EQ(kept(""), "it ends within a JSON value");
  EXPECT_EQ(kept(R"({"id":[1,)"), "it ends within a JSON value");
  EXPECT_EQ(kept(R"({"x":[1,)"), "it ends within a JSON value");
  EXPECT_EQ(kept(R"({"x":[1,}])"), "it is not JSON (syntax error)") << "what is left out is JSON, too";
  EXPECT_EQ(kept("{} {}"), "it is not JSON (it goes on after its end)");
  EXPECT_EQ(kept(" {} \n"), "{}");
}

TEST(FilteredJson, keeps_no_more_values_than_the_text_is_long) {
  const auto of_zeros = [](std::size_t count) {
    std::string text = "[0";
    for (std::size_t i = 1; i < count; ++i) text += ",0";
    return text + "]";
  };
  // The array itself is one, too.
  const std::size_t most = kAlwaysKeptValues * kBytesOfAValue / (kBytesOfAValue - 2);
  EXPECT_EQ(kept(of_zeros(most - 10)), of_zeros(most - 10));
  EXPECT_EQ(kept(of_zeros(most + 10)), "it holds too many values for its length");
  EXPECT_EQ(kept("{\"x\":" + of_zeros(1'000'000) + "}"), "{}") << "what is left out counts for nothing";
  EXPECT_EQ(kept("{\"error\":" + of_zeros(1'000'000) + "}"), "it holds too many values for its length");
}

TEST(FilteredJson, is_used_again_after_any_text) {
  FilteredJson json(kOfKeys);
  std::size_t length = 0;
  for (const char* before : {R"({"x":[[{"id":)", R"({"error":{"a":[)", R"({"id":"half)", R"([1,])"}) {
    EXPECT_FALSE(json.read_front(before, length));
    const auto value = json.read_front(R"({"id":1,"x":2}{"id":3})", length);
    ASSERT_TRUE(value);
    EXPECT_EQ(boost::json::serialize(*value), R"({"id":1})");
    EXPECT_EQ(length, 14U);
  }
}

}  // namespace
}  // namespace core
