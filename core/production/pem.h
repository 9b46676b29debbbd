// What production's readers of PEM have in common.
#pragma once

namespace core {

/// OpenSSL's callback for the password of what is encrypted: there is none. Without a callback OpenSSL asks the
/// terminal's user, and a service would wait for somebody to type.
inline int no_pem_password(char*, int, int, void*) {
  return -1;
}

}  // namespace core
