// One event of a trace file, as append_event_json writes it, made into a core::Event. Fields that this program does not
// know are foreign: a later version may have added them, and they change nothing of what the known ones say.
#pragma once

#include <set>
#include <string>

#include "core/events/event.h"
#include "core/json/reader.h"

namespace reports {

/// The names of foreign fields that were met; each is warned of once.
class ForeignFields {
 public:
  void note(const core::input::At& member);

 private:
  static constexpr std::size_t kMostNames = 1'000;  ///< A file may hold any number of them; memory does not.
  std::set<std::string, std::less<>> names_;
};

/// False when it has reported an error. The event's texts are those of the document.
bool read_event(const core::input::At& at, ForeignFields& foreign, core::Event& event);

}  // namespace reports
