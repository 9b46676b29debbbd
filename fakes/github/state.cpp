#include "fakes/github/state.h"

#include <fmt/compile.h>

#include <algorithm>

#include "core/state.h"
#include "core/text/compose.h"
#include "fakes/http_text.h"

namespace fakes {

namespace {
using namespace std::chrono_literals;

constexpr std::uint64_t kFirstComment = 2'000'000'001;

core::WallTime whole_second(core::WallTime time) {
  return core::WallTime(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()));
}

/// "ghs_" and 36 letters and digits.
std::string token_text(const core::Random& random) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr int kDigitsPerDraw = 9;
  std::string text = "ghs_";
  for (std::uint64_t draw = 0; draw < 4; ++draw) {
    std::uint64_t bits = random.bits(draw);
    for (int i = 0; i < kDigitsPerDraw; ++i, bits /= kAlphabet.size()) text += kAlphabet[bits % kAlphabet.size()];
  }
  return text;
}

}  // namespace

const GitHubState::TokenEntry& GitHubState::mint(std::uint64_t installation, std::string app, core::WallTime now) {
  if (tokens_.size() >= sweep_at_) {
    std::erase_if(tokens_, [now](const auto& entry) { return entry.second.expires <= now; });
    sweep_at_ = std::max(kFewTokens, 2 * tokens_.size());
  }
  token_bytes_ += app.size();
  if (token_bytes_ > kMostTokenBytes) {
    tokens_.clear();
    token_bytes_ = 0;
  }
  const core::WallTime expires = core::saturating_add(whole_second(now), 1h);
  return *tokens_
              .insert_or_assign(token_text(tokens_random_.fork(minted_++)),
                                InstallationToken{installation, std::move(app), expires})
              .first;
}

InstallationToken* GitHubState::find_token(std::string_view token, core::WallTime now) {
  const auto found = tokens_.find(token);
  return found == tokens_.end() || found->second.expires <= now ? nullptr : &found->second;
}

const Comment& GitHubState::add_comment(std::string_view repository, std::uint64_t issue, std::string body,
                                        std::string app, core::WallTime now) {
  comment_bytes_ += body.size();
  by_issue_[core::compose(FMT_COMPILE("{}#{}"), repository, issue)].push_back(comments_.size());
  return comments_.emplace_back(Comment{kFirstComment + comments_.size(), std::string(repository), issue,
                                        std::move(body), whole_second(now), std::move(app)});
}

void GitHubState::add_existing(std::string_view name, const ExistingComments& existing, core::WallTime start) {
  const std::size_t sign = name.find('#');
  const std::string_view repository = name.substr(0, sign);
  const std::uint64_t issue = parse_positive(name.substr(sign + 1)).value_or(1);
  comments_.reserve(comments_.size() + existing.count);
  std::vector<std::size_t>& places = by_issue_[std::string(name)];
  for (std::uint64_t i = 1; i <= existing.count; ++i) {
    std::string body = core::compose(FMT_COMPILE("I see this, too ({})."), i);
    if (existing.bytes > 0) body.resize(existing.bytes, '.');
    places.push_back(comments_.size());
    const auto ago = std::chrono::seconds(existing.count + 1 - i);
    comments_.push_back({kFirstComment + comments_.size(),
                         std::string(repository),
                         issue,
                         std::move(body),
                         whole_second(start) - ago,
                         {}});
  }
}

Comment* GitHubState::find_comment(std::string_view repository, std::uint64_t id) {
  if (id < kFirstComment || id - kFirstComment >= comments_.size()) return nullptr;
  Comment& comment = comments_[id - kFirstComment];
  return comment.repository == repository ? &comment : nullptr;
}

void GitHubState::note_effect(std::string_view operation, std::string place, std::string text) {
  constexpr std::size_t kBytesOfARecord = 256;
  comment_bytes_ += kBytesOfARecord + 2 * text.size();  // The text is kept by what it was made, too.
  effects_.push_back({operation, std::move(place), std::move(text)});
}

void GitHubState::describe_state(std::string& out) const {
  for_each_effect([&out](const MadeEffect& effect) {
    if (effect.text.empty()) return;  // What it changed tells all.
    core::append_state(out, effect.operation);
    core::append_state(out, effect.place);
    core::append_state(out, effect.text);
  });
  issues_.describe_state(out);
  contents_.describe_state(out);
}

const std::vector<std::size_t>& GitHubState::comments_of(std::string_view repository_and_issue) const {
  static const std::vector<std::size_t> kNone;
  const auto found = by_issue_.find(repository_and_issue);
  return found == by_issue_.end() ? kNone : found->second;
}

}  // namespace fakes
