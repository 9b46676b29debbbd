// The limited services that fleets are tried against: the fakes' own limiters, which count in fixed windows from the
// first call on. All clients of a fleet count together: they have one model's key, or are of one installation.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/api/api.h"
#include "sim/scenario/scenario.h"

namespace sim {

/// What a refusal says about when to come back.
enum class Tells : std::uint8_t { Nothing, TheWait };

struct LimitedService {
  std::string_view name;
  std::string_view refusal;    ///< What the refused caller is told, in words.
  std::string_view operation;  ///< As rules name it: what is limited.
  std::uint32_t calls_of_job;  ///< How many of these calls one job needs.
  Tells tells;
  core::LlmProtocol protocol;
  fakes::GitHubLimit kind;

  bool is_model() const { return operation == core::api::kChat.operation; }
};

/// In the order of the table.
std::span<const LimitedService> limited_services();
/// Null: there is none of that name.
const LimitedService* find_limited_service(std::string_view name);

/// Has the scenario's fake let `limit` calls through in every `per`. Every answer takes `latency`.
void limit_service(Scenario& scenario, const LimitedService& service, std::uint64_t limit, core::Duration per,
                   core::Duration latency);

}  // namespace sim
