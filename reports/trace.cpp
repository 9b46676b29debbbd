#include "reports/trace.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "core/json/document.h"
#include "core/json/escape.h"
#include "core/json/types.h"

namespace reports {

namespace {

using namespace core::input;

constexpr std::size_t kLongestLine = 1024 * 1024;
constexpr std::string_view kFormat = "rehearse-trace";
constexpr std::size_t kMostErrors = 20;

using Texts = std::set<std::string, std::less<>>;

std::string_view kept(Texts& texts, std::string_view text) {
  if (text.empty()) return {};
  const auto found = texts.find(text);
  return found != texts.end() ? std::string_view(*found) : std::string_view(*texts.emplace(text).first);
}

/// The members of one event's object, by name.
class EventReader {
 public:
  EventReader(const At& at, Texts& texts, std::set<std::string>& foreign) : at_(at), texts_(texts), foreign_(foreign) {}

  bool read(core::Event& event) {
    if (!at_.is(Kind::Object)) return at_.wrong_kind("an event: an object");
    for (const char* name : {"t_ns", "event"}) {
      if (at_.node().find(name) == nullptr) return at_.error(fmt::format("there is no \"{}\"", name));
    }
    bool ok = true;
    for (const Node& member : at_.node().children) ok = read_member(at_.member(member), member.key, event) && ok;
    return ok;
  }

 private:
  bool read_member(const At& at, std::string_view name, core::Event& event) {
    if (name == "t_ns") return time(at, event.at);
    if (name == "event") return kind(at, event.kind);
    if (name == "failure") return failure(at, event.failure);
    for (const auto& [known, place] :
         {std::pair("runner", &event.runner), std::pair("job", &event.job), std::pair("api", &event.api),
          std::pair("tool", &event.tool), std::pair("source", &event.source), std::pair("reason", &event.reason),
          std::pair("outcome", &event.outcome), std::pair("code", &event.code)}) {
      if (name == known) return text(at, *place);
    }
    for (const auto& [known, place] :
         {std::pair("attempt", &event.attempt), std::pair("max_attempts", &event.max_attempts),
          std::pair("attempts", &event.attempts), std::pair("retry_count", &event.retry_count),
          std::pair("max_retries", &event.max_retries)}) {
      if (name == known) return Integer{0, UINT32_MAX}.read(at, place->emplace());
    }
    for (const auto& [known, place] :
         {std::pair("hint_ns", &event.hint), std::pair("delay_ns", &event.delay), std::pair("lost_ns", &event.lost)}) {
      if (name == known) return duration(at, place->emplace());
    }
    if (name == "status") return Integer{100, 599}.read(at, event.status.emplace());
    if (foreign_.size() < kMostErrors) foreign_.emplace(name);
    return true;
  }

  static bool duration(const At& at, core::Duration& value) {
    std::int64_t nanoseconds = 0;
    if (!Integer{0, INT64_MAX}.read(at, nanoseconds)) return false;
    value = core::Duration(nanoseconds);
    return true;
  }
  static bool time(const At& at, core::SteadyTime& value) {
    core::Duration since_start{};
    if (!duration(at, since_start)) return false;
    value = core::SteadyTime(since_start);
    return true;
  }
  static bool kind(const At& at, core::EventKind& value) {
    std::vector<std::string_view> names;
    for (int i = 0; i < core::kEventKinds; ++i) names.push_back(core::name_of(static_cast<core::EventKind>(i)));
    const auto named = at.is(Kind::String) ? core::event_kind_named(at.node().text) : std::nullopt;
    if (!named) return at.expected_one_of(names);
    value = *named;
    return true;
  }
  static bool failure(const At& at, std::optional<core::FailureKind>& value) {
    value = at.is(Kind::String) ? core::failure_kind_named(at.node().text) : std::nullopt;
    return value || at.expected("how a call failed, such as rate_limited or timeout");
  }
  bool text(const At& at, std::string_view& value) {
    if (!at.is(Kind::String)) return at.expected("a string");
    value = kept(texts_, at.node().text);
    return true;
  }

  const At& at_;
  Texts& texts_;
  std::set<std::string>& foreign_;
};

bool read_header(const At& at, TraceHeader& header) {
  const Node& node = at.node();
  const Node* version = node.find("version");
  if (node.find("format")->text != kFormat) return at.member(*node.find("format")).expected("rehearse-trace");
  if (version == nullptr) return at.error("the header has no \"version\"", std::to_string(kTraceVersion));
  if (version->text != std::to_string(kTraceVersion)) {
    return at.member(*version).expected(fmt::format("{}: what this build reads", kTraceVersion));
  }
  const auto text = [&node](std::string_view name) {
    const Node* member = node.find(name);
    return member != nullptr && member->kind == Kind::String ? std::string(member->text) : std::string();
  };
  header.scenario = text("scenario");
  header.scenario_digest = text("scenario_digest");
  header.build = text("build");
  if (const Node* seed = node.find("seed")) {
    if (!Integer{}.read(at.member(*seed), header.seed)) return false;
  }
  if (const Node* config = node.find("config")) header.config = to_json(*config);
  const Node* simulated = node.find("simulated");
  header.simulated = simulated != nullptr && simulated->boolean;
  return true;
}

/// Line after line; the errors of a line get its number.
class TraceReader {
 public:
  explicit TraceReader(const std::string& file) : file_(file) {}

  void line(std::string_view text) {
    ++number_;
    if (result_.errors.size() >= kMostErrors) return;
    if (text.size() > kLongestLine) return fail("a line of more than 1 MiB");
    const auto document = parse_document(file_, text);
    if (!document) {
      core::InputError error = document.error();
      error.line = number_;
      result_.errors.push_back(std::move(error));
      return;
    }
    Report report(file_);
    take(At(document->root(), report));
    for (core::InputError& error : report.take_errors()) {
      error.line = number_;
      result_.errors.push_back(std::move(error));
    }
  }

  void fail(std::string found, std::string accepted = {}) {
    result_.errors.push_back(
        {.file = file_, .line = number_, .found = std::move(found), .accepted = std::move(accepted)});
  }

  std::uint32_t lines() const { return number_; }

  LoadedTraces end() {
    for (const std::string& name : foreign_) {
      result_.warnings.push_back({.file = file_, .found = "passed over the unknown field " + core::quoted(name)});
    }
    if (!result_.errors.empty()) result_.traces.clear();
    return std::move(result_);
  }

 private:
  void take(const At& at) {
    if (at.is(Kind::Object) && at.node().find("format") != nullptr) {
      Trace trace;
      if (!read_header(at, trace.header)) return;
      texts_ = std::make_shared<Texts>();
      trace.texts = texts_;
      result_.traces.push_back(std::move(trace));
      return;
    }
    // `rehearse run --format jsonl` ends each run with its verdict.
    if (at.is(Kind::Object) && at.node().find("verdict") != nullptr) return;
    if (!texts_) {
      if (result_.errors.empty())
        fail("an event before any header", "a first line with \"format\": \"rehearse-trace\"");
      return;
    }
    core::Event event;
    if (EventReader(at, *texts_, foreign_).read(event)) result_.traces.back().events.push_back(event);
  }

  const std::string& file_;
  std::uint32_t number_ = 0;
  LoadedTraces result_;
  std::shared_ptr<Texts> texts_;
  std::set<std::string> foreign_;
};

LoadedTraces file_error(const std::string& path, std::string found) {
  return {.errors = {{.file = path, .found = std::move(found)}}};
}

}  // namespace

std::string trace_header(const TraceHeader& header) {
  std::string out = fmt::format("{{\"format\":\"{}\",\"version\":{},\"scenario\":", kFormat, kTraceVersion);
  core::append_json_string(out, header.scenario);
  out += fmt::format(",\"seed\":{},\"scenario_digest\":", header.seed);
  core::append_json_string(out, header.scenario_digest);
  out += ",\"build\":";
  core::append_json_string(out, header.build);
  out += fmt::format(",\"simulated\":{}", header.simulated);
  if (!header.config.empty()) out += ",\"config\":" + header.config;
  return out + "}\n";
}

LoadedTraces parse_traces(const std::string& file, std::string_view text) {
  TraceReader reader(file);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.line(text.substr(0, end));
    if (end == std::string_view::npos) {
      reader.fail("the file ends in the middle of a line", "a line feed after every line");
      return reader.end();
    }
    text.remove_prefix(end + 1);
  }
  if (reader.lines() == 0) reader.fail("the file is empty", "a trace: a header line, then an event a line");
  return reader.end();
}

LoadedTraces load_traces(const std::string& path) {
  std::error_code code;
  const std::filesystem::file_status status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) return file_error(path, "there is no such file");
  if (std::filesystem::is_directory(status)) return file_error(path, "this is a folder, not a file");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) return file_error(path, "the file cannot be opened");
  std::string text;
  constexpr std::size_t kPiece = 1024 * 1024;
  constexpr std::size_t kMost = 4UL * 1024 * 1024 * 1024;
  for (;;) {
    const std::size_t before = text.size();
    if (before > kMost) return file_error(path, "the file is larger than 4 GiB");
    text.resize(before + kPiece);
    text.resize(before + std::fread(text.data() + before, 1, kPiece, file.get()));
    if (text.size() < before + kPiece) break;
  }
  if (std::ferror(file.get()) != 0) return file_error(path, "the file cannot be read");
  return parse_traces(path, text);
}

}  // namespace reports
