#include "core/production/http/certificates.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>

#include "core/json/document_file.h"
#include "core/production/pem.h"

namespace core {

namespace {

using Loaded = boost::system::result<Certificates, std::string>;

constexpr std::size_t kLargestFile = 16 * 1024 * 1024;

Loaded failure(std::string message) {
  return {boost::system::in_place_error, std::move(message)};
}

}  // namespace

bool Certificates::add_to(SSL_CTX& context) const {
  X509_STORE* const store = SSL_CTX_get_cert_store(&context);
  for (const std::shared_ptr<X509>& certificate : list_) {
    if (X509_STORE_add_cert(store, certificate.get()) != 1) return false;
  }
  return true;
}

Loaded parse_certificates(std::string_view pem) {
  if (pem.size() > kLargestFile) return failure("it is larger than 16 MiB");
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       &BIO_free);
  Certificates certificates;
  while (X509* certificate = PEM_read_bio_X509(text.get(), nullptr, no_pem_password, nullptr)) {
    certificates.list_.emplace_back(certificate, &X509_free);
  }
  const auto error = ERR_peek_last_error();
  ERR_clear_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!at_end) {
    return failure(fmt::format("its certificate {} cannot be read: {}", certificates.list_.size() + 1,
                               ERR_reason_error_string(error) != nullptr ? ERR_reason_error_string(error) : "damaged"));
  }
  if (certificates.empty()) return failure("it holds no certificate: PEM text with BEGIN CERTIFICATE is expected");
  return certificates;
}

Loaded load_certificates(const std::string& path) {
  const auto pem = input::read_document_file(path);
  if (!pem) return failure(fmt::format("{}: {}", path, pem.error().found));
  Loaded loaded = parse_certificates(*pem);
  if (!loaded) return failure(fmt::format("{}: {}", path, loaded.error()));
  return loaded;
}

}  // namespace core
