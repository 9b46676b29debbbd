// What a rule's `retry_after` may say: a wait, in each spelling of the service.
#pragma once

#include <string>
#include <string_view>

#include "core/api/api.h"
#include "core/json/types.h"
#include "fakes/faults/rule.h"

namespace sim {

bool is_header_value(std::string_view text);
inline constexpr core::input::Text kHeaderValue{
    "a header's value: a string without line feeds and other control characters", is_header_value};

struct RetryAfterType {
  core::Service service;

  bool read(const core::input::At& at, fakes::RetryAfterSpelling& spelling) const;
  core::input::JsonObject schema(const fakes::RetryAfterSpelling& spelling) const;
  std::string file_text(const fakes::RetryAfterSpelling& spelling) const;
};

}  // namespace sim
