// The catalogue of operations: everything that a runner asks of a service, by the names that events, traces, metrics
// and scenarios have for it. What is known of an operation is here, once: the settings that govern it are in Config, by
// its section. A new one is a line here and its client.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace core {

enum class Service : std::uint8_t { Llm, GitHub, Redis };

/// The part of the configuration that an operation's timeout and retries are in.
enum class ApiSection : std::uint8_t { Model, Token, Tools, Queue };

enum class ApiKind : std::uint8_t {
  Plain,             ///< It may be repeated freely.
  Effect,            ///< Its effect must not come twice.
  RepeatableEffect,  ///< Done again it changes nothing more.
  /// It finds out whether an effect came, or what one needs to know. It is tried once, within the attempt of what it
  /// serves, so that the layers do not multiply.
  LookUp,
};

/// Which of a credential's limits a service counts it against.
enum class ApiLimit : std::uint8_t {
  Common,      ///< That of all other calls.
  CodeSearch,  ///< GitHub's own for searches of code.
};

struct Api {
  std::string_view name;       ///< "github.comments.create"
  std::string_view operation;  ///< What rules call it: "comments.create".
  Service service;
  ApiSection section;
  ApiKind kind = ApiKind::Plain;
  std::string_view tool = {};  ///< Whose settings come before those of the section.
  ApiLimit limit = ApiLimit::Common;

  constexpr operator std::string_view() const { return name; }  // NOLINT(google-explicit-constructor)
};

namespace api {

constexpr std::string_view after_prefix(std::string_view name) {
  return name.substr(name.find('.') + 1);
}

inline constexpr Api kChat{"llm.chat", "chat", Service::Llm, ApiSection::Model};
inline constexpr Api kToken{"github.token", "token", Service::GitHub, ApiSection::Token};

/// Of the tools, which call GitHub with a token of the job's installation. Rules call it by the rest of its name, or by
/// `operation`, where two tools make the same request.
constexpr Api of_tool(std::string_view name, ApiKind kind, std::string_view tool, std::string_view operation = {}) {
  return {name, operation.empty() ? after_prefix(name) : operation, Service::GitHub, ApiSection::Tools, kind, tool};
}
constexpr Api of_queue(std::string_view name) {
  return {name, after_prefix(name), Service::Redis, ApiSection::Queue};
}

inline constexpr Api kCreateComment = of_tool("github.comments.create", ApiKind::Effect, "comment_on_issue");
inline constexpr Api kListComments = of_tool("github.comments.list", ApiKind::LookUp, "comment_on_issue");
inline constexpr Api kUpdateComment = of_tool("github.comments.update", ApiKind::RepeatableEffect, "edit_comment");
inline constexpr Api kGetComment = of_tool("github.comments.get", ApiKind::LookUp, "edit_comment");
inline constexpr Api kReadComments = of_tool("github.comments.read", ApiKind::Plain, "list_comments", "comments.list");
inline constexpr Api kCreateIssue = of_tool("github.issues.create", ApiKind::Effect, "create_issue");
inline constexpr Api kListIssues = of_tool("github.issues.list", ApiKind::LookUp, "create_issue");
inline constexpr Api kUpdateIssue = of_tool("github.issues.update", ApiKind::RepeatableEffect, "update_issue");
inline constexpr Api kLookAtIssue = of_tool("github.issues.look", ApiKind::LookUp, "update_issue", "issues.get");
inline constexpr Api kCloseIssue =
    of_tool("github.issues.close", ApiKind::RepeatableEffect, "close_issue", "issues.update");
inline constexpr Api kGetIssue = of_tool("github.issues.get", ApiKind::Plain, "read_issue");
inline constexpr Api kAddLabels = of_tool("github.labels.add", ApiKind::RepeatableEffect, "add_labels");
inline constexpr Api kRemoveLabel = of_tool("github.labels.remove", ApiKind::RepeatableEffect, "remove_label");
inline constexpr Api kGetContents = of_tool("github.contents.get", ApiKind::Plain, "read_file");
inline constexpr Api kSearchCode{"github.search.code", "search.code", Service::GitHub,     ApiSection::Tools,
                                 ApiKind::Plain,       "search_code", ApiLimit::CodeSearch};
inline constexpr Api kCreateRef = of_tool("github.refs.create", ApiKind::Effect, "create_branch");
inline constexpr Api kGetRef = of_tool("github.refs.get", ApiKind::LookUp, "create_branch");
inline constexpr Api kPutContents = of_tool("github.contents.put", ApiKind::Effect, "commit_file");
inline constexpr Api kListCommits = of_tool("github.commits.list", ApiKind::LookUp, "commit_file");
inline constexpr Api kCompareContents =
    of_tool("github.contents.compare", ApiKind::LookUp, "commit_file", "contents.get");
inline constexpr Api kCreatePull = of_tool("github.pulls.create", ApiKind::Effect, "create_pull_request");
inline constexpr Api kListPulls = of_tool("github.pulls.list", ApiKind::LookUp, "create_pull_request");
inline constexpr Api kCreateReview = of_tool("github.reviews.create", ApiKind::Effect, "review_pull_request");
inline constexpr Api kListReviews = of_tool("github.reviews.list", ApiKind::LookUp, "review_pull_request");

// Of the queue: each but the last is the script of that name.
inline constexpr Api kEnqueue = of_queue("redis.enqueue");
inline constexpr Api kClaim = of_queue("redis.claim");
inline constexpr Api kRenew = of_queue("redis.renew");
inline constexpr Api kComplete = of_queue("redis.complete");
inline constexpr Api kRequeue = of_queue("redis.requeue");
inline constexpr Api kFail = of_queue("redis.fail");
inline constexpr Api kJournal = of_queue("redis.journal");
inline constexpr Api kRecover = of_queue("redis.recover");
inline constexpr Api kRelease = of_queue("redis.release");
inline constexpr Api kSubscribe = of_queue("redis.subscribe");

}  // namespace api

/// What is looked up most often comes first.
inline constexpr std::array kApis{&api::kChat,         &api::kToken,       &api::kCreateComment, &api::kListComments,
                                  &api::kEnqueue,      &api::kClaim,       &api::kRenew,         &api::kComplete,
                                  &api::kRequeue,      &api::kFail,        &api::kJournal,       &api::kRecover,
                                  &api::kRelease,      &api::kSubscribe,   &api::kUpdateComment, &api::kGetComment,
                                  &api::kReadComments, &api::kCreateIssue, &api::kListIssues,    &api::kUpdateIssue,
                                  &api::kLookAtIssue,  &api::kCloseIssue,  &api::kGetIssue,      &api::kAddLabels,
                                  &api::kRemoveLabel,  &api::kGetContents, &api::kSearchCode,    &api::kCreateRef,
                                  &api::kGetRef,       &api::kPutContents, &api::kListCommits,   &api::kCompareContents,
                                  &api::kCreatePull,   &api::kListPulls,   &api::kCreateReview,  &api::kListReviews};

/// Null where the catalogue has none of that name.
constexpr const Api* find_api(std::string_view name) {
  const auto found = std::ranges::find(kApis, name, &Api::name);
  return found == kApis.end() ? nullptr : *found;
}

/// By its prefix: true for no name but one of that service.
constexpr bool is_of(Service service, std::string_view api) {
  switch (service) {
    case Service::Llm:
      return api.starts_with("llm.");
    case Service::GitHub:
      return api.starts_with("github.");
    case Service::Redis:
      return api.starts_with("redis.");
  }
  return false;
}
static_assert(std::ranges::all_of(kApis, [](const Api* each) { return is_of(each->service, each->name); }));

/// What rules call the operation of that name, whether or not the catalogue has it.
constexpr std::string_view operation_of(std::string_view api) {
  const Api* known = find_api(api);
  return known == nullptr ? api::after_prefix(api) : known->operation;
}

/// GitHub's operation that rules call so: the first of the catalogue; null where there is none.
constexpr const Api* find_github_operation(std::string_view operation) {
  const auto found = std::ranges::find_if(
      kApis, [&](const Api* each) { return each->operation == operation && each->service == Service::GitHub; });
  return found == kApis.end() ? nullptr : *found;
}

// Of null, which is in no catalogue, none of these is true.

/// Whether its effect must not come twice.
constexpr bool is_once(const Api* api) {
  return api != nullptr && api->kind == ApiKind::Effect;
}
constexpr bool is_once(std::string_view api) {
  return is_once(find_api(api));
}
/// Whether it changes something.
constexpr bool is_effect(const Api* api) {
  return is_once(api) || (api != nullptr && api->kind == ApiKind::RepeatableEffect);
}
constexpr bool is_effect(std::string_view api) {
  return is_effect(find_api(api));
}
constexpr bool is_look_up(const Api* api) {
  return api != nullptr && api->kind == ApiKind::LookUp;
}
constexpr bool is_look_up(std::string_view api) {
  return is_look_up(find_api(api));
}
/// Whether a tool calls it, with a token of the job's installation.
constexpr bool is_of_tool(const Api* api) {
  return api != nullptr && api->section == ApiSection::Tools;
}
constexpr bool is_of_tool(std::string_view api) {
  return is_of_tool(find_api(api));
}
/// Whether it is what a tool is for: its attempts may hold look-ups, and the minting of a token.
constexpr bool is_call_of_tool(std::string_view api) {
  const Api* known = find_api(api);
  return is_of_tool(known) && !is_look_up(known);
}

/// Whether some operation is governed by the settings of a tool of that name.
constexpr bool is_tool(std::string_view name) {
  return !name.empty() && std::ranges::any_of(kApis, [name](const Api* each) { return each->tool == name; });
}

}  // namespace core
