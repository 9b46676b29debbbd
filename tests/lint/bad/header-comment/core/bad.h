#pragma once  // expect: header-comment

// Too late.
namespace core {}  // namespace core
