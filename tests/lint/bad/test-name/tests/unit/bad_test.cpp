#include <gtest/gtest.h>

TEST(Suite, says_what_it_does) {}    // expect: test-name
TEST_F(Suite, says_what_it_does) {}  // expect: test-name
TEST(Suite,                          // expect: test-name
     OnALineOfItsOwn) {}
TEST(Suite, says_what_it_does) {}
