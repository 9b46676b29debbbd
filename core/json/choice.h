// Types of which there are several forms: by kind (a string or an object), or by which one of several keys an object
// has ("do" of a rule: status, timeout, reset, ...).
#pragma once

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/json/object.h"

namespace core::input {

inline JsonObject one_of_schemas(boost::json::array schemas) {
  return {{"oneOf", std::move(schemas)}};
}

/// An object (or array) goes to `structure`, everything else to `scalar`. Both read into the same value.
template <class Scalar, class Structure>
struct ByKind {
  Scalar scalar;
  Structure structure;

  template <class T>
  bool read(const At& at, T& value) const {
    if (at.is(Kind::Object) || at.is(Kind::Array)) return structure.read(at, value);
    if constexpr (requires { structure.accepted(); }) {
      return scalar.read(at.also_accepting(structure.accepted()), value);
    } else {
      return scalar.read(at, value);
    }
  }
  template <class T>
  JsonObject schema(const T& value) const {
    return one_of_schemas({scalar.schema(value), structure.schema(value)});
  }
};
template <class Scalar, class Structure>
ByKind(Scalar, Structure) -> ByKind<Scalar, Structure>;

/// A type that reads into something else than the value, which is then made of it by `convert(From) -> To`.
template <class From, class To, class Type, class Convert>
class ConvertedType {
 public:
  ConvertedType(Type type, Convert convert) : type_(std::move(type)), convert_(std::move(convert)) {}

  bool read(const At& at, To& value) const {
    From from{};
    if (!type_.read(at, from)) return false;
    value = convert_(std::move(from));
    return true;
  }
  JsonObject schema(const To&) const { return type_.schema(From{}); }

 private:
  Type type_;
  Convert convert_;
};
template <class From, class To, class Type, class Convert>
ConvertedType<From, To, Type, Convert> converted(Type type, Convert convert) {
  return {std::move(type), std::move(convert)};
}

/// One form of an object: the key that it is known by, and its description, that key included.
template <class Describe>
struct Form {
  std::string_view key;
  Describe describe;
};
template <class Describe>
Form(std::string_view, Describe) -> Form<Describe>;

/// An object with exactly one of the forms' keys.
template <class T, class... Describe>
class OneFormOf {
 public:
  explicit OneFormOf(std::tuple<Form<Describe>...> forms) : forms_(std::move(forms)) {}

  bool read(const At& at, T& value) const {
    if (!at.is(Kind::Object)) return at.wrong_kind(accepted());
    std::vector<const Node*> present;
    for (const Node& member : at.node().children) {
      if (contains(form_keys(), member.key)) present.push_back(&member);
    }
    if (present.empty()) return report_no_form(at);
    if (present.size() > 1) {
      return at.member(*present[1])
          .error(quoted(present[1]->key) + " beside " + quoted(present[0]->key), "only one of " + joined(form_keys()));
    }
    bool ok = false;
    for_each_form([&](const auto& form) {
      if (form.key == present[0]->key) ok = object<T>(form.describe).read(at, value);
    });
    return ok;
  }

  /// What errors say that is accepted.
  std::string accepted() const { return "an object with one of the keys " + joined(form_keys()); }

  JsonObject schema(const T& value) const {
    boost::json::array schemas;
    for_each_form([&](const auto& form) { schemas.push_back(object<T>(form.describe).schema(value)); });
    return one_of_schemas(std::move(schemas));
  }

 private:
  template <class Visitor>
  void for_each_form(Visitor&& visit) const {
    std::apply([&visit](const auto&... form) { (visit(form), ...); }, forms_);
  }

  static bool contains(const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  std::vector<std::string_view> form_keys() const {
    std::vector<std::string_view> keys;
    for_each_form([&keys](const auto& form) { keys.push_back(form.key); });
    return keys;
  }

  bool report_no_form(const At& at) const {
    std::vector<std::string_view> companions;
    for_each_form([&companions](const auto& form) {
      ObjectKeys keys;
      T value{};
      form.describe(keys, value);
      companions.insert(companions.end(), keys.names.begin(), keys.names.end());
    });
    bool unknown = false;
    for (const Node& member : at.node().children) {
      if (contains(companions, member.key)) continue;
      unknown = true;
      at.member(member).unknown_key(form_keys());
    }
    return !unknown && at.error("found an object without the key that decides what it is",
                                "one of the keys " + joined(form_keys()));
  }

  std::tuple<Form<Describe>...> forms_;
};
template <class T, class... Describe>
OneFormOf<T, Describe...> one_form_of(std::tuple<Form<Describe>...> forms) {
  return OneFormOf<T, Describe...>(std::move(forms));
}

}  // namespace core::input
