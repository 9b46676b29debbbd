#include "core/json/filtered_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <utility>
#include <vector>

#include "core/text/ascii.h"

namespace core {

namespace bj = boost::json;

/// Puts together what the filter keeps. A key waits for its value, whose kind may decide.
class FilteredJson::Tree {
 public:
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  using Code = bj::error_code;
  using Text = bj::string_view;

  explicit Tree(const JsonFilter& filter) : filter_(filter), stack_({}, room_, sizeof room_) {}

  void begin(std::size_t text_bytes, bj::storage_ptr memory) {
    stack_.reset(std::move(memory));
    open_.clear();
    key_.clear();
    left_ = kAlwaysKeptValues + text_bytes / kBytesOfAValue;
    skipped_ = whole_ = 0;
    string_ = String::None;
    too_many_ = false;
  }
  bj::value take() { return stack_.release(); }
  bool too_many() const { return too_many_; }

  // What the parser calls.
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code& code) { return open(true, code); }
  bool on_array_begin(Code& code) { return open(false, code); }
  bool on_object_end(std::size_t, Code&) {
    close([this](std::size_t members) { stack_.push_object(members); });
    return true;
  }
  bool on_array_end(std::size_t, Code&) {
    close([this](std::size_t items) { stack_.push_array(items); });
    return true;
  }
  bool on_key_part(Text part, std::size_t, Code&) {
    if (skipped_ == 0) key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text part, std::size_t bytes, Code& code) { return on_key_part(part, bytes, code); }
  bool on_string_part(Text part, std::size_t, Code& code) {
    if (string_ == String::None && !begin_string(code)) return false;
    if (string_ == String::Kept) stack_.push_chars(part);
    return true;
  }
  bool on_string(Text part, std::size_t, Code& code) {
    if (string_ == String::None && !begin_string(code)) return false;
    if (std::exchange(string_, String::None) == String::Kept) stack_.push_string(part);
    return true;
  }
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(std::int64_t number, Text, Code& code) {
    return scalar(code, [&] { stack_.push_int64(number); });
  }
  bool on_uint64(std::uint64_t number, Text, Code& code) {
    return scalar(code, [&] { stack_.push_uint64(number); });
  }
  bool on_double(double number, Text, Code& code) {
    return scalar(code, [&] { stack_.push_double(number); });
  }
  bool on_bool(bool value, Code& code) {
    return scalar(code, [&] { stack_.push_bool(value); });
  }
  bool on_null(Code& code) {
    return scalar(code, [&] { stack_.push_null(); });
  }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

 private:
  enum class String : std::uint8_t { None, Kept, LeftOut };
  struct Open {
    bool is_object;
    std::size_t kept = 0;
  };

  static bool is_in(std::span<const std::string_view> keys, std::string_view key) {
    return std::ranges::find(keys, key) != keys.end();
  }

  /// Of the value that comes next: whether what is in it is kept, where it is an array or an object.
  bool keeps_contents() const {
    if (open_.empty() || !open_.back().is_object || whole_ > 0) return true;
    return is_in(filter_.keys, key_) || is_in(filter_.whole, key_);
  }
  bool keeps() const { return skipped_ == 0 && (filter_.scalars == JsonFilter::Scalars::All || keeps_contents()); }

  /// Counts a value that is kept, with its key.
  bool keep(Code& code) {
    const std::size_t count = !open_.empty() && open_.back().is_object ? 2 : 1;
    if (left_ < count) {
      too_many_ = true;
      code = bj::make_error_code(bj::error::array_too_large);
      return false;
    }
    left_ -= count;
    if (open_.empty()) return true;
    ++open_.back().kept;
    if (open_.back().is_object) {
      stack_.push_key({key_.data(), key_.size()});
      key_.clear();
    }
    return true;
  }

  template <class Push>
  bool scalar(Code& code, Push push) {
    if (!keeps()) return leave_out();
    if (!keep(code)) return false;
    push();
    return true;
  }

  bool leave_out() {
    if (skipped_ == 0) key_.clear();
    return true;
  }

  bool begin_string(Code& code) {
    string_ = keeps() ? String::Kept : String::LeftOut;
    return string_ == String::Kept ? keep(code) : leave_out();
  }

  bool open(bool is_object, Code& code) {
    if (!keeps()) {
      leave_out();
      ++skipped_;
      return true;
    }
    const bool is_empty = !keeps_contents();
    const bool is_whole = whole_ > 0 || (open_.empty() && filter_.root == JsonFilter::Root::Whole) ||
                          (!open_.empty() && open_.back().is_object && is_in(filter_.whole, key_));
    if (!keep(code)) return false;
    if (is_empty) {
      if (is_object) {
        stack_.push_object(0);
      } else {
        stack_.push_array(0);
      }
      ++skipped_;
      return true;
    }
    if (is_whole) ++whole_;
    open_.push_back({.is_object = is_object});
    return true;
  }

  template <class Push>
  void close(Push push) {
    if (skipped_ > 0) {
      --skipped_;
      return;
    }
    push(open_.back().kept);
    open_.pop_back();
    if (whole_ > 0) --whole_;
  }

  const JsonFilter filter_;
  unsigned char room_[1024];  ///< Enough for an ordinary answer.
  bj::value_stack stack_;
  std::vector<Open> open_;               ///< Kept arrays and objects around the place.
  std::string key_;                      ///< Of the member whose value comes next.
  std::size_t left_ = 0;                 ///< Values and keys that may still be kept.
  std::size_t skipped_ = 0, whole_ = 0;  ///< How deep the place is in what is left out, and in what is kept as a whole.
  String string_ = String::None;
  bool too_many_ = false;
};

FilteredJson::FilteredJson(const JsonFilter& filter, const bj::parse_options& options)
    : parser_(std::make_unique<bj::basic_parser<Tree>>(options, filter)) {}

FilteredJson::~FilteredJson() = default;

FilteredJson::Result FilteredJson::read_front(std::string_view text, std::size_t& length, bj::storage_ptr memory) {
  parser_->reset();
  parser_->handler().begin(text.size(), std::move(memory));
  boost::system::error_code error;
  length = parser_->write_some(false, text.data(), text.size(), error);
  if (parser_->handler().too_many()) return Error{Problem::TooManyValues, {}};
  if (error == bj::error::incomplete) return Error{Problem::EndsEarly, {}};
  if (error) return Error{Problem::NotJson, error.message()};
  return parser_->handler().take();
}

FilteredJson::Result parse_filtered(std::string_view text, const JsonFilter& filter, bj::storage_ptr memory) {
  FilteredJson json(filter);
  std::size_t length = 0;
  FilteredJson::Result result = json.read_front(text, length, std::move(memory));
  if (result && text.find_first_not_of(kWhiteSpace, length) != std::string_view::npos) {
    return FilteredJson::Error{FilteredJson::Problem::NotJson, "it goes on after its end"};
  }
  return result;
}

std::string to_text(const FilteredJson::Error& error) {
  switch (error.problem) {
    case FilteredJson::Problem::EndsEarly:
      return "it ends within a JSON value";
    case FilteredJson::Problem::NotJson:
      return fmt::format("it is not JSON ({})", error.text);
    case FilteredJson::Problem::TooManyValues:
      break;
  }
  return "it holds too many values for its length";
}

}  // namespace core
