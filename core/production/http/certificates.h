// Certificates that are trusted besides the system's: of private authorities, and of tests. Read once, so that a file
// that cannot be used is told before the first connection.
#pragma once

#include <openssl/types.h>

#include <boost/system/result.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace core {

class Certificates {
 public:
  Certificates() = default;

  bool empty() const { return list_.empty(); }

  /// To what the context trusts already. False when there is no memory for it.
  bool add_to(SSL_CTX& context) const;

 private:
  friend boost::system::result<Certificates, std::string> parse_certificates(std::string_view pem);

  std::vector<std::shared_ptr<X509>> list_;
};

/// All certificates of a PEM text. The error says, for people, why there are none: no certificate is an error too.
boost::system::result<Certificates, std::string> parse_certificates(std::string_view pem);

/// As above, of a file; the error names it.
boost::system::result<Certificates, std::string> load_certificates(const std::string& path);

}  // namespace core
