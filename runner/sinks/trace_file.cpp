#include "runner/sinks/trace_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "core/config/config_json.h"
#include "core/json/escape.h"
#include "core/time/text.h"
#include "reports/event_json.h"
#include "runner/version.h"

namespace runner {

TraceFile::TraceFile(const std::string& path, const core::Config& config, core::WallTime started, OnTrouble on_trouble)
    : path_(path), on_trouble_(std::move(on_trouble)), file_(std::fopen(path.c_str(), "wbe")) {
  if (!file_) {
    error_ = fmt::format("{} cannot be written: {}", path, std::strerror(errno));
    return;
  }
  std::string build;
  core::append_json_string(build, version_text());
  write(
      fmt::format("{{\"format\":\"rehearse-trace\",\"version\":1,\"build\":{},\"simulated\":false,\"started\":\"{}\","
                  "\"config\":{}}}\n",
                  build, core::format_utc(started), core::config_to_json_line(config)));
  flush();
}

void TraceFile::on_event(const core::Event& event) {
  if (!file_) return;
  line_.clear();
  reports::append_event_json(line_, event);
  line_ += '\n';
  write(line_);
}

void TraceFile::flush() {
  if (file_ && std::fflush(file_.get()) != 0) give_up();
}

void TraceFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) give_up();
}

void TraceFile::give_up() {
  error_ = fmt::format("the trace {} ends here: {}", path_, std::strerror(errno));
  file_.reset();
  on_trouble_(error_);
}

}  // namespace runner
