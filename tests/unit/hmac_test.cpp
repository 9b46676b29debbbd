// The keyed hash, by the examples of RFC 4231.
#include "core/digest/hmac.h"

#include <gtest/gtest.h>

#include <string>

namespace {

TEST(Hmac, is_that_of_the_standard) {
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(core::hmac_of(std::string(20, '\x0b'), "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b");
    EXPECT_EQ(core::hmac_of("Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c7");
    EXPECT_EQ(core::hmac_of(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f");
  }
}

TEST(Hmac, of_no_key_is_not_that_of_the_key_before) {
  const std::string with_none = "b613679a0814d9ec772f95d778c35fc5";
  EXPECT_EQ(core::hmac_of("", ""), with_none);
  EXPECT_NE(core::hmac_of("key", ""), with_none);
  EXPECT_EQ(core::hmac_of({}, {}), with_none);
}

}  // namespace
