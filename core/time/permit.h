// The right to go on, which may run out meanwhile: a job's lease.
#pragma once

namespace core {

struct PermitDenied {};

/// Says whether a caller may still go on. It is asked after every wait, during which a right may have run out; a
/// process that stood still wakes long after.
class Permit {
 public:
  virtual ~Permit() = default;
  /// Throws PermitDenied, or what derives from it, where it may not.
  virtual void check() = 0;
  /// Whether it may; changes nothing.
  virtual bool holds() const = 0;
};

}  // namespace core
