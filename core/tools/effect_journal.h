// What a job's journal says of one effect: that it was begun, with which key and to do what, and how it has ended. The
// texts are those that versions before this one have written, too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

/// What earlier attempts of the job, or of this call, have left behind.
enum class EffectProgress : std::uint8_t {
  None,     ///< Nothing was sent, or what was sent had no effect.
  Unknown,  ///< Something was sent and nobody knows what became of it.
  Done,
};

struct EffectEntry {
  EffectProgress progress = EffectProgress::None;
  std::string key;     ///< With which it was begun; empty in an entry of a version before there were secrets.
  std::string intent;  ///< What was to be done. One key never carries two.
  std::string answer;  ///< Told to the model, once done.
};

/// Nothing where it is no entry: somebody else has written there.
std::optional<EffectEntry> read_effect_entry(std::string_view text);

std::string begun_entry(std::string_view key, std::string_view intent);
std::string done_entry(std::string_view intent, std::string_view answer);
/// Nothing was done: a later run has nothing to look for, and may be given other things to do.
std::string undone_entry();

}  // namespace core
