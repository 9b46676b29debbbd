// Types of which there are several forms: by kind (a string or an object), or by which one of several keys an object
// has ("do" of a rule: status, timeout, reset, ...). Where the value is a variant, each form is one alternative of it.
#pragma once

#include <string>
#include <tuple>
#include <utility>
#include <variant>
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
  /// If both can write the value, `scalar` does.
  template <class T>
  std::string file_text(const T& value) const {
    return scalar.can_say(value) ? scalar.file_text(value) : structure.file_text(value);
  }
};
template <class Scalar, class Structure>
ByKind(Scalar, Structure) -> ByKind<Scalar, Structure>;

/// One alternative of a variant; `type` reads into it.
template <class Alternative, class Type>
struct AlternativeType {
  Type type;

  template <class Variant>
  bool read(const At& at, Variant& value) const {
    Alternative read{};
    const bool ok = type.read(at, read);
    if (ok) value = std::move(read);
    return ok;
  }
  template <class Variant>
  JsonObject schema(const Variant&) const {
    return type.schema(Alternative{});
  }
  template <class Variant>
  bool can_say(const Variant& value) const {
    return std::holds_alternative<Alternative>(value);
  }
  template <class Variant>
  std::string file_text(const Variant& value) const {
    return input::file_text(type, std::get<Alternative>(value));
  }
};
template <class Alternative, class Type>
AlternativeType<Alternative, Type> alternative(Type type) {
  return {std::move(type)};
}

/// A value that is written as one member of it. `others_are_plain` says whether the other members allow that.
template <class T, class Member, class Type>
struct MemberType {
  Member T::* member;
  Type type;
  bool (*others_are_plain)(const T&) = [](const T&) { return true; };

  bool read(const At& at, T& value) const { return type.read(at, value.*member); }
  JsonObject schema(const T& value) const { return type.schema(value.*member); }
  bool can_say(const T& value) const { return others_are_plain(value); }
  std::string file_text(const T& value) const { return input::file_text(type, value.*member); }
};
template <class T, class Member, class Type, class... More>
MemberType(Member T::*, Type, More...) -> MemberType<T, Member, Type>;

/// One form of an object: the key that it is known by, its description, that key included, and whether a value is of
/// this form.
template <class Describe, class CanSay>
struct Form {
  std::string_view key;
  Describe describe;
  CanSay can_say;
};
template <class Describe, class CanSay>
Form(std::string_view, Describe, CanSay) -> Form<Describe, CanSay>;

/// The alternative of a variant to read into or to write.
template <class Alternative, class Io, class Variant>
Alternative& alternative_for(const Io&, Variant& value) {
  if constexpr (Io::kWrites) {
    if (auto* held = std::get_if<Alternative>(&value)) return *held;
  }
  return value.template emplace<Alternative>();
}

/// The form that is one alternative of a variant; `describe` is given the alternative.
template <class Alternative, class Describe>
auto alternative_form(std::string_view key, Describe describe) {
  return Form{key, [describe](auto& io, auto& value) { describe(io, alternative_for<Alternative>(io, value)); },
              [](const auto& value) { return std::holds_alternative<Alternative>(value); }};
}

/// An object with exactly one of the forms' keys.
template <class T, class... Forms>
class OneFormOf {
 public:
  explicit OneFormOf(std::tuple<Forms...> forms) : forms_(std::move(forms)) {}

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

  std::string file_text(const T& value) const {
    std::string text;
    for_each_form([&](const auto& form) {
      if (text.empty() && form.can_say(value)) text = object<T>(form.describe).file_text(value);
    });
    return text;
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

  std::tuple<Forms...> forms_;
};
template <class T, class... Forms>
OneFormOf<T, Forms...> one_form_of(std::tuple<Forms...> forms) {
  return OneFormOf<T, Forms...>(std::move(forms));
}

}  // namespace core::input
