// Puts jobs into the queue: one from the command line, or many from stdin. A job whose id is known already is left as
// it is, so that whoever is not sure can say it again.
#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "core/json/object.h"
#include "core/json/pretty.h"
#include "core/queue/queue.h"
#include "core/queue/queue_admin.h"
#include "core/text/names.h"
#include "core/tools/all_tools.h"
#include "reports/trace/line_reader.h"
#include "runner/commands/prepared.h"
#include "runner/options.h"

namespace runner {

namespace asio = boost::asio;

namespace {

using namespace core::input;

struct NewJob {
  std::string id;
  core::JobSpec spec;
};

auto job_type() {
  return object<NewJob>([](auto& io, NewJob& job) {
    io.required("id", job.id, Text{"1 to 256 bytes of UTF-8 without control characters", core::is_job_id},
                "Names the job.");
    io.required("repo", job.spec.repo, Text{"owner/name", core::is_repository}, "Where it may act.");
    io.required("issue", job.spec.issue, Integer{1, INT64_MAX}, "The issue that it may act on.");
    io.required("installation", job.spec.installation, Integer{1, INT64_MAX}, "The App's installation there.");
    io.required("prompt", job.spec.prompt, Text{"a text", is_not_empty}, "What is to be done.");
    io.optional("deadline", job.spec.deadline, kPositiveDuration, "By when, from now, it must have ended.");
    io.optional("tools", job.spec.tools, List{NameOf{core::names_of_tools()}, std::size(core::kAllTools)},
                "What the model may use; by default comment_on_issue alone.");
  });
}

/// Of the reason for which a job that is there has failed.
constexpr std::uint64_t kMostReasonBytes = 1024;
/// Where the last attempt was lost, or given up.
constexpr const char* kNoAnswer = "it gave no answer, and may have taken it all the same; enqueue it again";

class Enqueuer final : public core::EventSink {
 public:
  Enqueuer(Runtime& runtime, const core::Config& config, bool json)
      : runtime_(runtime),
        config_(config),
        json_(json),
        admin_(runtime.environment(), config.redis, config.jobs.lease),
        queue_(runtime.environment(), config.redis, config.jobs.lease),
        token_(fmt::format("{:016x}", runtime.environment().random.fork("enqueue").bits())) {
    runtime.events().add(*this);
  }

  void on_event(const core::Event& event) override {
    if (event.kind == core::EventKind::CallFailed) last_code_ = event.code;
  }

  /// Nothing is acknowledged that nobody can take.
  asio::awaitable<void> put_all(std::optional<NewJob> job) {
    is_refused_ = co_await is_wrong_redis(runtime_, config_.redis);
    if (is_refused_) co_return;
    if (job) {
      co_await put(std::move(*job));
    } else {
      co_await put_lines(stdin);
    }
  }

  int report() const {
    if (is_refused_) {
      cli::print_message("error: " + runtime_.wrong_redis());
      return kBadInput;
    }
    if (!json_) cli::print("enqueued {}, already there {}, refused {}\n", added_, known_, refused_);
    if (unanswered_) {
      core::Failure last{.code = last_code_, .message = kNoAnswer};
      cli::print_message("error: Redis did not take the job: " + trouble_text(runtime_, last));
      return kFailed;
    }
    if (refused_ > 0) return kBadInput;
    return known_ > 0 ? kWasThere : kDone;
  }

 private:
  asio::awaitable<void> put(NewJob job) {
    const std::string id = job.id;
    const core::Enqueued done = co_await queue_.enqueue(token_ + "/" + id, std::move(job.id), encode_job(job.spec));
    if (done == core::Enqueued::Added) {
      ++added_;
      if (json_) print_line(id, "enqueued", {}, {});
    }
    if (done == core::Enqueued::AlreadyThere) co_await tell_known(id);
    unanswered_ = done == core::Enqueued::Unanswered;
  }

  /// Until Redis no longer answers.
  asio::awaitable<void> put_lines(std::FILE* file) {
    reports::LineReader reader(file);
    while (const auto line = reader.next()) {
      if (line->too_long) {
        refuse({.file = "stdin",
                .line = line->number,
                .found = fmt::format("the line is longer than {} bytes", reports::LineReader::kMaxLineBytes)});
        continue;
      }
      if (line->text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      auto job = read_line(line->text, line->number);
      if (!job) continue;
      co_await put(std::move(*job));
      if (unanswered_) co_return;
    }
    if (std::ferror(file) != 0) refuse({.file = "stdin", .found = "it cannot be read any further"});
  }

  /// Where it is now. Between the two looks it may have moved on, or have been dropped.
  asio::awaitable<void> tell_known(const std::string& id) {
    ++known_;
    const auto shown = co_await admin_.show(id, kMostReasonBytes);
    std::string state = "unknown", reason;
    if (shown && *shown) {
      state = (*shown)->state;
      reason = (*shown)->reason;
    }
    if (json_) {
      print_line(id, "already_there", state, reason);
      co_return;
    }
    const std::string where = state + (reason.empty() ? std::string() : ": " + reason);
    cli::print_message("note: " + core::quoted(id) + " is already there (" + where + "), and was left as it is");
  }

  static void print_line(const std::string& id, std::string_view result, const std::string& state,
                         const std::string& reason) {
    JsonObject line{{"id", json_text(id)}, {"result", json_text(result)}};
    if (!state.empty()) line["state"] = json_text(state);
    if (!reason.empty()) line["reason"] = json_text(reason);
    cli::print_json(compact_json(line) + "\n");
  }

  std::optional<NewJob> read_line(std::string_view text, std::uint32_t number) {
    const auto document =
        parse_document("stdin", text, {.first_line = number, .name = "line", .comments = Comments::Refused});
    if (!document) {
      refuse(document.error());
      return std::nullopt;
    }
    Report found("stdin");
    NewJob job;
    if (job_type().read(At(document->root(), found), job)) return job;
    for (const core::InputError& error : found.take_errors()) cli::print_message("error: " + core::to_text(error));
    ++refused_;
    return std::nullopt;
  }

  void refuse(const core::InputError& error) {
    cli::print_message("error: " + core::to_text(error));
    ++refused_;
  }

  Runtime& runtime_;
  const core::Config& config_;
  const bool json_;
  core::QueueAdmin admin_;
  core::Queue queue_;
  std::string token_;
  std::uint64_t added_ = 0, known_ = 0, refused_ = 0;
  bool unanswered_ = false;
  bool is_refused_ = false;
  std::string last_code_;  ///< Of the last attempt that failed.
};

/// The options as the object that a line on stdin would be, so that both are checked alike.
std::optional<NewJob> job_of(const EnqueueOptions& options) {
  const auto text = [](std::string_view value) { return json_text(value); };
  JsonObject object{{"id", text(options.id)},
                    {"repo", text(options.repo)},
                    {"issue", options.issue},
                    {"installation", options.installation},
                    {"prompt", text(options.prompt)}};
  if (!options.deadline.empty()) object["deadline"] = text(options.deadline);
  if (!options.tools.empty()) {
    auto& tools = object["tools"].emplace_array();
    for (const std::string& tool : options.tools) tools.push_back(text(tool));
  }
  const auto document = parse_document("options", compact_json(object));
  Report found("options");
  NewJob job;
  if (document && job_type().read(At(document->root(), found), job)) return job;
  if (!document) cli::print_message("error: " + core::to_text(document.error()));
  for (core::InputError& error : found.take_errors()) {
    error.file = error.pointer == "/id" ? "ID" : "--" + error.pointer.substr(1);
    error.line = 0;
    error.pointer.clear();
    cli::print_message("error: " + core::to_text(error));
  }
  return std::nullopt;
}

}  // namespace

int enqueue_command(const EnqueueOptions& options) {
  std::optional<Prepared> prepared = prepared_or_told(options, Needs::Redis);
  std::optional<NewJob> job;
  const bool from_stdin = options.id == "-";
  if (!from_stdin) job = job_of(options);
  if (!prepared || (!from_stdin && !job)) return kBadInput;
  bound_patience(prepared->settings.core.redis);
  Runtime runtime(*prepared);
  Enqueuer enqueuer(runtime, prepared->settings.core, options.json);
  run_to_end(runtime, enqueuer.put_all(std::move(job)));
  return enqueuer.report();
}

}  // namespace runner
