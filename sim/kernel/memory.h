// Memory for the simulator's small and short-lived objects: free lists of a thread, by size. A block that is freed
// serves the next world of its thread too, so that worlds are cheap to make; each list is bounded and goes with its
// thread. Under the address sanitizer every block comes from the heap, so that uses after free are seen.
#pragma once

#include <cstddef>

namespace sim {

/// At least `size` bytes, aligned for any fundamental type.
void* allocate_block(std::size_t size);

/// `size` as it was asked for. A block is freed by the thread that asked for it.
void free_block(void* block, std::size_t size) noexcept;

}  // namespace sim
