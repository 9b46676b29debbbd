// The fake GitHub: installation tokens for App JWTs, and issue comments. Any repository, issue and installation exists;
// everything else is as strict as the real service. Comments are kept for good, and are what a run is judged by. Each
// repository is known by its number too; it may lie at the root of a host or under a path, as GitHub Enterprise does.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/api.h"
#include "fakes/answer.h"
#include "fakes/github/app_jwt.h"
#include "fakes/github/repositories.h"
#include "fakes/github/route.h"
#include "fakes/github/state.h"
#include "fakes/http_faults.h"
#include "fakes/http_text.h"

namespace fakes {

class GitHub {
 public:
  /// `rules` and the verifier must outlive it. `random` is the branch of this service.
  GitHub(GitHubOptions options, const std::vector<HttpRule>& rules, core::Random random)
      : options_(std::move(options)),
        faults_(rules, random),
        state_(random),
        request_ids_(random.fork("request id")),
        forms_(random.fork("forms")) {}

  /// To begin with; `start` is the wall clock then.
  void add_existing(std::string_view repository_and_issue, const ExistingComments& existing, core::WallTime start) {
    state_.add_existing(repository_and_issue, existing, start);
  }

  Answer handle(const core::HttpRequest& request, const Now& now);

  /// How many requests each rule has counted, in the order of the rules.
  std::vector<std::uint64_t> rule_counts() const { return faults_.counts(); }
  std::vector<RuleUse> rule_uses() const { return faults_.uses(); }

  /// How often an operation had an effect.
  std::uint64_t effects(std::string_view operation) const;
  /// Calls visit(effect) for each, comments of clients first.
  template <class Visitor>
  void for_each_effect(Visitor&& visit) const {
    for_each_comment([&visit](std::string_view issue, const Comment& comment) {
      if (!comment.app.empty()) visit(MadeEffect{core::api::kCreateComment.operation, issue, comment.body});
    });
    state_.for_each_effect(visit);
  }
  /// All that can matter later of what clients have done.
  void describe_state(std::string& out) const;

  /// How many comments exist on an issue: "octo/hello#7".
  std::uint64_t comments(std::string_view repository_and_issue) const {
    return state_.comments_of(repository_and_issue).size();
  }

  /// Of all operations together, comments that were there included.
  std::size_t effect_count() const { return state_.comments().size() + state_.effect_count(); }

  /// Calls visit("octo/hello#7", comment) for every comment: issues by name, comments of one issue oldest first.
  template <class Visitor>
  void for_each_comment(Visitor&& visit) const {
    for (const auto& [issue, places] : state_.by_issue()) {
      for (const std::size_t place : places) visit(std::string_view(issue), state_.comments()[place]);
    }
  }

 private:
  friend class GitHubCall;
  friend class GitHubExchange;

  /// Puts the name for a repository's number, and keeps in mind who asked for which.
  GitHubRoute resolve(GitHubRoute route, const core::HttpRequest& request);

  GitHubOptions options_;
  HttpFaults faults_;
  GitHubState state_;
  Repositories repositories_;
  core::Random request_ids_;
  core::Random forms_;
  std::map<std::string, std::uint64_t> page_sizes_;      ///< By list; kept where forms vary.
  std::map<std::string, std::uint64_t> waits_asked_of_;  ///< By job; counted where forms vary.
  std::uint64_t requests_ = 0;
  HttpDate date_;
};

}  // namespace fakes
