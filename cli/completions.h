// What a shell needs to complete a program's command line.
#pragma once

#include <cstdint>
#include <string>

#include "cli/reference.h"

namespace cli {

enum class Shell : std::uint8_t { Bash, Zsh, Fish };

/// A script for that shell, to be sourced, or put where the shell looks for such scripts.
std::string completions(const ProgramReference& program, Shell shell);

std::string bash_completions(const ProgramReference& program);
std::string zsh_completions(const ProgramReference& program);
std::string fish_completions(const ProgramReference& program);

}  // namespace cli
