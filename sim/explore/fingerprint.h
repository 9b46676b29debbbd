// What a world is at the moment before an HTTP request, as a hash: two prefixes of outcomes whose worlds have the same
// fingerprint go on alike, whatever follows. Times count relative to now. docs/exploration.md says why this is sound.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/world/world.h"

namespace sim {

using Fingerprint = std::array<std::uint64_t, 2>;

/// Takes the fingerprints of a run, one before each of its first requests.
class Fingerprints final : public WorldObserver {
 public:
  /// Of at most `most` requests. `scenario` and `outcomes`, by request, outlive it.
  Fingerprints(const Scenario& scenario, const std::vector<std::uint8_t>& outcomes, std::size_t most);

  /// In the order of the requests.
  const std::vector<Fingerprint>& taken() const { return taken_; }
  /// For each of the first requests: was it for the model, and not for GitHub?
  const std::vector<bool>& for_llm() const { return for_llm_; }

  void on_event(const core::Event& event) override;
  void before_request(Services& services, std::string_view runner, const core::HttpRequest& request) override;

 private:
  struct CallPlace {
    core::EventKind last{};
    std::uint32_t attempt = 0;
    core::SteadyTime at;
    core::Duration delay{};
    std::int64_t outcome = -1;  ///< Of the request under way.
  };
  struct RunPlace {
    std::uint32_t answers = 0;  ///< Of the model, in this run of the job.
    std::uint32_t tools = 0;
    std::uint64_t number = 0;  ///< Of its last event, among all.
    core::EventKind last{};
    core::SteadyTime at;
  };
  void note_call(const core::Event& event);
  std::string describe(Services& services, std::string_view runner, const core::HttpRequest& request);
  void describe_calls(std::string& out, core::SteadyTime now) const;
  void describe_jobs(std::string& out, Services& services) const;
  void describe_rules(std::string& out, Services& services, std::string_view runner, const core::HttpRequest& request);

  const Scenario& scenario_;
  const std::vector<std::uint8_t>& outcomes_;
  const std::size_t most_;
  bool depends_on_chance_;
  bool depends_on_the_hour_;
  bool has_deadlines_;
  bool names_runners_;
  bool has_rules_;
  std::vector<Fingerprint> taken_;
  std::vector<bool> for_llm_;
  std::map<std::string, CallPlace, std::less<>> calls_;
  std::map<std::string, RunPlace, std::less<>> runs_;  ///< By job, of those that run.
  std::map<std::string, std::uint64_t, std::less<>>
      counts_;  ///< Requests by operation, job and runner, for what the file's own rules leave to chance.
  std::array<std::int64_t, 2> garbled_{};  ///< Requests answered with garbage, by service.
  std::uint64_t events_ = 0;
  std::int64_t llm_requests_ = 0;
  std::string last_call_;
};

}  // namespace sim
