#include "reports/trace/trace_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/json/document_file.h"
#include "core/json/object.h"
#include "reports/trace/line_reader.h"
#include "reports/trace/read_event.h"

namespace reports {

namespace {

using namespace core::input;

constexpr std::uint64_t kMostTraceBytes = 4ULL * 1024 * 1024 * 1024;
constexpr std::uint64_t kMostHeaderBytes = 64ULL * 1024 * 1024;

std::string header_form() {
  return fmt::format("a header first: {{\"format\":\"{}\",\"version\":{},...}}", kTraceFormat, kTraceVersion);
}

/// An object that need only be one; what is in it is read by whoever wants it.
struct AnyObject {
  bool read(const At& at, bool&) const { return at.is(Kind::Object) || at.wrong_kind("an object"); }
};

/// The one version there is.
struct VersionType {
  bool read(const At& at, std::uint32_t& version) const {
    if (at.is(Kind::Number) && at.node().text == fmt::format("{}", kTraceVersion)) {
      version = kTraceVersion;
      return true;
    }
    return at.expected(fmt::format("{}, the only version that this program reads", kTraceVersion));
  }
};

class Reader {
 public:
  Reader(const std::string& path, TraceSink& sink, CutLine cut_line)
      : path_(path), sink_(sink), cut_line_(cut_line), report_(path) {}

  TraceFaults read() {
    const auto file = open_document_file(path_);
    if (!file) return {.errors = {file.error()}};
    LineReader lines(file->get());
    bool goes_on = true;
    bool is_empty = true;
    while (goes_on) {
      const auto line = lines.next();
      if (!line) break;
      is_empty = false;
      goes_on = on_line(*line);
    }
    if (std::ferror(file->get()) != 0) {
      report_.add_error({.found = "the file cannot be read"});
    } else if (is_empty && cut_line_ == CutLine::LeftOut) {
      report_.add_warning({.line = 1, .found = "the file is empty"});
    } else if (is_empty) {
      report_.add_error({.line = 1, .found = "the file is empty", .accepted = header_form()});
    }
    return {.errors = report_.take_errors(), .warnings = report_.take_warnings()};
  }

 private:
  /// Whether what follows can mean anything.
  bool on_line(const LineReader::Line& line) {
    bytes_ += line.text.size();
    if (bytes_ > kMostTraceBytes) return refuse_rest(line, "the trace is", kMostTraceBytes);
    if (line.too_long) {
      report_.add_error({.line = line.number,
                         .found = fmt::format("the line is longer than {} bytes", LineReader::kMaxLineBytes),
                         .accepted = is_first(line) ? header_form() : "one event or header a line"});
      return false;
    }
    auto document = parse_document(path_, line.text,
                                   {.first_line = line.number,
                                    .name = line.ended ? std::string_view("line") : std::string_view("file"),
                                    .comments = Comments::Refused});
    if (!document) {
      core::InputError error = document.error();
      if (!line.ended && cut_line_ == CutLine::LeftOut) {
        report_.add_warning({.line = line.number, .found = "the last line is cut, and left out"});
        return false;
      }
      if (is_first(line)) error.accepted = header_form();
      if (!is_first(line) && error.accepted.empty()) error.accepted = "one JSON object a line";
      report_.add_error(std::move(error));
      return !is_first(line);
    }
    const Node& node = document->root();
    const bool is_event = node.find("event") != nullptr;
    if (!is_event && node.find("format") != nullptr) {
      header_bytes_ += line.text.size();
      if (header_bytes_ > kMostHeaderBytes) {
        return refuse_rest(line, "the headers of its runs are", kMostHeaderBytes);
      }
      return on_header(std::move(*document), line.number);
    }
    const At root(node, report_);
    if (is_first(line)) return root.error("the file does not begin as a trace", header_form());
    // `run --format jsonl` ends each run with its verdict.
    if (!is_event && node.find("verdict") != nullptr) return true;
    on_event(root);
    return true;
  }

  /// What is read is kept in memory.
  bool refuse_rest(const LineReader::Line& line, std::string_view what, std::uint64_t most) {
    report_.add_error({.line = line.number,
                       .found = fmt::format("{} longer than {} bytes", what, most),
                       .accepted = "less: a part of it, from a header on"});
    return false;
  }

  static bool is_first(const LineReader::Line& line) { return line.number == 1; }

  void on_event(const At& root) {
    core::Event event;
    const bool ok = read_event(root, foreign_, event);
    if (ok && report_.ok()) sink_.on_event(event);
  }

  bool on_header(Document document, std::uint32_t line) {
    const std::size_t errors_before = report_.error_count();
    TraceHeader header{.line = line};
    std::string text;
    bool ignored = false;
    std::uint32_t version = 0;
    const At root(document.root(), report_);
    ObjectReader io(root);
    io.required("format", text, NameOf{{kTraceFormat}}, {});
    io.required("version", version, VersionType{}, {});
    if (report_.error_count() == errors_before) {
      io.optional("scenario", header.scenario, Text{}, {});
      io.optional("file", text, Text{}, {});
      io.optional("seed", header.seed, Integer{}, {});
      io.optional("schedule", header.schedule, Integer{}, {});
      io.optional("scenario_digest", header.scenario_digest, Text{}, {});
      io.optional("build", header.build, Text{}, {});
      io.optional("simulated", header.simulated, Boolean{}, {});
      io.optional("started", header.started, UtcText{}, {});
      io.optional("config", ignored, AnyObject{}, {});
      note_foreign(root);
    }
    if (report_.error_count() != errors_before) return false;
    header.document = std::move(document);
    if (report_.ok()) sink_.on_run(std::move(header));
    return true;
  }

  void note_foreign(const At& root) {
    constexpr auto& kKeys = kTraceHeaderKeys;
    for (const Node& member : root.node().children) {
      if (std::find(kKeys.begin(), kKeys.end(), member.key) == kKeys.end()) foreign_.note(root.member(member));
    }
  }

  const std::string& path_;
  TraceSink& sink_;
  const CutLine cut_line_;
  Report report_;
  ForeignFields foreign_;
  std::uint64_t bytes_ = 0;
  std::uint64_t header_bytes_ = 0;
};

}  // namespace

TraceFaults read_trace(const std::string& path, TraceSink& sink, CutLine cut_line) {
  return Reader(path, sink, cut_line).read();
}

}  // namespace reports
