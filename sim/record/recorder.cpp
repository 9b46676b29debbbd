#include "sim/record/recorder.h"
#include "core/text/compose.h"

#include <fmt/compile.h>
#include <xxhash.h>

#include <boost/endian/conversion.hpp>
#include <cstring>

namespace sim {

namespace {

/// Every part is preceded by its length or has a fixed one, so that no two events share an encoding. It writes to the
/// front of a buffer that is made long enough first.
class Encoder {
 public:
  explicit Encoder(std::vector<char>& buffer) : buffer_(buffer) {}

  std::size_t size() const { return size_; }

  void number(std::uint64_t value) {
    boost::endian::store_little_u64(reinterpret_cast<unsigned char*>(room_for(sizeof value)), value);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes(value);
  }
  void operator()(std::string_view name, std::string_view value) {
    field('t', name);
    text(value);
  }
  void operator()(std::string_view name, std::int64_t value) {
    field('n', name);
    number(static_cast<std::uint64_t>(value));
  }
  void operator()(std::string_view name, core::Duration value) {
    field('d', name);
    number(static_cast<std::uint64_t>(value.count()));
  }
  void end() { *room_for(1) = 'e'; }

 private:
  /// Fields' names are the core's own, and short.
  void field(char type, std::string_view name) {
    char* const to = room_for(2);
    to[0] = type;
    to[1] = static_cast<char>(name.size());
    bytes(name);
  }
  void bytes(std::string_view value) {
    // A view of no text may have no address, which memcpy must not be given.
    if (!value.empty()) std::memcpy(room_for(value.size()), value.data(), value.size());
  }
  char* room_for(std::size_t count) {
    if (buffer_.size() - size_ < count) buffer_.resize(2 * buffer_.size() + count);
    size_ += count;
    return buffer_.data() + size_ - count;
  }

  std::vector<char>& buffer_;
  std::size_t size_ = 0;
};

constexpr std::size_t kUsualBytes = 512;  // Of an event's encoding.
constexpr std::size_t kUsualEvents = 64;  // Of a run that is looked at.

}  // namespace

void Recorder::StateDeleter::operator()(XXH3_state_s* state) const {
  XXH3_freeState(state);
}

Recorder::Recorder(KeepEvents keep) : keep_(keep), state_(XXH3_createState()), encoded_(kUsualBytes) {
  XXH3_128bits_reset(state_.get());
  if (keep == KeepEvents::Yes) events_.reserve(kUsualEvents);
}

Recorder::~Recorder() = default;

void Recorder::on_event(const core::Event& event) {
  ++count_;
  add_to_digest(event);
  if (keep_ == KeepEvents::No) return;
  static const core::Event kNone;
  core::Event& copy = events_.emplace_back(event);
  const core::Event& last = events_.size() > 1 ? events_[events_.size() - 2] : kNone;
  copy.runner = kept(event.runner, last.runner);
  core::for_each_event_field([&](const auto& field) {
    if constexpr (std::is_same_v<decltype(field.member), std::string_view core::Event::*>) {
      copy.*(field.member) = kept(event.*(field.member), last.*(field.member));
    }
  });
}

void Recorder::add_to_digest(const core::Event& event) {
  Encoder encode(encoded_);
  encode.number(static_cast<std::uint64_t>(event.kind));
  encode.number(static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
  encode.text(event.runner);
  core::for_each_field(event, encode);
  encode.end();
  XXH3_128bits_update(state_.get(), encoded_.data(), encode.size());
}

std::string_view Recorder::kept(std::string_view text, std::string_view last) {
  if (text == last) return last;
  if (text.empty()) return {};
  const auto found = texts_.find(text);
  return found != texts_.end() ? std::string_view(*found) : std::string_view(*texts_.emplace(text).first);
}

std::string Recorder::digest() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
  return core::compose(FMT_COMPILE("{:016x}{:016x}"), hash.high64, hash.low64);
}

}  // namespace sim
