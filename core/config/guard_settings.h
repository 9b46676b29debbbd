// The settings of guards, each a section of the configuration: config.h lists them, and the file of each guard says how
// they are read, described and written.
#pragma once

#include <utility>

#include "core/config/config.h"
#include "core/json/object.h"

namespace core {

/// A type (core/json/reader.h) whose description is elsewhere.
template <class T>
class SettingsType {
 public:
  virtual ~SettingsType() = default;
  virtual bool read(const input::At& at, T& value) const = 0;
  virtual input::JsonObject schema(const T& value) const = 0;
  virtual input::Json write(const T& value) const = 0;
};

template <class T, class Type>
class SettingsTypeOf final : public SettingsType<T> {
 public:
  explicit SettingsTypeOf(Type type) : type_(std::move(type)) {}

  bool read(const input::At& at, T& value) const override { return type_.read(at, value); }
  input::JsonObject schema(const T& value) const override { return type_.schema(value); }
  input::Json write(const T& value) const override { return type_.write(value); }

 private:
  Type type_;
};
template <class T, class Describe>
SettingsTypeOf(input::ObjectType<T, Describe>) -> SettingsTypeOf<T, input::ObjectType<T, Describe>>;

}  // namespace core
