// The command line of `rehearse lab`.
#pragma once

#include <CLI/CLI.hpp>

#include "rehearse/options.h"

namespace rehearse {

/// `options` outlives the parsing.
CLI::App& add_lab(CLI::App& app, LabCommandOptions& options);

}  // namespace rehearse
