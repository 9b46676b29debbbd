// What all requests that have begun to arrive hold together, of all connections of a host. Each has bounds of its own,
// which ten thousand connections at once would make far too much: beyond the common bound the one that began first is
// given up.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <utility>

namespace fakes::wire {

class UnfinishedRequests {
 public:
  explicit UnfinishedRequests(std::size_t most_bytes) : most_(most_bytes) {}

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
      if (bytes_ == 0 && bytes > 0) own_ = all_.places_.insert(all_.places_.end(), this);
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
      Place& oldest = *places_.front();
      oldest.free();
      oldest.give_up_();
    }
  }

  const std::size_t most_;
  std::size_t bytes_ = 0;
  std::list<Place*> places_;  ///< Of the requests that hold something, in the order in which they began.
};

}  // namespace fakes::wire
