// What a run leaves behind: its digest, always, and its events where somebody will look at them. The digest is a
// 128-bit XXH3 hash over an injective encoding of every event, the same on every compiler and machine.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/events/event.h"
#include "core/text/text_hash.h"

struct XXH3_state_s;

namespace sim {

enum class KeepEvents : std::uint8_t { No, Yes };

class Recorder final : public core::EventSink {
 public:
  explicit Recorder(KeepEvents keep);
  ~Recorder() override;

  void on_event(const core::Event& event) override;

  /// In order; their texts live as long as the recorder.
  const std::vector<core::Event>& events() const { return events_; }
  std::uint64_t count() const { return count_; }

  /// 32 hexadecimal digits.
  std::string digest() const;

 private:
  struct StateDeleter {
    void operator()(XXH3_state_s* state) const;
  };

  void add_to_digest(const core::Event& event);
  /// The recorder's own copy. `last` is one: a field often is what it was in the event before.
  std::string_view kept(std::string_view text, std::string_view last);

  KeepEvents keep_;
  std::unique_ptr<XXH3_state_s, StateDeleter> state_;
  std::vector<char> encoded_;  ///< The beginning of it is one event; kept for its memory.
  std::vector<core::Event> events_;
  // never iterated: its order reaches nothing
  std::unordered_set<std::string, core::TextHash, std::equal_to<>> texts_;
  std::uint64_t count_ = 0;
};

}  // namespace sim
