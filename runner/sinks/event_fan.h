// Hands every event on to several sinks, in the order in which they were added.
#pragma once

#include <vector>

#include "core/events/event.h"

namespace runner {

class EventFan final : public core::EventSink {
 public:
  /// The sink outlives this.
  void add(core::EventSink& sink) { sinks_.push_back(&sink); }

  void on_event(const core::Event& event) override {
    for (core::EventSink* sink : sinks_) sink->on_event(event);
  }

 private:
  std::vector<core::EventSink*> sinks_;
};

}  // namespace runner
