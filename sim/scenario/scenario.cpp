#include "sim/scenario/scenario.h"

namespace sim {

core::Config default_config() {
  core::Config config;
  config.github.app_id = "12345";
  return config;
}

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
