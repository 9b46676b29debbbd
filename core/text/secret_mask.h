// Secrets in texts that others sent. A service that sends a key back may write it with JSON escapes, in as many ways as
// it likes, and may escape these again: a JSON text that is a string in another one.
#pragma once

#include <string>
#include <string_view>

namespace core {

/// Puts `mask` in the place of each `secret` in `text`, however it is escaped. Where it is, what stands directly around
/// it may be masked with it. A text that was JSON stays JSON, but for a secret with a quote in it. False when there is
/// nothing to mask. An empty secret is none.
bool mask_secret(std::string& text, std::string_view secret, std::string_view mask);

/// `text` with all JSON escapes resolved, and those that come to light, up to a number of times, so that a word can be
/// looked for in it. \n and the like become their letter: no secret holds control characters.
std::string fully_unescaped(std::string_view text);

}  // namespace core
