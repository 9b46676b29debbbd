// Random bits that nobody can guess, for keys. Random does not serve for keys: from a few of its numbers all others
// can be computed.
#pragma once

#include <string>
#include <string_view>

namespace core {

class Secrets {
 public:
  virtual ~Secrets() = default;

  /// 128 bits as 32 hexadecimal digits, new for every call. A simulated world draws them by `name`, which no other call
  /// may use; production asks the operating system and ignores `name`.
  virtual std::string draw(std::string_view name) = 0;
};

}  // namespace core
