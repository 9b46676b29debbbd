#include "sim/record/recorder.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace sim {

namespace {

/// Every part is preceded by its length or has a fixed one, so that no two events share an encoding.
struct Encoder {
  std::string& out;

  void number(std::uint64_t value) const {
    char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
    out.append(bytes, sizeof bytes);
  }
  void text(std::string_view value) const {
    number(value.size());
    out.append(value);
  }
  void operator()(std::string_view name, std::string_view value) const {
    text(name);
    out += 't';
    text(value);
  }
  void operator()(std::string_view name, std::int64_t value) const {
    text(name);
    out += 'n';
    number(static_cast<std::uint64_t>(value));
  }
  void operator()(std::string_view name, core::Duration value) const {
    text(name);
    out += 'd';
    number(static_cast<std::uint64_t>(value.count()));
  }
};

}  // namespace

std::size_t Recorder::TextHash::operator()(std::string_view text) const {
  return XXH3_64bits(text.data(), text.size());
}

void Recorder::StateDeleter::operator()(XXH3_state_s* state) const {
  XXH3_freeState(state);
}

Recorder::Recorder(KeepEvents keep) : keep_(keep), state_(XXH3_createState()) {
  XXH3_128bits_reset(state_.get());
}

Recorder::~Recorder() = default;

void Recorder::on_event(const core::Event& event) {
  ++count_;
  add_to_digest(event);
  if (keep_ == KeepEvents::No) return;
  core::Event& copy = events_.emplace_back(event);
  copy.runner = kept(event.runner);
  copy.job = kept(event.job);
  copy.api = kept(event.api);
  copy.tool = kept(event.tool);
  copy.source = kept(event.source);
  copy.reason = kept(event.reason);
  copy.outcome = kept(event.outcome);
  copy.code = kept(event.code);
}

void Recorder::add_to_digest(const core::Event& event) {
  encoded_.clear();
  const Encoder encode{encoded_};
  encode.number(static_cast<std::uint64_t>(event.kind));
  encode.number(static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
  encode.text(event.runner);
  core::for_each_field(event, encode);
  encode.number(UINT64_MAX);  // No field's name is this long: the end.
  XXH3_128bits_update(state_.get(), encoded_.data(), encoded_.size());
}

std::string_view Recorder::kept(std::string_view text) {
  if (text.empty()) return {};
  const auto found = texts_.find(text);
  return found != texts_.end() ? std::string_view(*found) : std::string_view(*texts_.emplace(text).first);
}

std::string Recorder::digest() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace sim
