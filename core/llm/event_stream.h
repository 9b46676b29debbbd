// A text/event-stream (WHATWG HTML, 9.2) that has arrived as a whole: server-sent events out of a body, without copies
// where an event's data is one line. Lines end with CR, LF or both. Internal to core/llm.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace core::detail {

struct StreamEvent {
  std::string_view type;  ///< Empty when not named.
  std::string_view data;
};

class EventStream {
 public:
  /// Of a body that outlives this.
  explicit EventStream(std::string_view body);

  /// The next event that has data; it lives until the next call. The last one is given even where the blank line after
  /// it is missing: whether a stream is complete is for its own protocol to say.
  std::optional<StreamEvent> next();

 private:
  std::string_view take_line();

  std::string_view rest_;
  std::string joined_;
};

}  // namespace core::detail
