// What the fake GitHub knows: installation tokens and the comments that exist. Values and look-ups; it decides nothing.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/random/random.h"
#include "core/time/time.h"
#include "fakes/github/contents_state.h"
#include "fakes/github/issues_state.h"
#include "fakes/github/made_effect.h"

namespace fakes {

struct InstallationToken {
  std::uint64_t installation = 0;
  std::string app;         ///< The issuer of the JWT that it was minted for.
  core::WallTime expires;  ///< A whole second.
  std::uint64_t used = 0;  ///< Requests made with it.
};

struct Comment {
  std::uint64_t id = 0;
  std::string repository;  ///< "octo/hello"
  std::uint64_t issue = 0;
  std::string body;
  core::WallTime created;  ///< A whole second.
  std::string app;         ///< Empty: a person's.
};

/// Comments that are there before anything else happens.
struct ExistingComments {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  ///< The length of each one's text; 0: a short sentence.
  bool operator==(const ExistingComments&) const = default;
};

class GitHubState {
 public:
  explicit GitHubState(core::Random random) : tokens_random_(random.fork("token")) {}

  using TokenEntry = std::pair<const std::string, InstallationToken>;
  /// A new token, valid for an hour.
  const TokenEntry& mint(std::uint64_t installation, std::string app, core::WallTime now);
  /// Null: never minted, or expired.
  InstallationToken* find_token(std::string_view token, core::WallTime now);

  /// Comments of people on "octo/hello#7", a second apart, the last one a second before `start`.
  void add_existing(std::string_view repository_and_issue, const ExistingComments& existing, core::WallTime start);

  /// Whether there is room for another text: a served fake keeps all that clients write until it ends.
  bool has_room_for(std::string_view body) const { return comment_bytes_ + body.size() <= kMostCommentBytes; }
  const Comment& add_comment(std::string_view repository, std::uint64_t issue, std::string body, std::string app,
                             core::WallTime now);
  /// Null: none of that id in that repository.
  Comment* find_comment(std::string_view repository, std::uint64_t id);
  /// Those of one issue, oldest first; by their places in comments().
  const std::vector<std::size_t>& comments_of(std::string_view repository_and_issue) const;
  const std::vector<Comment>& comments() const { return comments_; }

  IssuesState& issues() { return issues_; }
  ContentsState& contents() { return contents_; }

  /// An effect of that operation, whose name outlives this.
  void note_effect(std::string_view operation, std::string place, std::string text);
  /// Calls visit(effect) for all but comments, in the order in which they came.
  template <class Visitor>
  void for_each_effect(Visitor&& visit) const {
    for (const KeptEffect& each : effects_) visit(MadeEffect{each.operation, each.place, each.text});
  }
  std::size_t effect_count() const { return effects_.size(); }
  /// All that can matter later of what is no comment and no token.
  void describe_state(std::string& out) const;

  /// "octo/hello#7" -> places in comments(), by name.
  using ByIssue = std::map<std::string, std::vector<std::size_t>, std::less<>>;
  const ByIssue& by_issue() const { return by_issue_; }

 private:
  core::Random tokens_random_;
  std::uint64_t minted_ = 0;
  static constexpr std::size_t kFewTokens = 4096;
  static constexpr std::size_t kMostCommentBytes = 1024UL * 1024 * 1024;
  std::map<std::string, InstallationToken, std::less<>> tokens_;
  static constexpr std::size_t kMostTokenBytes = 64UL * 1024 * 1024;
  std::size_t token_bytes_ = 0;        ///< Of the names of their Apps, of all so far. Past that all are forgotten.
  std::size_t sweep_at_ = kFewTokens;  ///< At that many tokens the expired ones are dropped.
  struct KeptEffect {
    std::string_view operation;
    std::string place, text;
  };
  IssuesState issues_;
  ContentsState contents_;
  std::vector<KeptEffect> effects_;
  std::vector<Comment> comments_;
  std::size_t comment_bytes_ = 0;
  ByIssue by_issue_;
};

}  // namespace fakes
