// Chance that nobody can guess, for keys. Random is not for that: whoever knows a few of its numbers knows all of them.
#pragma once

#include <string>
#include <string_view>

namespace core {

class Secrets {
 public:
  virtual ~Secrets() = default;

  /// 128 bits as 32 hexadecimal digits, new for every call. `name`, like no other call's, is what a simulated world
  /// draws them by; production asks the operating system and takes no notice of it.
  virtual std::string draw(std::string_view name) = 0;
};

}  // namespace core
