// 128 bits, for products of nanoseconds with numbers that 64 bits do not hold.
#pragma once

namespace core {

__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

}  // namespace core
