// Secrets of the operating system's.
#pragma once

#include "core/random/secrets.h"

namespace core {

class SystemSecrets final : public Secrets {
 public:
  /// Throws std::runtime_error where the system has no chance to give.
  std::string draw(std::string_view name) override;
};

}  // namespace core
