// Reading a document into values: where one stands (At) and what has been found wrong so far (Report). Errors are
// collected, not thrown, so that a person sees all of a file's faults at once; their number is bounded.
//
// A *type* says what a value may be. It is any class with
//   bool read(const At&, T& value) const              false when it has reported an error
//   boost::json::object schema(const T& value) const  its JSON Schema; `value` is the default
//   boost::json::value write(const T& value) const    only where values are written too
// Scalar types are in types.h; objects, lists and choices, which are made of other types, in object.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/document.h"
#include "core/json/input_error.h"

namespace core::input {

using core::nearest_name;
using core::quoted;

/// All that was found in one file, or in several that are read as one (Node::layer). Beyond kMaxReported errors, and as
/// many warnings, only the number is kept.
class Report {
 public:
  static constexpr std::size_t kMaxReported = 20;

  explicit Report(std::string file) : file_(std::move(file)) {}
  /// `all` stands for what is not in one of the files alone.
  Report(std::string all, std::vector<std::string> layers) : file_(std::move(all)), layers_(std::move(layers)) {}

  bool ok() const { return error_count_ == 0; }
  std::size_t error_count() const { return error_count_; }
  void add_error(InputError error);
  void add_warning(InputError warning);

  /// What errors call the file that the node is in.
  const std::string& file_of(const Node& node) const {
    return node.layer < layers_.size() ? layers_[node.layer] : file_;
  }

  /// By line; the last says how many there are that are not listed.
  std::vector<InputError> take_errors();
  std::vector<InputError> take_warnings();

 private:
  std::string file_;
  std::vector<std::string> layers_;
  std::vector<InputError> errors_;
  std::vector<InputError> warnings_;
  std::size_t error_count_ = 0;
  std::size_t warning_count_ = 0;
};

/// A node, the way to it and the report. It refers to the At that it came from, which must outlive it.
class At {
 public:
  At(const Node& node, Report& report) : node_(&node), report_(&report) {}

  const Node& node() const { return *node_; }
  Report& report() const { return *report_; }
  bool is(Kind kind) const { return node_->kind == kind; }
  At member(const Node& child) const { return {child, *this, 0}; }
  At item(std::size_t index) const { return {node_->children[index], *this, index}; }
  /// The same place, where something else is accepted too: expected() says so. `also` outlives the result.
  At also_accepting(std::string_view also) const {
    At at = *this;
    at.also_ = also;
    return at;
  }
  std::string pointer() const;

  // All of these report and return false.

  /// "found 5" or the like, and what is accepted instead.
  bool expected(std::string_view accepted, std::string_view suggestion = {}) const;
  /// As expected() where a string would be of the wrong kind; only the kind is shown.
  bool wrong_kind(std::string_view accepted) const;
  /// As expected() for a value that is not to be shown, because it may hold a secret.
  bool expected_secret(std::string_view accepted) const;
  /// A string that is none of `names`.
  bool expected_one_of(std::span<const std::string_view> names) const;
  /// A key that is none of `names`, which are those of `owner`, where that has a name.
  bool unknown_key(std::span<const std::string_view> names, std::string_view owner = {}) const;
  bool error(std::string_view found, std::string_view accepted = {}, std::string_view suggestion = {}) const;

  void warning(std::string_view text) const;

 private:
  At(const Node& node, const At& parent, std::size_t index)
      : node_(&node), parent_(&parent), index_(index), report_(parent.report_) {}
  InputError here() const;
  std::uint32_t line() const;

  const Node* node_;
  const At* parent_ = nullptr;
  std::size_t index_ = 0;
  Report* report_;
  std::string_view also_ = {};
};

/// "a, b, c".
std::string joined(std::span<const std::string_view> names);

}  // namespace core::input
