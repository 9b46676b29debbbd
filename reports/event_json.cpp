#include "reports/event_json.h"

#include <fmt/format.h>

#include "core/json/escape.h"

namespace reports {

namespace {

struct FieldWriter {
  std::string& out;

  void operator()(std::string_view name, std::string_view value) const {
    key(name, "");
    core::append_json_string(out, value);
  }
  void operator()(std::string_view name, std::int64_t value) const {
    key(name, "");
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
  void operator()(std::string_view name, core::Duration value) const {
    key(name, "_ns");
    fmt::format_to(std::back_inserter(out), "{}", value.count());
  }
  void key(std::string_view name, std::string_view unit) const {
    fmt::format_to(std::back_inserter(out), ",\"{}{}\":", name, unit);
  }
};

}  // namespace

void append_event_fields(std::string& out, const core::Event& event) {
  core::for_each_field(event, FieldWriter{out});
}

void append_event_json(std::string& out, const core::Event& event) {
  fmt::format_to(std::back_inserter(out), "{{\"t_ns\":{},\"event\":\"{}\"", event.at.time_since_epoch().count(),
                 core::name_of(event.kind));
  if (!event.runner.empty()) FieldWriter{out}("runner", event.runner);
  append_event_fields(out, event);
  out += '}';
}

}  // namespace reports
