#include "fakes/wire/rs256_verifier.h"

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace fakes::wire {

namespace {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using Decoder = std::unique_ptr<OSSL_DECODER_CTX, Release<OSSL_DECODER_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

class Rs256Verifier final : public JwtVerifier {
 public:
  explicit Rs256Verifier(Key key) : key_(std::move(key)) {}

  bool verify(std::string_view signing_input, std::string_view signature) const override {
    const Context context(EVP_MD_CTX_new());
    const bool ok = context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
                    EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(signing_input),
                                     signing_input.size()) == 1;
    ERR_clear_error();
    return ok;
  }

 private:
  Key key_;
};

}  // namespace

std::unique_ptr<JwtVerifier> make_rs256_verifier(std::string_view pem) {
  EVP_PKEY* read = nullptr;
  const Decoder decoder(
      OSSL_DECODER_CTX_new_for_pkey(&read, "PEM", nullptr, "RSA", EVP_PKEY_PUBLIC_KEY, nullptr, nullptr));
  const unsigned char* bytes = bytes_of(pem);
  std::size_t size = pem.size();
  const bool ok = decoder && OSSL_DECODER_from_data(decoder.get(), &bytes, &size) == 1;
  ERR_clear_error();
  Key key(read);
  if (!ok || !key) return nullptr;
  return std::make_unique<Rs256Verifier>(std::move(key));
}

}  // namespace fakes::wire
