#include <gtest/gtest.h>

TEST(Suite, SaysWhatItDoes) {}    // expect: test-name
TEST_F(Suite, SaysWhatItDoes) {}  // expect: test-name
TEST(Suite,                          // expect: test-name
     OnALineOfItsOwn) {}
TEST(Suite, says_what_it_does) {}
