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

/// A call of it may be repeated freely, or has an effect that must not come twice, or finds out whether one came: what
/// finds out is tried once, within the attempt of what it serves, so that the layers do not multiply.
enum class ApiKind : std::uint8_t { Plain, Effect, LookUp };

struct Api {
  std::string_view name;  ///< "github.comments.create": the service's prefix, then what rules call it in `on`.
  Service service;
  ApiSection section;
  ApiKind kind = ApiKind::Plain;
  std::string_view tool = {};  ///< Whose settings come before those of the section.

  constexpr operator std::string_view() const { return name; }  // NOLINT(google-explicit-constructor)
  /// "comments.create".
  constexpr std::string_view operation() const { return name.substr(name.find('.') + 1); }
};

namespace api {

inline constexpr Api kChat{"llm.chat", Service::Llm, ApiSection::Model};
inline constexpr Api kToken{"github.token", Service::GitHub, ApiSection::Token};
inline constexpr Api kCreateComment{"github.comments.create", Service::GitHub, ApiSection::Tools, ApiKind::Effect,
                                    "comment_on_issue"};
inline constexpr Api kListComments{"github.comments.list", Service::GitHub, ApiSection::Tools, ApiKind::LookUp,
                                   "comment_on_issue"};

// Of the queue: each but the last is the script of that name.
inline constexpr Api kEnqueue{"redis.enqueue", Service::Redis, ApiSection::Queue};
inline constexpr Api kClaim{"redis.claim", Service::Redis, ApiSection::Queue};
inline constexpr Api kRenew{"redis.renew", Service::Redis, ApiSection::Queue};
inline constexpr Api kComplete{"redis.complete", Service::Redis, ApiSection::Queue};
inline constexpr Api kRequeue{"redis.requeue", Service::Redis, ApiSection::Queue};
inline constexpr Api kFail{"redis.fail", Service::Redis, ApiSection::Queue};
inline constexpr Api kJournal{"redis.journal", Service::Redis, ApiSection::Queue};
inline constexpr Api kRecover{"redis.recover", Service::Redis, ApiSection::Queue};
inline constexpr Api kRelease{"redis.release", Service::Redis, ApiSection::Queue};
inline constexpr Api kSubscribe{"redis.subscribe", Service::Redis, ApiSection::Queue};

}  // namespace api

inline constexpr std::array kApis{&api::kChat,    &api::kToken,    &api::kCreateComment, &api::kListComments,
                                  &api::kEnqueue, &api::kClaim,    &api::kRenew,         &api::kComplete,
                                  &api::kRequeue, &api::kFail,     &api::kJournal,       &api::kRecover,
                                  &api::kRelease, &api::kSubscribe};

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

constexpr bool is_effect(std::string_view api) {
  const Api* known = find_api(api);
  return known != nullptr && known->kind == ApiKind::Effect;
}
constexpr bool is_look_up(std::string_view api) {
  const Api* known = find_api(api);
  return known != nullptr && known->kind == ApiKind::LookUp;
}
/// Whether a tool calls it, with a token of the job's installation.
constexpr bool is_of_tool(std::string_view api) {
  const Api* known = find_api(api);
  return known != nullptr && known->section == ApiSection::Tools;
}

/// Whether some operation is governed by the settings of a tool of that name.
constexpr bool is_tool(std::string_view name) {
  return !name.empty() && std::ranges::any_of(kApis, [name](const Api* each) { return each->tool == name; });
}

}  // namespace core
