#include "core/production/github/rs256_signer.h"
#include "tests/support/temporary_folder.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

namespace core {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Key rsa_key(unsigned bits) {
  return {EVP_RSA_gen(bits), &EVP_PKEY_free};
}

std::string text_in(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pkcs8_of(EVP_PKEY* key, const char* password = nullptr) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  const EVP_CIPHER* cipher = password == nullptr ? nullptr : EVP_aes_128_cbc();
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, cipher, password, password == nullptr ? 0 : 6, nullptr, nullptr);
  return text_in(bio.get());
}

std::string pkcs1_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_in(bio.get());
}

std::string base64_of(const std::string& text) {
  std::string out(text.size() * 4 / 3 + 8, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string on_one_line(const std::string& pem) {
  std::string out;
  for (const char c : pem) out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out;
}

bool verifies(EVP_PKEY* key, const std::string& text, const std::string& signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key);
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

class Rs256 : public testing::Test {
 protected:
  static EVP_PKEY* key() {
    static const Key key = rsa_key(2048);
    return key.get();
  }
  static std::string file_with(const std::string& text) {
    const std::string path = tests::own_folder() + "rs256_signer_test.pem";
    std::ofstream(path) << text;
    return path;
  }
  static std::string error_of(const std::string& text) {
    const auto signer = Rs256Signer::make(text);
    return signer ? std::string() : signer.error().message;
  }
};

TEST_F(Rs256, signs_what_the_public_key_verifies_however_the_key_is_given) {
  const std::string pem = pkcs8_of(key());
  const std::pair<const char*, std::string> forms[] = {{"PKCS#8", pem},
                                                       {"PKCS#1", pkcs1_of(key())},
                                                       {"with spaces around", "  \n" + pem + "\n\n"},
                                                       {"with \\n for line ends", on_one_line(pem)},
                                                       {"in base64", base64_of(pem)},
                                                       {"a file", file_with(pem)},
                                                       {"a file of base64", file_with(base64_of(pem)) + "\n"}};
  for (const auto& [name, text] : forms) {
    if (std::string(name) == "a file") file_with(pem);
    if (std::string(name) == "a file of base64") file_with(base64_of(pem));
    const auto signer = Rs256Signer::make(text);
    ASSERT_TRUE(signer) << name << ": " << signer.error().message;
    const auto signature = (*signer)->sign("header.claims");
    ASSERT_TRUE(signature) << name;
    EXPECT_TRUE(verifies(key(), "header.claims", *signature)) << name;
    EXPECT_FALSE(verifies(key(), "header.claimz", *signature)) << name;
  }
}

TEST_F(Rs256, refuses_what_cannot_sign_and_says_why) {
  EXPECT_NE(error_of("").find("is empty"), std::string::npos);
  EXPECT_NE(error_of("/no/such/file").find("no such file"), std::string::npos);
  EXPECT_NE(error_of(pkcs8_of(key(), "secret")).find("encrypted"), std::string::npos);
  EXPECT_NE(error_of(pkcs8_of(rsa_key(1024).get())).find("1024 bits"), std::string::npos);
  const Key elliptic(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  EXPECT_NE(error_of(pkcs8_of(elliptic.get())).find("no RSA key"), std::string::npos);
  EXPECT_NE(error_of(file_with("hello")).find("holds no PEM"), std::string::npos);
  EXPECT_NE(error_of(tests::own_folder()).find("folder"), std::string::npos);
  EXPECT_NE(error_of(std::string(70'000, 'A')).find("longer than"), std::string::npos);
}

TEST_F(Rs256, shows_nothing_of_a_key_that_it_cannot_read) {
  std::string damaged = pkcs8_of(key());
  damaged.erase(damaged.size() / 2, 7);
  for (const std::string& text : {damaged, on_one_line(damaged), base64_of(damaged), base64_of(damaged).substr(5)}) {
    const std::string error = error_of(text);
    ASSERT_FALSE(error.empty());
    for (std::size_t at = 0; at + 12 <= text.size(); at += 12) {
      const std::string piece = text.substr(at, 12);
      if (piece.find("PRIVATE") != std::string::npos || piece.find("---") != std::string::npos) continue;
      EXPECT_EQ(error.find(piece), std::string::npos) << error;
    }
  }
}

}  // namespace
}  // namespace core
