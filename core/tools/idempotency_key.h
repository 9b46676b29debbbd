// What an effect is known by: a key that nobody can guess, and the marker that carries it where people do not see it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace core {

/// The idempotency key of the `ordinal`-th call of a tool within a job: 32 hexadecimal digits. `secret` is the job's.
std::string idempotency_key(std::string_view secret, std::string_view job, std::string_view tool,
                            std::uint32_t ordinal);

/// That of versions before there were secrets: anybody who knows the job's id can make it.
std::string older_idempotency_key(std::string_view job, std::string_view tool, std::uint32_t ordinal);

/// The HTML comment that a text in Markdown carries its key in; invisible on the page.
std::string marker_of(std::string_view key);

/// All markers in a text, one after another.
std::string markers_in(std::string_view text);

/// A model's text without anything that begins as a marker does.
std::string without_markers(std::string_view text);

}  // namespace core
