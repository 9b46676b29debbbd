// Every single value that a configuration may set, with its path and the environment variable that sets it. The table
// is made from the types that read the configuration, so that whatever a file may say the environment may say too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/terminal_text.h"

namespace runner {

inline constexpr std::string_view kVariablePrefix = "REHEARSE_";

/// How a value is written where there are no quotes and no brackets.
enum class SettingForm : std::uint8_t {
  Text,    ///< As it stands.
  Json,    ///< A number, true or false.
  Either,  ///< JSON where it reads as such, otherwise a text: "full", {"spread": 0.1}.
  List,    ///< JSON, or items with commas between them: 1s,5s,30s.
};

struct Setting {
  std::string path;  ///< "llm.retry.attempts". Of each tool that there is its own: "tools.comment_on_issue.timeout".
  std::string variable;  ///< "REHEARSE_LLM_RETRY_ATTEMPTS".
  std::string what;      ///< One line for people.
  SettingForm form = SettingForm::Text;
};

/// In the order of a configuration that is written out. A value of several forms is there as a whole and by its parts:
/// "llm.retry.jitter" and "llm.retry.jitter.spread".
std::vector<Setting> all_settings();

/// Null where there is none of that path.
const Setting* find_setting(std::span<const Setting> settings, std::string_view path);

/// The JSON text of a value that was given as a text.
std::string json_of(SettingForm form, std::string_view text);

/// Whether a variable that sets nothing was probably meant to: it names a section, or is nearly one of them. Others
/// have variables of this prefix too. `nearest` is the name that was probably meant; empty: none is near.
bool is_probably_meant(std::span<const Setting> settings, std::string_view variable, std::string& nearest);

/// A line for each setting: path, variable, what it is.
core::TerminalText settings_overview(std::span<const Setting> settings);

}  // namespace runner
