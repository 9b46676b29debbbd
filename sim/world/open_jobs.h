// The jobs of a world that have not ended. A job has ended when Redis records its end, even if no runner reports it.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/text_hash.h"
#include "sim/scenario/scenario.h"
#include "sim/world/queue_watch.h"

namespace sim {

class OpenJobs {
 public:
  /// `scenario` and `queue` outlive this. At first every job is still to be put in.
  OpenJobs(const Scenario& scenario, QueueWatch& queue);

  bool any() const { return open_ > 0; }
  /// "job-1, job-2": a few of those that have not ended.
  std::string text() const;
  /// As Redis records it; nothing for a job that is not there.
  std::optional<JobState> state_of(std::string_view job);

  /// The client has heard that the job is in the queue.
  void note_acceptance(std::string_view job);
  /// One of the queue's scripts has run: looks at the jobs that it may have ended, or opened.
  void on_script(const fakes::redis::ScriptCall& call, const core::RedisCommand& command);
  /// After a restart that lost writes, jobs may be gone that had been accepted, and others may be open again.
  void look_at_all();

 private:
  /// The job may have ended.
  void look_at(std::string_view job);
  /// A job that had ended may have been put in, or brought back, to be run anew.
  void look_whether_open(std::string_view job);

  enum class End : std::uint8_t {
    Coming,  ///< The client has no acknowledgement yet and goes on trying.
    Open,
    Ended,
    Lost,
  };

  using Place = std::uint32_t;  ///< Of a job in the scenario.
  /// The id of a job that is given by its place, or itself.
  struct IdOf {
    const std::vector<ScenarioJob>& jobs;

    std::string_view operator()(Place place) const { return jobs[place].id; }
    std::string_view operator()(std::string_view id) const { return id; }
  };
  struct HashId {
    using is_transparent = void;
    IdOf id_of;

    template <class A>
    std::size_t operator()(const A& a) const {
      return core::TextHash()(id_of(a));
    }
  };
  struct SameId {
    using is_transparent = void;
    IdOf id_of;

    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return id_of(a) == id_of(b);
    }
  };

  static bool is_open(End end) { return end == End::Coming || end == End::Open; }
  /// Null: it is none of the scenario's.
  End* find(std::string_view job);
  void set(End& known, End end);

  const Scenario& scenario_;
  QueueWatch& queue_;
  // There may be a million jobs: of each a place and a byte. never iterated: their order reaches nothing
  boost::unordered_flat_set<Place, HashId, SameId> places_;
  std::vector<End> ends_;  ///< By place.
  std::uint64_t open_ = 0;
};

}  // namespace sim
