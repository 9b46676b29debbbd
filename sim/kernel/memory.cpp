// lint-allow-file(raw-new): this is the allocator
#include "sim/kernel/memory.h"

#include <array>
#include <new>
#include <utility>

namespace sim {

namespace {

constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 4;
constexpr std::size_t kMostBlocks = 4096;  // A class, a thread: 1 MiB at most.

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kRecycles = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kRecycles = false;
#else
constexpr bool kRecycles = true;
#endif
#else
constexpr bool kRecycles = true;
#endif

class FreeList {
 public:
  FreeList() = default;
  FreeList(const FreeList&) = delete;
  FreeList& operator=(const FreeList&) = delete;
  ~FreeList() {
    while (void* block = take()) ::operator delete(block);
  }

  void* take() {
    if (top_ == nullptr) return nullptr;
    --count_;
    return std::exchange(top_, top_->next);
  }

  bool give(void* block) {
    if (count_ == kMostBlocks) return false;
    ++count_;
    top_ = new (block) Link{top_};
    return true;
  }

 private:
  struct Link {
    Link* next;
  };
  Link* top_ = nullptr;
  std::size_t count_ = 0;
};

thread_local std::array<FreeList, kClasses> free_lists;

constexpr std::size_t class_of(std::size_t size) {
  return (size - 1) / kStep;
}

}  // namespace

void* allocate_block(std::size_t size) {
  const std::size_t index = class_of(size);
  if (!kRecycles || index >= kClasses) return ::operator new(size);
  void* block = free_lists[index].take();
  return block != nullptr ? block : ::operator new((index + 1) * kStep);
}

void free_block(void* block, std::size_t size) noexcept {
  const std::size_t index = class_of(size);
  if (!kRecycles || index >= kClasses || !free_lists[index].give(block)) ::operator delete(block);
}

}  // namespace sim
