#include "rehearse/trace_input.h"

#include <fmt/format.h>

#include "core/config/config_json.h"
#include "core/json/document_file.h"
#include "rehearse/output.h"

namespace rehearse {

namespace {

class RunKeeper final : public reports::TraceSink {
 public:
  explicit RunKeeper(const std::string& file) : file_(file) {}

  void on_run(reports::TraceHeader header) override {
    runs.push_back({file_, std::move(header), std::make_unique<sim::Recorder>(sim::KeepEvents::Yes)});
  }
  void on_event(const core::Event& event) override { runs.back().recorder->on_event(event); }

  std::vector<TraceRun> runs;

 private:
  const std::string& file_;
};

/// Whether there are no errors among them.
bool print_faults(const std::vector<core::InputError>& errors, const std::vector<core::InputError>& warnings) {
  for (const core::InputError& warning : warnings) print_message("warning: " + core::to_text(warning));
  for (const core::InputError& error : errors) print_message("error: " + core::to_text(error));
  return errors.empty();
}

/// A trace's configuration is written with its secrets masked; the mask is no secret that an event must not hold.
core::Config without_mask(core::Config config) {
  if (config.llm.api_key == core::kMaskedSecret) config.llm.api_key.clear();
  return config;
}

}  // namespace

std::string TraceRun::name() const {
  // Titles come from the file and are shown on a terminal.
  std::string text = core::printable(file, 300);
  // Of a runner that was started several times the runs have no names of their own.
  if (header.scenario.empty() && header.line > 1) text += fmt::format(":{}", header.line);
  if (!header.scenario.empty()) text += ": " + core::printable(header.scenario);
  if (header.seed) text += fmt::format(" (seed {})", *header.seed);
  return text;
}

std::optional<std::vector<TraceRun>> load_trace(const std::string& path, reports::CutLine cut_line) {
  RunKeeper keeper(path);
  const reports::TraceFaults faults = reports::read_trace(path, keeper, cut_line);
  if (!print_faults(faults.errors, faults.warnings)) return std::nullopt;
  return std::move(keeper.runs);
}

std::optional<core::Config> load_config(const std::string& path) {
  const auto text = core::input::read_document_file(path);
  if (!text) {
    print_faults({text.error()}, {});
    return std::nullopt;
  }
  core::ConfigInput input = core::parse_config(path, *text);
  if (!print_faults(input.errors, input.warnings)) return std::nullopt;
  return without_mask(std::move(*input.config));
}

std::optional<core::Config> config_of(const TraceRun& run) {
  core::Config config;
  const core::input::Node* const node = run.header.config();
  if (node == nullptr) return config;
  core::input::Report report(run.file);
  core::ConfigType{}.read(core::input::At(run.header.document->root(), report).member(*node), config);
  if (!print_faults(report.take_errors(), report.take_warnings())) return std::nullopt;
  return without_mask(std::move(config));
}

}  // namespace rehearse
