#include "fakes/wire/redis_output.h"

namespace fakes::wire {

std::string& RedisOutput::place(core::SteadyTime due, core::SteadyTime now) {
  if (later_.empty() && due <= now) return ready_;
  if (later_.empty() || later_.back().due != due || later_.back().end != End::None) later_.push_back({due, {}});
  return later_.back().bytes;
}

void RedisOutput::add_end(core::SteadyTime due, End end) {
  later_.push_back({due, {}, end});
}

void RedisOutput::take(core::SteadyTime now, std::string& bytes) {
  while (end_ == End::None && !later_.empty() && later_.front().due <= now) {
    ready_ += later_.front().bytes;
    end_ = later_.front().end;
    later_.pop_front();
  }
  size_ -= ready_.size();
  bytes.clear();
  bytes.swap(ready_);
}

std::optional<core::SteadyTime> RedisOutput::next_due() const {
  if (end_ != End::None || later_.empty() || later_.front().due == core::SteadyTime::max()) return std::nullopt;
  return later_.front().due;
}

}  // namespace fakes::wire
