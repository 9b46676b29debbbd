// The types that are made of other types: objects, lists, maps and choices. An object is described once, by a function
// that names each key, where its value goes, its type and one line of documentation:
//
//   object<Point>([](auto& io, Point& point) {
//     io.required("x", point.x, Integer{0, 10}, "Columns from the left.");
//     io.optional("label", point.label, Text{}, "What to print.");
//     io.check(point.x != 7, "x", "7 is taken");
//   })
//
// The same function reads a document (ObjectReader), makes its JSON Schema (ObjectSchema) and writes a value
// (ObjectWriter with all keys, FileWriter as a file has them), so that they cannot drift apart. optional() and
// required() are true when a value was read.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/json/file_text.h"
#include "core/json/types.h"

namespace core::input {

/// The condition of a key that means nothing beside some values of another one, which is read before it.
struct OnlyWith {
  bool holds = true;
  std::string_view key;       ///< The other one.
  std::string_view found;     ///< What the other one is, for errors.
  std::string_view accepted;  ///< With what the key is accepted.
};

class ObjectReader {
 public:
  static constexpr bool kReads = true;
  static constexpr bool kWrites = false;

  /// Precondition: `at` is an object.
  explicit ObjectReader(const At& at) : at_(at) {}

  template <class T, class Type>
  bool optional(std::string_view key, T& value, const Type& type, std::string_view) {
    const Node* node = ask(key);
    return node != nullptr && type.read(at_.member(*node), value);
  }
  template <class T, class Type>
  bool optional(std::string_view key, std::optional<T>& value, const Type& type, std::string_view) {
    const Node* node = ask(key);
    if (node == nullptr) return false;
    T read = value.value_or(T{});
    const bool ok = type.read(at_.member(*node), read);
    if (ok) value = std::move(read);
    return ok;
  }
  template <class T, class Type>
  bool required(std::string_view key, T& value, const Type& type, std::string_view doc) {
    if (at_.node().find(key) == nullptr) at_.error("the key " + quoted(key) + " is missing");
    return optional(key, value, type, doc);
  }

  /// As optional(). Where the condition does not hold the key is an error, unless the other one was chosen by a
  /// stronger layer: then what the key says is out of force.
  template <class T, class Type>
  bool optional_with(const OnlyWith& condition, std::string_view key, T& value, const Type& type,
                     std::string_view doc) {
    if (condition.holds) return optional(key, value, type, doc);
    const Node* node = ask(key);
    if (node == nullptr) return false;
    const Node* other = at_.node().find(condition.key);
    if (other != nullptr && other->layer > node->layer) return false;
    return at_.member(*node).error("found " + quoted(key) + " beside " + std::string(condition.found),
                                   std::string(condition.accepted));
  }

  /// Reports `found` at the key, or at the object if the key is not there, unless `ok`.
  void check(bool ok, std::string_view key, std::string_view found, std::string_view accepted = {}) {
    if (ok) return;
    const Node* node = at_.node().find(key);
    (node == nullptr ? at_ : at_.member(*node)).error(found, accepted);
  }
  void warn_unless(bool ok, std::string_view key, std::string_view text) {
    if (ok) return;
    const Node* node = at_.node().find(key);
    (node == nullptr ? at_ : at_.member(*node)).warning(text);
  }

  /// What errors call the object: its keys are then fields. The name outlives this.
  void call_it(std::string_view name) { name_ = name; }
  bool has(std::string_view key) const { return at_.node().find(key) != nullptr; }
  const At& at() const { return at_; }

  /// Reports the keys that nobody asked for.
  bool finish() {
    bool ok = true;
    for (const Node& member : at_.node().children) {
      if (std::find(asked_.begin(), asked_.end(), member.key) == asked_.end()) {
        ok = at_.member(member).unknown_key(asked_, name_);
      }
    }
    return ok;
  }

 private:
  const Node* ask(std::string_view key) {
    asked_.push_back(key);
    return at_.node().find(key);
  }

  const At& at_;
  std::string_view name_;
  std::vector<std::string_view> asked_;
};

class ObjectSchema {
 public:
  static constexpr bool kReads = false;
  static constexpr bool kWrites = false;

  template <class T, class Type>
  bool optional(std::string_view key, const T& value, const Type& type, std::string_view doc) {
    JsonObject property = describe(doc, type.schema(value));
    if constexpr (requires { type.write(value); }) {
      const Json written = type.write(value);
      const bool empty = written.is_string() && written.as_string().empty();
      if (written.is_primitive() && !empty) property["default"] = written;
    }
    properties_[key_of(key)] = std::move(property);
    return false;
  }
  template <class T, class Type>
  bool optional(std::string_view key, const std::optional<T>& value, const Type& type, std::string_view doc) {
    properties_[key_of(key)] = describe(doc, type.schema(value.value_or(T{})));
    return false;
  }
  template <class T, class Type>
  bool required(std::string_view key, const T& value, const Type& type, std::string_view doc) {
    properties_[key_of(key)] = describe(doc, type.schema(value));
    required_.push_back(json_text(key));
    return false;
  }
  template <class T, class Type>
  bool optional_with(const OnlyWith&, std::string_view key, const T& value, const Type& type, std::string_view doc) {
    return optional(key, value, type, doc);
  }
  void check(bool, std::string_view, std::string_view, std::string_view = {}) {}
  void warn_unless(bool, std::string_view, std::string_view) {}
  void call_it(std::string_view) {}

  JsonObject take() {
    JsonObject schema{{"type", "object"}, {"properties", std::move(properties_)}};
    if (!required_.empty()) schema["required"] = std::move(required_);
    schema["additionalProperties"] = false;
    return schema;
  }

 private:
  static boost::json::string_view key_of(std::string_view key) { return {key.data(), key.size()}; }
  static JsonObject describe(std::string_view doc, const JsonObject& schema) {
    JsonObject property{{"description", json_text(doc)}};
    for (const auto& [name, value] : schema) property[name] = value;
    return property;
  }

  JsonObject properties_;
  boost::json::array required_;
};

class ObjectWriter {
 public:
  static constexpr bool kReads = false;
  static constexpr bool kWrites = true;

  template <class T, class Type>
  bool optional(std::string_view key, const T& value, const Type& type, std::string_view) {
    result_[boost::json::string_view(key.data(), key.size())] = type.write(value);
    return false;
  }
  template <class T, class Type>
  bool optional(std::string_view key, const std::optional<T>& value, const Type& type, std::string_view doc) {
    return value && optional(key, *value, type, doc);
  }
  template <class T, class Type>
  bool required(std::string_view key, const T& value, const Type& type, std::string_view doc) {
    return optional(key, value, type, doc);
  }
  template <class T, class Type>
  bool optional_with(const OnlyWith& condition, std::string_view key, const T& value, const Type& type,
                     std::string_view doc) {
    return condition.holds && optional(key, value, type, doc);
  }
  void check(bool, std::string_view, std::string_view, std::string_view = {}) {}
  void warn_unless(bool, std::string_view, std::string_view) {}
  void call_it(std::string_view) {}
  JsonObject take() { return std::move(result_); }

 private:
  JsonObject result_;
};

/// Only the names of the keys.
class ObjectKeys {
 public:
  static constexpr bool kReads = false;
  static constexpr bool kWrites = false;

  template <class T, class Type>
  bool optional(std::string_view key, const T&, const Type&, std::string_view) {
    names.push_back(key);
    return false;
  }
  template <class T, class Type>
  bool required(std::string_view key, const T& value, const Type& type, std::string_view doc) {
    return optional(key, value, type, doc);
  }
  template <class T, class Type>
  bool optional_with(const OnlyWith&, std::string_view key, const T& value, const Type& type, std::string_view doc) {
    return optional(key, value, type, doc);
  }
  void check(bool, std::string_view, std::string_view, std::string_view = {}) {}
  void warn_unless(bool, std::string_view, std::string_view) {}
  void call_it(std::string_view) {}

  std::vector<std::string_view> names;
};

/// An object. What the document leaves out stays as it was in the value.
template <class T, class Describe>
class ObjectType {
 public:
  explicit ObjectType(Describe describe) : describe_(std::move(describe)) {}

  bool read(const At& at, T& value) const {
    if (!at.is(Kind::Object)) return at.wrong_kind("an object");
    const std::size_t errors_before = at.report().error_count();
    ObjectReader reader(at);
    describe_(reader, value);
    reader.finish();
    return at.report().error_count() == errors_before;
  }
  JsonObject schema(T value) const {
    ObjectSchema schema;
    describe_(schema, value);
    return schema.take();
  }
  Json write(T value) const {
    ObjectWriter writer;
    describe_(writer, value);
    return writer.take();
  }
  std::string file_text(T value) const {
    FileWriter defaults, writer;
    T plain{};
    describe_(defaults, plain);
    describe_(writer, value);
    return writer.text_beside(defaults);
  }

 private:
  Describe describe_;
};
template <class T, class Describe>
ObjectType<T, Describe> object(Describe describe) {
  return ObjectType<T, Describe>(std::move(describe));
}

template <class Type>
struct List {
  Type type;
  std::size_t max_items = 1'000'000;

  template <class T>
  bool read(const At& at, std::vector<T>& values) const {
    if (!at.is(Kind::Array)) return at.wrong_kind("an array");
    if (at.node().children.size() > max_items) {
      return at.error("found " + std::to_string(at.node().children.size()) + " items",
                      "at most " + std::to_string(max_items));
    }
    bool ok = true;
    values.resize(at.node().children.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!type.read(at.item(i), values[i])) ok = false;
    }
    return ok;
  }
  template <class T>
  JsonObject schema(const std::vector<T>&) const {
    return {{"type", "array"}, {"items", type.schema(T{})}};
  }
  template <class T>
  std::string file_text(const std::vector<T>& values) const {
    return fmt::format("[{}]", fmt::join(file_texts(values), ", "));
  }
  /// Of each item.
  template <class T>
  std::vector<std::string> file_texts(const std::vector<T>& values) const {
    std::vector<std::string> texts;
    for (const T& value : values) texts.push_back(input::file_text(type, value));
    return texts;
  }
};
template <class Type>
List(Type) -> List<Type>;
template <class Type>
List(Type, std::size_t) -> List<Type>;

/// An object whose keys are not fixed; each passes `key_type`, a Text or something else that reads a std::string.
template <class KeyType, class Type>
struct Map {
  KeyType key_type;
  Type type;

  template <class T>
  bool read(const At& at, std::map<std::string, T>& values) const {
    if (!at.is(Kind::Object)) return at.wrong_kind("an object");
    bool ok = true;
    for (const Node& member : at.node().children) {
      const Node key{
          .kind = Kind::String, .layer = member.layer, .line = member.key_line, .key = member.key, .text = member.key};
      std::string name;
      T value{};
      if (key_type.read(at.member(key), name) && type.read(at.member(member), value)) {
        values[name] = std::move(value);
      } else {
        ok = false;
      }
    }
    return ok;
  }
  template <class T>
  JsonObject schema(const std::map<std::string, T>&) const {
    return {{"type", "object"},
            {"propertyNames", key_type.schema(std::string())},
            {"additionalProperties", type.schema(T{})}};
  }
  template <class T>
  std::string file_text(const std::map<std::string, T>& values) const {
    std::vector<std::string> members;
    for (const auto& [name, value] : values)
      members.push_back(fmt::format("{}: {}", flat_json(json_text(name)), input::file_text(type, value)));
    return fmt::format("{{{}}}", fmt::join(members, ", "));
  }
  template <class T>
  Json write(const std::map<std::string, T>& values) const
    requires requires(const Type& type, const T& value) { type.write(value); }
  {
    JsonObject result;
    for (const auto& [name, value] : values) result[name] = type.write(value);
    return result;
  }
};
template <class KeyType, class Type>
Map(KeyType, Type) -> Map<KeyType, Type>;

}  // namespace core::input
