// What all requests that have begun to arrive hold together, of all connections of one kind. Each has bounds of its
// own, which ten thousand connections at once would make far too much: beyond the common bound one is given up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <utility>

namespace fakes::wire {

class UnfinishedRequests {
 public:
  /// Which of them is given up.
  enum class Gives : std::uint8_t { OldestUp, LargestUp };

  explicit UnfinishedRequests(std::size_t most_bytes, Gives gives = Gives::OldestUp)
      : most_(most_bytes), gives_(gives) {}

  /// Of one connection; `all` outlives it.
  class Place {
   public:
    /// `give_up` is called at most once for each request, perhaps from within holds().
    Place(UnfinishedRequests& all, std::function<void()> give_up) : all_(all), give_up_(std::move(give_up)) {}
    ~Place() { free(); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// The request, which begins with its first byte, has so many now.
    void holds(std::size_t bytes) {
      if (bytes == 0) return free();
      if (bytes_ == 0) own_ = all_.places_.insert(all_.places_.end(), this);
      all_.bytes_ += bytes - bytes_;
      bytes_ = bytes;
      all_.make_room();
    }
    /// It has arrived, or is given up.
    void free() {
      if (bytes_ == 0) return;
      all_.bytes_ -= std::exchange(bytes_, 0);
      all_.places_.erase(own_);
    }

   private:
    friend class UnfinishedRequests;
    UnfinishedRequests& all_;
    std::function<void()> give_up_;
    std::size_t bytes_ = 0;
    std::list<Place*>::iterator own_;
  };

 private:
  void make_room() {
    while (bytes_ > most_) {
      const auto largest = [this] { return *std::ranges::max_element(places_, {}, &Place::bytes_); };
      Place& given_up = gives_ == Gives::OldestUp ? *places_.front() : *largest();
      given_up.free();
      given_up.give_up_();
    }
  }

  const std::size_t most_;
  const Gives gives_;
  std::size_t bytes_ = 0;
  std::list<Place*> places_;  ///< Of the requests that hold something, in the order in which they began.
};

}  // namespace fakes::wire
