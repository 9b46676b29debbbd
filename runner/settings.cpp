#include "runner/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <utility>

#include "core/config/config_json.h"
#include "core/json/document_file.h"
#include "core/json/escape.h"
#include "core/json/object.h"
#include "core/json/pretty.h"
#include "core/json/reader.h"

namespace runner {

namespace {

using namespace core::input;

constexpr std::string_view kSection = "runner";

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1";
}

/// A variable, and the path of the value that it sets.
struct Variable {
  const char* name;
  const char* path;
};
/// The retry summary's.
constexpr std::array kVariables = {Variable{"GITHUB_APP_ID", "github.app_id"},
                                   Variable{"GITHUB_APP_PRIVATE_KEY", "runner.private_key"},
                                   Variable{"REDIS_URL", "runner.redis_url"}};

/// The model's: the retry summary's names, and those that OpenAI's own clients read.
struct ModelVariable {
  const char* ollama;
  const char* openai;
  const char* path;
};
constexpr std::array kModelVariables = {ModelVariable{"OLLAMA_API_KEY", "OPENAI_API_KEY", "llm.api_key"},
                                        ModelVariable{"OLLAMA_API_URL", "OPENAI_BASE_URL", "llm.url"},
                                        ModelVariable{"OLLAMA_MODEL", "OPENAI_MODEL", "llm.model"}};

/// The URL without its user's password.
std::string masked_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(url);
  const std::size_t colon = url.substr(begin, at - begin).find(':');
  // Without a colon it is a user's name; or a password, by a slip.
  const std::size_t kept = colon == std::string_view::npos ? begin : begin + colon + 1;
  return fmt::format("{}***{}", url.substr(0, kept), url.substr(at));
}

/// Shown without its password; what is wrong with it, not at all.
struct SecretUrl {
  Secret whole;

  bool read(const At& at, std::string& value) const { return whole.read(at, value); }
  JsonObject schema(const std::string& value) const { return whole.schema(value); }
  Json write(const std::string& value) const { return json_text(masked_url(value)); }
};

auto process_type() {
  return object<ProcessConfig>([](auto& io, ProcessConfig& process) {
    const Text plain{"a string without control characters", has_no_control_characters};
    io.optional("name", process.name, plain, "What this runner is called; empty: host name and process id.");
    io.optional("redis_url", process.redis_url, SecretUrl{{"a URL such as \"redis://127.0.0.1:6379\"", is_not_empty}},
                "Where Redis is: redis://, rediss:// or unix://.");
    io.optional("redis_follow_moved", process.follow_moved,
                OneOf<core::FollowMoved>{{{"same_host", core::FollowMoved::SameHost}, {"any", core::FollowMoved::Any}}},
                "Where a cluster's MOVED may lead when the password would be sent without TLS.");
    io.optional("private_key", process.private_key, Secret{},
                "The GitHub App's private key: PEM, PEM in base64, or the path of a file that holds one.");
    io.optional("ca_file", process.ca_file, plain, "A file of certificates to trust besides the system's.");
    io.optional("listen", process.listen, plain, "HOST:PORT of the health checks and metrics; empty: off.");
    io.optional("drain", process.drain, DurationText{}, "How long running jobs may take once the runner is to stop.");
    io.optional("log", process.log, OneOf<LogFormat>{{{"text", LogFormat::Text}, {"json", LogFormat::Json}}},
                "The form of the log.");
  });
}

/// One source of values: a JSON object, and what errors and the table call it.
struct Layer {
  std::string name;
  Document document;
};

/// `llm.timeout` and a value, as the JSON text of an object that holds it there.
std::string object_with(std::string_view path, std::string_view json) {
  std::string text;
  std::size_t depth = 0;
  for (std::string_view rest = path;;) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    text += '{';
    core::append_json_string(text, rest.substr(0, dot));
    text += ':';
    ++depth;
    if (dot == rest.size()) break;
    rest.remove_prefix(dot + 1);
  }
  text += json;
  return text.append(depth, '}');
}

/// A value on the command line is JSON where it reads as such, and otherwise the text itself: nobody wants to quote
/// twice.
std::string json_of_argument(std::string_view text) {
  const auto document = parse_document("value", text, {.comments = Comments::Refused});
  if (document) return std::string(text);
  std::string json;
  core::append_json_string(json, text);
  return json;
}

class Loader {
 public:
  explicit Loader(LoadedSettings& result) : result_(result) {}

  void add_file(const std::string& path) {
    if (path.empty()) return;
    const auto text = read_document_file(path);
    if (!text) {
      result_.errors.push_back(text.error());
      return;
    }
    add(path, *text);
  }

  void add_variable(const Variable& variable, const std::optional<std::string>& value) {
    if (!is_set(value)) return;
    const std::string name = fmt::format("environment variable {}", variable.name);
    std::string_view text = *value;
    if (is_in_quotes(text)) {
      result_.warnings.push_back({.file = name,
                                  .found = "its value stands in quotes, which are left out",
                                  .accepted = "a value without quotes: env files of containers keep them"});
      text = text.substr(1, text.size() - 2);
    }
    add(name, object_with(variable.path, core::json_string(text)));
  }

  /// With OpenAI's protocol its own names are read, and Ollama's where they are absent.
  void add_model_variable(const ModelVariable& variable, core::LlmProtocol protocol, const SettingsInput& input) {
    const std::optional<std::string> ollama = input.variable(variable.ollama);
    if (protocol != core::LlmProtocol::OpenAi) return add_variable({variable.ollama, variable.path}, ollama);
    const std::optional<std::string> openai = input.variable(variable.openai);
    if (is_set(openai)) return add_variable({variable.openai, variable.path}, openai);
    if (!is_set(ollama)) return;
    result_.warnings.push_back({.file = fmt::format("environment variable {}", variable.ollama),
                                .found = "it is read for want of one that is meant for the protocol openai",
                                .accepted = fmt::format("the environment variable {}", variable.openai)});
    add_variable({variable.ollama, variable.path}, ollama);
  }

  void add_assignment(const std::string& assignment) {
    const std::size_t equals = assignment.find('=');
    const std::string path = assignment.substr(0, equals);
    const bool is_path = !path.empty() && path.front() != '.' && path.back() != '.' &&
                         path.find("..") == std::string::npos && std::count(path.begin(), path.end(), '.') < 16;
    if (equals == std::string::npos || !is_path) {
      // What stands after the sign may be a secret, and so may all of it where there is none.
      const bool has_sign = equals != std::string::npos;
      result_.errors.push_back({.file = "option --set",
                                .found = has_sign ? "found " + core::quoted(path) : "found no \"=\" in it",
                                .accepted = "KEY=VALUE such as llm.timeout=10s"});
      return;
    }
    add("option --set " + core::printable(path), object_with(path, json_of_argument(assignment.substr(equals + 1))));
  }

  std::vector<Layer> take() { return std::move(layers_); }

 private:
  /// Set to nothing is how some deployments leave a variable out.
  static bool is_set(const std::optional<std::string>& value) { return value && !value->empty(); }

  static bool is_in_quotes(std::string_view value) {
    return value.size() > 2 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'');
  }

  void add(std::string name, std::string_view text) {
    auto document = parse_document(name, text);
    if (document) {
      layers_.push_back({std::move(name), std::move(*document)});
    } else {
      result_.errors.push_back(document.error());
    }
  }

  LoadedSettings& result_;
  std::vector<Layer> layers_;
};

/// The core reads its part as it reads the configuration of a scenario, and does not know the runner's section.
void read_layer(const Layer& layer, Settings& settings, LoadedSettings& result) {
  Report report(layer.name);
  Node core_part = layer.document.root();
  const Node* section = layer.document.root().find(kSection);
  if (core_part.kind == Kind::Object)
    std::erase_if(core_part.children, [](const Node& n) { return n.key == kSection; });
  core::ConfigType{}.read(At(core_part, report), settings.core);
  if (section != nullptr) process_type().read(At(layer.document.root(), report).member(*section), settings.process);
  for (core::InputError& error : report.take_errors()) result.errors.push_back(std::move(error));
  for (core::InputError& warning : report.take_warnings()) result.warnings.push_back(std::move(warning));
}

/// By the file and the flags, which no variable says: it decides which variables are read. What is wrong with them is
/// reported when they are read for all that they say.
core::LlmProtocol protocol_of(const SettingsInput& input) {
  Settings settings;
  LoadedSettings ignored;
  Loader loader(ignored);
  loader.add_file(input.config_file);
  for (const std::string& assignment : input.assignments) loader.add_assignment(assignment);
  for (const Layer& layer : loader.take()) read_layer(layer, settings, ignored);
  return settings.core.llm.protocol;
}

void note_sources(const Node& node, const std::string& pointer, const std::string& layer, Settings& settings) {
  if (node.kind == Kind::Object) {
    for (const Node& child : node.children) {
      note_sources(child, pointer_to_member(pointer, child.key), layer, settings);
    }
    return;
  }
  settings.sources[pointer] = layer;
}

void require(const Settings& settings, LoadedSettings& result) {
  const auto missing = [&](std::string_view what, std::string_view variable, std::string_view path) {
    result.errors.push_back(
        {.file = "settings",
         .found = fmt::format("{} is missing", what),
         .accepted = fmt::format("the environment variable {}, or {} in the configuration file or by "
                                 "--set",
                                 variable, path)});
  };
  if (settings.core.github.app_id.empty()) missing("the GitHub App's id", "GITHUB_APP_ID", "github.app_id");
  if (settings.process.private_key.empty()) {
    missing("the GitHub App's private key", "GITHUB_APP_PRIVATE_KEY", "runner.private_key");
  }
  // Elsewhere it may be a model on the same machine that wants no key.
  if (settings.core.llm.url.empty() && settings.core.llm.api_key.empty()) {
    const bool is_openai = settings.core.llm.protocol == core::LlmProtocol::OpenAi;
    missing("the key of the model's API", is_openai ? "OPENAI_API_KEY" : "OLLAMA_API_KEY", "llm.api_key");
  }
}

/// Whoever listens on the way reads what is sent with it.
void warn_of_plain_http(const Settings& settings, LoadedSettings& result) {
  const auto check_url = [&result](std::string_view url, std::string_view path, std::string_view secret) {
    const auto read = boost::urls::parse_uri(url);
    if (!read || read->scheme_id() != boost::urls::scheme::http || is_loopback(read->host_address())) return;
    result.warnings.push_back({.file = "settings",
                               .found = fmt::format("{} is sent to an address without TLS", secret),
                               .accepted = fmt::format("an https:// address in {}", path)});
  };
  if (!settings.core.llm.api_key.empty()) check_url(settings.core.llm.base_url(), "llm.url", "the model's key");
  check_url(settings.core.github.url, "github.url", "GitHub's token");
}

boost::json::object all_values(const Settings& settings) {
  boost::json::object all = boost::json::parse(core::config_to_json(settings.core)).as_object();
  all[std::string(kSection)] = process_type().write(settings.process);
  return all;
}

/// Of the nearest place above where the layers speak of the value: a short form may stand for a longer one.
std::string_view source_of(const Settings& settings, std::string pointer) {
  while (!pointer.empty()) {
    const auto found = settings.sources.find(pointer);
    if (found != settings.sources.end()) return found->second;
    pointer.resize(pointer.rfind('/'));
  }
  return "default";
}

struct Row {
  std::string path, value;
  std::string_view source;
};

void add_rows(const boost::json::value& value, const std::string& pointer, const std::string& path,
              const Settings& settings, std::vector<Row>& rows) {
  if (value.is_object() && !value.get_object().empty()) {
    for (const auto& [key, child] : value.get_object()) {
      add_rows(child, pointer_to_member(pointer, key), path.empty() ? std::string(key) : path + "." + std::string(key),
               settings, rows);
    }
    return;
  }
  rows.push_back({path, compact_json(value), source_of(settings, pointer)});
}

}  // namespace

LoadedSettings load_settings(const SettingsInput& input, Needs needs) {
  LoadedSettings result;
  Settings& settings = result.so_far;
  Loader loader(result);
  loader.add_file(input.config_file);
  const core::LlmProtocol protocol = protocol_of(input);
  for (const ModelVariable& variable : kModelVariables) loader.add_model_variable(variable, protocol, input);
  for (const Variable& variable : kVariables) loader.add_variable(variable, input.variable(variable.name));
  for (const std::string& assignment : input.assignments) loader.add_assignment(assignment);
  for (const Layer& layer : loader.take()) {
    read_layer(layer, settings, result);
    note_sources(layer.document.root(), {}, layer.name, settings);
  }
  if (needs == Needs::Services) {
    require(settings, result);
    warn_of_plain_http(settings, result);
  }
  return result;
}

std::string settings_to_json(const Settings& settings) {
  return pretty_json(all_values(settings));
}

core::TerminalText settings_table(const Settings& settings) {
  std::vector<Row> rows;
  add_rows(all_values(settings), {}, {}, settings, rows);
  std::size_t path_width = 0;
  std::size_t value_width = 0;
  for (const Row& row : rows) {
    path_width = std::max(path_width, row.path.size());
    value_width = std::max(value_width, std::min<std::size_t>(row.value.size(), 40));
  }
  core::TerminalText text;
  for (const Row& row : rows) {
    text.append("{:<{}}  {:<{}}  {}\n", row.path, path_width, row.value, value_width, row.source);
  }
  return text;
}

}  // namespace runner
