// Certificates made anew for each test run: an authority that nobody trusts of their own accord, and what it issues.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace tests {

struct Identity {
  std::string certificate;  ///< PEM.
  std::string key;          ///< PEM.
};

class CertificateAuthority {
 public:
  CertificateAuthority() : key_(new_key()), certificate_(new_certificate(*key_, "test authority")) {
    extend(*certificate_, NID_basic_constraints, "critical,CA:TRUE");
    sign(*certificate_);
  }

  std::string certificate() const { return pem_of(*certificate_); }

  /// `names` as OpenSSL writes them: "IP:127.0.0.1,DNS:localhost". Valid from now plus `from` until now plus `until`.
  Identity issue(const char* names, std::chrono::hours from = std::chrono::hours(-1),
                 std::chrono::hours until = std::chrono::hours(1)) const {
    const Key key = new_key();
    const Certificate certificate = new_certificate(*key, "test server");
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), seconds(from));
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds(until));
    extend(*certificate, NID_subject_alt_name, names);
    sign(*certificate);
    return {pem_of(*certificate), pem_of(*key)};
  }

 private:
  template <auto free>
  struct Free {
    template <class T>
    void operator()(T* object) const {
      free(object);
    }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
  using Certificate = std::unique_ptr<X509, Free<X509_free>>;
  using Text = std::unique_ptr<BIO, Free<BIO_free_all>>;

  static void check(bool done) {
    if (!done) throw std::runtime_error("OpenSSL cannot make a certificate");
  }
  static long seconds(std::chrono::hours hours) { return std::chrono::seconds(hours).count(); }

  static Key new_key() {
    Key key(EVP_EC_gen("P-256"));
    check(key != nullptr);
    return key;
  }

  Certificate new_certificate(EVP_PKEY& key, const char* name) const {
    static long next_serial = 1;
    Certificate certificate(X509_new());
    X509* const made = certificate.get();
    check(X509_set_version(made, X509_VERSION_3) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(made), next_serial++);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    check(X509_set_pubkey(made, &key) == 1);
    check(X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(name), -1, -1, 0) == 1);
    check(X509_set_issuer_name(made, X509_get_subject_name(certificate_ ? certificate_.get() : made)) == 1);
    return certificate;
  }

  static void extend(X509& certificate, int what, const char* value) {
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, what, value));
    check(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1);
  }

  void sign(X509& certificate) const { check(X509_sign(&certificate, key_.get(), EVP_sha256()) > 0); }

  static std::string text_of(const Text& text) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(text.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }
  static std::string pem_of(X509& certificate) {
    const Text text(BIO_new(BIO_s_mem()));
    check(PEM_write_bio_X509(text.get(), &certificate) == 1);
    return text_of(text);
  }
  static std::string pem_of(EVP_PKEY& key) {
    const Text text(BIO_new(BIO_s_mem()));
    check(PEM_write_bio_PrivateKey(text.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(text);
  }

  Key key_;
  Certificate certificate_;
};

}  // namespace tests
