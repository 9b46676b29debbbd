#include "runner/sinks/trace_file.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "cli/version.h"
#include "core/config/config_json.h"
#include "core/json/escape.h"
#include "core/time/text.h"
#include "reports/event_json.h"
#include "reports/trace/trace_format.h"

namespace runner {

TraceFile::TraceFile(const std::string& path, boost::asio::any_io_executor executor, const core::Config& config,
                     core::WallTime started, OnTrouble on_trouble)
    : executor_(std::move(executor)),
      file_(cli::GrowingFile::continued(path, cli::GrowingFile::Access::OwnerAlone, reports::trace_header_start())),
      on_trouble_(std::move(on_trouble)) {
  std::string build;
  core::append_json_string(build, cli::version_text("runner"));
  file_.write(fmt::format("{},\"build\":{},\"simulated\":false,\"started\":\"{}\",\"config\":{}}}\n",
                          reports::trace_header_start(), build, core::format_utc(started),
                          core::config_to_json_line(config)));
  file_.flush();
}

void TraceFile::on_event(const core::Event& event) {
  line_.clear();
  reports::append_event_json(line_, event);
  line_ += '\n';
  if (!file_.write(line_)) on_trouble_(error());
  if (flush_planned_) return;
  flush_planned_ = true;
  boost::asio::post(executor_, [this] {
    flush_planned_ = false;
    flush();
  });
}

void TraceFile::flush() {
  if (!file_.flush()) on_trouble_(error());
}

}  // namespace runner
