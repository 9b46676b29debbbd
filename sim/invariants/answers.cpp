// What the model asked for, what was called and what it was told correspond one to one, by the ids of the calls or,
// where a service gives none, by their order; a whole answer is not thrown away; and a job is not completed on an
// answer that is none.
#include <fmt/format.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/api/api.h"
#include "core/llm/protocol.h"
#include "sim/invariants/conversation.h"
#include "sim/invariants/families.h"
#include "sim/invariants/job_maps.h"

namespace sim {

namespace {

namespace json = boost::json;

using core::Event;
using core::EventKind;
using fakes::ModelSaid;
using Kind = ModelSaid::Kind;

constexpr std::string_view kToolMessage = R"("role":"tool")";

/// The last assistant's message that asks for tools, and what follows it.
struct LastTurn {
  std::vector<ModelSaid::ToolCall> asked;
  std::vector<ModelSaid::ToolCall> answered;
  std::string text;  ///< Beside what it asks for.
};

/// As text, whichever of the two protocols' forms they have.
std::string arguments_of(const json::object& function) {
  const json::value* arguments = function.if_contains("arguments");
  if (arguments == nullptr) return {};
  return arguments->is_object() ? json::serialize(*arguments) : std::string(text_of(function, "arguments"));
}

bool same_json(std::string_view one, std::string_view other) {
  unsigned char memory[2 * 1024];
  json::monotonic_resource resource(memory, sizeof memory);
  boost::system::error_code error, other_error;
  const json::value parsed = json::parse(one, error, &resource);
  return !error && (one == other || (parsed == json::parse(other, other_error, &resource) && !other_error));
}

void read_calls(const json::object& message, LastTurn& turn) {
  const json::value* calls = message.if_contains("tool_calls");
  if (calls == nullptr || !calls->is_array()) return;
  turn = {};
  turn.text = text_of(message, "content");
  for (const json::value& call : calls->get_array()) {
    if (!call.is_object()) continue;
    const json::value* function = call.get_object().if_contains("function");
    if (function == nullptr || !function->is_object()) continue;
    const json::object& details = function->get_object();
    turn.asked.push_back(
        {std::string(text_of(call.get_object(), "id")), std::string(text_of(details, "name")), arguments_of(details)});
  }
}

std::optional<LastTurn> last_turn_of(const json::array* messages) {
  if (messages == nullptr) return std::nullopt;
  LastTurn turn;
  for (const json::value& message : *messages) {
    if (!message.is_object()) return std::nullopt;
    const json::object& object = message.get_object();
    if (text_of(object, "role") == "assistant") read_calls(object, turn);
    if (text_of(object, "role") == "tool") {
      turn.answered.push_back(
          {std::string(text_of(object, "tool_call_id")), std::string(text_of(object, "tool_name")), {}});
    }
  }
  return turn;
}

class Answers final : public Invariant {
 public:
  explicit Answers(Findings& findings) : Invariant(findings) {}

  std::string_view name() const override { return "answers"; }

  void on_exchange(const Exchange& exchange) override {
    if (exchange.operation != core::api::kChat.operation || exchange.job.empty()) return;
    Run& run = run_of(exchange.runner, exchange.job);
    if (run.said && run.said->kind == Kind::ToolCalls) compare(exchange, run);
    if (run.cut > 1 && !run.is_ambiguous)
      violated(exchange.job, exchange.sent, "the model was asked again after two cut answers");
    // An answer with more calls than are accepted is refused as a whole.
    const bool is_too_much = exchange.said != nullptr && exchange.said->calls.size() > core::kMaxToolCalls;
    run.arrived_well = exchange.said != nullptr && exchange.said->kind != Kind::Trouble && !is_too_much;
    run.trouble = exchange.said != nullptr && exchange.said->kind == Kind::Trouble ? exchange.said->status : 0;
    if (!exchange.status || *exchange.status < 200 || *exchange.status > 299) return;
    run.is_known = exchange.said != nullptr;
    if (run.is_known) run.last = exchange.said->kind;
    // A failed attempt leaves the answer before it as it was.
    const bool taken = run.arrived_well;
    if (!run.is_known) run.said.reset();
    if (!taken) return;
    run.after_a_tool = exchange.body.find(kToolMessage) != std::string_view::npos;
    if (exchange.said->kind == Kind::Nothing && !run.after_a_tool) return;
    run.said = *exchange.said;
    run.started = 0;
    if (run.said->kind == Kind::Cut || run.said->kind == Kind::Filtered) ++run.cut;
  }

  /// It may come later, or never: what the run goes by is not known.
  void on_answer_held_back(std::string_view runner, std::string_view operation, std::string_view job) override {
    if (operation == core::api::kChat.operation) run_of(runner, job).is_ambiguous = true;
  }

  void on_call(const Event& event, const CallState&) override {
    if (event.api != core::api::kChat || event.kind != EventKind::CallFailed) return;
    const Run& run = run_of(event.runner, event.job);
    check_trouble(event, run);
    if (!run.arrived_well || !run.said || run.is_ambiguous || event.failure != core::FailureKind::Malformed) return;
    violated(event.job, event.at, "an answer that came whole was taken for malformed");
  }

  void on_event(const Event& event) override {
    switch (event.kind) {
      case EventKind::JobStarted: {
        Run& run = run_of(event.runner, event.job);
        const bool twice = run.runs;
        run = {};
        run.runs = true;
        run.is_ambiguous = twice;
        return;
      }
      case EventKind::ToolStarted:
        return on_tool(event);
      case EventKind::JobCompleted:
        on_completed(event);
        break;
      case EventKind::JobFailed:
      case EventKind::JobRequeued:
      case EventKind::JobReleased:
      case EventKind::LeaseLost:
        break;
      case EventKind::WorkerCrashed:
      case EventKind::WorkerStopped:
        return forget(event.runner);
      default:
        return;
    }
    run_of(event.runner, event.job).runs = false;
  }

  void on_job_over(std::string_view runner, std::string_view job) override { forget_run(runs_, runner, job); }

 private:
  struct Run {
    Kind last = Kind::Text;         ///< Of the last answer that arrived, whether it is one or not.
    std::optional<ModelSaid> said;  ///< What the run goes by: the last answer that was one.
    std::size_t started = 0;        ///< Of its tool calls.
    std::size_t cut = 0;            ///< Answers that were cut or filtered.
    bool is_known = false;          ///< Nothing wrote the last answer but the fake model itself.
    bool arrived_well = false;      ///< So did the last attempt's.
    int trouble = 0;                ///< The status that the last attempt's answer named under 200; 0: none.
    bool after_a_tool = false;
    bool runs = false;
    bool is_ambiguous = false;  ///< A worker that was given the job again runs it twice.
  };

  Run& run_of(std::string_view runner, std::string_view job) { return known_of(runs_, runner, job); }

  void forget(std::string_view runner) {
    std::erase_if(runs_, [runner](const auto& entry) { return entry.first.first == runner; });
  }

  void compare(const Exchange& exchange, const Run& run) {
    if (run.is_ambiguous) return;
    const auto turn = last_turn_of(exchange.messages);
    const std::vector<ModelSaid::ToolCall>& said = run.said->calls;
    if (!turn || turn->asked.size() != said.size() || turn->answered.size() != said.size()) {
      return violated(exchange.job, exchange.sent, "the model was not told once of each tool that it had asked for");
    }
    if (!run.said->text.empty() && turn->text != run.said->text) {
      violated(exchange.job, exchange.sent, "the model was told of other words than it had said beside its calls");
    }
    for (std::size_t i = 0; i < said.size(); ++i) {
      const bool same_call = turn->asked[i].name == said[i].name &&
                             (said[i].id.empty() || turn->asked[i].id == said[i].id) &&
                             (said[i].arguments.empty() || same_json(turn->asked[i].arguments, said[i].arguments));
      const bool same_result = turn->answered[i].name.empty() ? turn->answered[i].id == turn->asked[i].id
                                                              : turn->answered[i].name == said[i].name;
      if (same_call && same_result) continue;
      violated(exchange.job, exchange.sent,
               fmt::format("the model was told of another call than it had asked for, at place {}", i));
    }
  }

  /// A call that failed for its answer fails with the status that the answer names.
  void check_trouble(const Event& event, const Run& run) {
    if (run.trouble == 0 || run.is_ambiguous || event.failure == core::FailureKind::Timeout) return;
    if (event.failure == core::FailureKind::Connection || event.status == run.trouble) return;
    violated(event.job, event.at, fmt::format("an answer that named the status {} was taken for another", run.trouble));
  }

  void on_tool(const Event& event) {
    Run& run = run_of(event.runner, event.job);
    if (!run.is_known || run.is_ambiguous || !run.said) return;
    const std::vector<ModelSaid::ToolCall>& calls = run.said->calls;
    const std::size_t place = run.started++;
    if (place >= calls.size()) {
      return violated(event.job, event.at, "a tool was called that the model had not asked for");
    }
    if (event.tool != calls[place].name && event.tool != "unknown") {
      violated(event.job, event.at, fmt::format("{} was called, the model had asked for another tool", event.tool));
    }
  }

  void on_completed(const Event& event) {
    const Run& run = run_of(event.runner, event.job);
    if (!run.is_known || run.is_ambiguous || !run.runs) return;
    if (run.last == Kind::Text || (run.last == Kind::Nothing && run.after_a_tool)) return;
    violated(event.job, event.at,
             "the job was completed on an answer that was cut, filtered, empty, or asked for a tool");
  }

  RunMap<Run> runs_;
};

}  // namespace

InvariantPointer make_answers_invariant(Findings& findings) {
  return std::make_unique<Answers>(findings);
}

}  // namespace sim
