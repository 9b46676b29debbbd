#include "sim/scenario/scenario.h"

namespace sim {

std::string_view name_of(JobState state) {
  switch (state) {
    case JobState::Completed:
      return "completed";
    case JobState::Failed:
      return "failed";
    case JobState::Waiting:
      return "waiting";
    case JobState::Delayed:
      return "delayed";
    case JobState::Running:
      return "running";
  }
  return {};
}

}  // namespace sim
