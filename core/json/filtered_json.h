// JSON from outside as a tree of the parts that its reader asks for. What is left out takes no memory, and what is kept
// is bounded by the length of the text: 8 MB of [0,0,0,...] would be 200 MB of tree. Nobody's honest answer meets the
// bound: it is 16,384 values and keys, and one more for each 16 bytes.
#pragma once

#include <boost/json/basic_parser.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/value.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace core {

/// Which members of objects are kept, by their keys, at any depth. An array that is kept keeps all its items.
struct JsonFilter {
  enum class Scalars : std::uint8_t { All, OfKeys };
  enum class Root : std::uint8_t { Filtered, Whole };

  std::span<const std::string_view> keys;        ///< Kept, whatever kind their values have.
  std::span<const std::string_view> whole = {};  ///< With all that is in them.
  Root root = Root::Filtered;                    ///< Whole: all is kept.
  Scalars scalars = Scalars::OfKeys;  ///< All: texts, numbers, booleans and nulls of other keys are kept, too, and
                                      ///< empty arrays and objects stand for those of other keys.
};

inline constexpr std::size_t kAlwaysKeptValues = 16'384;
inline constexpr std::size_t kBytesOfAValue = 16;

/// May be used again and again.
class FilteredJson {
 public:
  enum class Problem : std::uint8_t { EndsEarly, NotJson, TooManyValues };
  struct Error {
    Problem problem;
    std::string text;  ///< Of NotJson: what the parser says.
  };
  using Result = boost::system::result<boost::json::value, Error>;

  /// What `filter` refers to outlives this.
  explicit FilteredJson(const JsonFilter& filter, const boost::json::parse_options& options = {});
  ~FilteredJson();
  FilteredJson(const FilteredJson&) = delete;
  FilteredJson& operator=(const FilteredJson&) = delete;

  /// The value that `text` begins with, in `memory`, and in `length` how many bytes of `text` it is.
  Result read_front(std::string_view text, std::size_t& length, boost::json::storage_ptr memory = {});

 private:
  class Tree;
  std::unique_ptr<boost::json::basic_parser<Tree>> parser_;
};

/// The value that `text` is, with nothing but white space around it.
FilteredJson::Result parse_filtered(std::string_view text, const JsonFilter& filter,
                                    boost::json::storage_ptr memory = {});

/// For people.
std::string to_text(const FilteredJson::Error& error);

}  // namespace core
