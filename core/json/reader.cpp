#include "core/json/reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace core::input {

namespace {

/// Keeps the list by line; of one line in the order of coming.
void insert_by_line(std::vector<InputError>& list, InputError error) {
  const auto place = std::upper_bound(list.begin(), list.end(), error.line,
                                      [](std::uint32_t line, const InputError& each) { return line < each.line; });
  list.insert(place, std::move(error));
}

std::vector<InputError> with_rest(std::vector<InputError> list, std::size_t count, const std::string& file,
                                  std::string_view what) {
  if (count > list.size()) {
    list.push_back({.file = file, .found = fmt::format("{} more {}", count - list.size(), what)});
  }
  return list;
}

std::string kind_name(Kind kind) {
  switch (kind) {
    case Kind::Null:
      return "null";
    case Kind::Boolean:
      return "a boolean";
    case Kind::Number:
      return "a number";
    case Kind::String:
      return "a string";
    case Kind::Array:
      return "an array";
    case Kind::Object:
      return "an object";
  }
  return {};
}

/// Keys beyond this many are not listed and not compared with.
constexpr std::size_t kMaxListed = 1'000;

}  // namespace

void Report::add_error(InputError error) {
  if (error.file.empty()) error.file = file_;
  if (++error_count_ <= kMaxReported) insert_by_line(errors_, std::move(error));
}

void Report::add_warning(InputError warning) {
  if (warning.file.empty()) warning.file = file_;
  if (++warning_count_ <= kMaxReported) insert_by_line(warnings_, std::move(warning));
}

std::vector<InputError> Report::take_errors() {
  return with_rest(std::move(errors_), error_count_, file_, "errors");
}

std::vector<InputError> Report::take_warnings() {
  return with_rest(std::move(warnings_), warning_count_, file_, "warnings");
}

std::string At::pointer() const {
  if (parent_ == nullptr) return {};
  const std::string parent = parent_->pointer();
  return parent_->is(Kind::Array) ? pointer_to_item(parent, index_) : pointer_to_member(parent, node_->key);
}

std::uint32_t At::line() const {
  return node_->line;
}

InputError At::here() const {
  return {.file = report_->file_of(*node_), .line = line(), .pointer = pointer()};
}

bool At::error(std::string_view found, std::string_view accepted, std::string_view suggestion) const {
  InputError error;
  if (report_->error_count() < Report::kMaxReported) {
    error = here();
    error.found = found;
    error.accepted = accepted;
    error.suggestion = suggestion;
  }
  report_->add_error(std::move(error));
  return false;
}

void At::warning(std::string_view text) const {
  InputError warning = here();
  warning.found = text;
  report_->add_warning(std::move(warning));
}

bool At::expected(std::string_view accepted, std::string_view suggestion) const {
  std::string found = kind_name(node_->kind);
  if (is(Kind::Boolean)) found = node_->boolean ? "true" : "false";
  if (is(Kind::Number)) found = "the number " + printable(node_->text, 60);
  if (is(Kind::String)) found = quoted(node_->text, 100);
  if (also_.empty()) return error("found " + found, accepted, suggestion);
  return error("found " + found, fmt::format("{}; or {}", accepted, also_), suggestion);
}

bool At::wrong_kind(std::string_view accepted) const {
  return error("found " + kind_name(node_->kind), accepted);
}

bool At::expected_secret(std::string_view accepted) const {
  if (!is(Kind::String)) return wrong_kind(accepted);
  return error("found something else (not shown: it may be a secret)", accepted);
}

bool At::expected_one_of(std::span<const std::string_view> names) const {
  return expected(joined(names), is(Kind::String) ? nearest_name(node_->text, names) : std::string());
}

bool At::unknown_key(std::span<const std::string_view> names, std::string_view owner) const {
  InputError error;
  if (report_->error_count() < Report::kMaxReported) {
    error = here();
    error.line = node_->key_line;
    error.found = owner.empty() ? "unknown key " + quoted(node_->key)
                                : fmt::format("{} has no field {}", owner, quoted(node_->key));
    error.accepted = joined(names);
    error.suggestion = nearest_name(node_->key, names);
  }
  report_->add_error(std::move(error));
  return false;
}

std::string joined(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names.first(std::min(names.size(), kMaxListed))) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

}  // namespace core::input
