#include "runner/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <iterator>
#include <utility>

#include "core/config/config_json.h"
#include "core/json/document_file.h"
#include "core/json/escape.h"
#include "core/json/pretty.h"
#include "core/json/reader.h"
#include "runner/layers.h"
#include "runner/process_type.h"
#include "runner/setting_table.h"

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
  SettingForm form = SettingForm::Text;
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

/// On the command line nobody wants to quote twice: what is a text may stand as it is or as JSON, also where it looks
/// like a number.
std::string json_of_argument(const Setting* setting, std::string_view text) {
  const SettingForm form = setting == nullptr ? SettingForm::Either : setting->form;
  return json_of(form == SettingForm::Text && text.starts_with('"') ? SettingForm::Either : form, text);
}

class Loader {
 public:
  Loader(const SettingsInput& input, LoadedSettings& result) : input_(input), result_(result) {}

  /// The layers, the weakest first.
  std::vector<Layer> load() {
    add_file(input_.config_file);
    std::vector<Layer> file = std::exchange(layers_, {});
    add_own_variables();
    for (const std::string& assignment : input_.assignments) add_assignment(assignment);
    std::vector<Layer> own = std::exchange(layers_, {});
    // The names of the model's variables depend on the protocol, which no variable of others says.
    const core::LlmProtocol protocol = protocol_of(file, own);
    layers_ = std::move(file);
    for (const ModelVariable& variable : kModelVariables) add_model_variable(variable, protocol);
    for (const Variable& variable : kVariables) add_variable(variable, input_.variable(variable.name));
    std::ranges::move(own, std::back_inserter(layers_));
    return std::move(layers_);
  }

 private:
  static core::LlmProtocol protocol_of(const std::vector<Layer>& file, const std::vector<Layer>& own) {
    bool is_openai = false;
    for (const std::vector<Layer>* layers : {&file, &own}) {
      for (const Layer& layer : *layers) {
        const Node* llm = layer.document.root().find("llm");
        const Node* protocol = llm == nullptr ? nullptr : llm->find("protocol");
        if (protocol != nullptr) is_openai = protocol->text == "openai";
      }
    }
    return is_openai ? core::LlmProtocol::OpenAi : core::LlmProtocol::Ollama;
  }

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
    add(name, object_with(variable.path, json_of(variable.form, text)));
  }

  /// With OpenAI's protocol its own names are read, and Ollama's where they are absent.
  void add_model_variable(const ModelVariable& variable, core::LlmProtocol protocol) {
    const std::optional<std::string> ollama = input_.variable(variable.ollama);
    if (protocol != core::LlmProtocol::OpenAi) return add_variable({variable.ollama, variable.path}, ollama);
    const std::optional<std::string> openai = input_.variable(variable.openai);
    if (is_set(openai)) return add_variable({variable.openai, variable.path}, openai);
    if (!is_set(ollama)) return;
    result_.warnings.push_back({.file = fmt::format("environment variable {}", variable.ollama),
                                .found = "it is read for want of one that is meant for the protocol openai",
                                .accepted = fmt::format("the environment variable {}", variable.openai)});
    add_variable({variable.ollama, variable.path}, ollama);
  }

  /// A variable for each setting that there is; whoever mistypes one hears of it.
  void add_own_variables() {
    for (const Setting& setting : settings_) {
      add_variable({setting.variable.c_str(), setting.path.c_str(), setting.form}, input_.variable(setting.variable));
    }
    if (!input_.variable_names) return;
    for (const std::string& name : input_.variable_names()) {
      const bool is_known = std::ranges::find(settings_, name, &Setting::variable) != settings_.end();
      std::string nearest;
      if (!name.starts_with(kVariablePrefix) || is_known || !is_probably_meant(settings_, name, nearest)) continue;
      result_.warnings.push_back({.file = fmt::format("environment variable {}", core::printable(name)),
                                  .found = "it sets nothing: there is no setting of that name",
                                  .accepted = "those that runner config --keys shows",
                                  .suggestion = nearest});
    }
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
    add("option --set " + core::printable(path),
        object_with(path, json_of_argument(find_setting(settings_, path), assignment.substr(equals + 1))));
  }

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

  const SettingsInput& input_;
  LoadedSettings& result_;
  const std::vector<Setting> settings_ = all_settings();
  std::vector<Layer> layers_;
};

/// The core reads its part as it reads the configuration of a scenario, and does not know the runner's section.
void read_document(const Node& root, Report& report, Settings& settings) {
  Node core_part = root;
  const Node* section = root.find(kSection);
  if (root.kind == Kind::Object) std::erase_if(core_part.children, [](const Node& n) { return n.key == kSection; });
  core::ConfigType{}.read(At(core_part, report), settings.core);
  if (section != nullptr) ProcessType{}.read(At(root, report).member(*section), settings.process);
}

bool is_in(const std::vector<std::string>& pointers, const std::string& pointer) {
  return std::ranges::any_of(pointers, [&pointer](const std::string& each) {
    return pointer == each || (pointer.starts_with(each) && pointer[each.size()] == '/');
  });
}

/// What is wrong in a layer is told although a stronger one has put something right in its place.
void check_overridden(const std::vector<Layer>& layers, const MergedLayers& merged,
                      std::vector<core::InputError>& errors) {
  if (merged.overridden.empty()) return;
  for (const Layer& layer : layers) {
    Report alone(layer.name);
    Settings ignored;
    read_document(layer.document.root(), alone, ignored);
    for (core::InputError& error : alone.take_errors()) {
      const bool is_told = std::ranges::any_of(errors, [&error](const core::InputError& each) {
        return each.file == error.file && each.pointer == error.pointer;
      });
      if (!is_told && is_in(merged.overridden, error.pointer)) errors.push_back(std::move(error));
    }
  }
}

/// The strongest layer's errors last; of one layer in the order of coming.
std::vector<core::InputError> by_layer(std::vector<core::InputError> errors, const std::vector<std::string>& names) {
  std::vector<std::pair<std::ptrdiff_t, std::size_t>> order;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    order.emplace_back(std::ranges::find(names, errors[i].file) - names.begin(), i);
  }
  std::sort(order.begin(), order.end());  // total order: the second numbers differ
  std::vector<core::InputError> sorted;
  for (const auto& [rank, index] : order) sorted.push_back(std::move(errors[index]));
  return sorted;
}

void read_layers(const std::vector<Layer>& layers, const MergedLayers& merged, LoadedSettings& result) {
  std::vector<std::string> names;
  for (const Layer& layer : layers) names.push_back(layer.name);
  Report report("settings", names);
  read_document(merged.root, report, result.so_far);
  std::vector<core::InputError> errors = report.take_errors();
  check_overridden(layers, merged, errors);
  std::ranges::move(by_layer(std::move(errors), names), std::back_inserter(result.errors));
  std::ranges::move(report.take_warnings(), std::back_inserter(result.warnings));
}

void note_sources(const Node& node, const std::string& pointer, const std::vector<Layer>& layers, Settings& settings) {
  if (node.kind != Kind::Object) {
    settings.sources[pointer] = layers[node.layer].name;
    return;
  }
  for (const Node& child : node.children) {
    note_sources(child, pointer_to_member(pointer, child.key), layers, settings);
  }
}

void note_differences(const boost::json::value& mine, const boost::json::value& others, const std::string& pointer,
                      const std::string& source, Settings& settings) {
  if (mine == others) return;
  if (!mine.is_object() || !others.is_object()) {
    settings.sources.try_emplace(pointer, source);
    return;
  }
  for (const auto& [key, value] : mine.get_object()) {
    const boost::json::value* other = others.get_object().if_contains(key);
    note_differences(value, other == nullptr ? boost::json::value() : *other, pointer_to_member(pointer, key), source,
                     settings);
  }
}

/// What the chosen profile sets, where no layer says otherwise.
void note_profile(Settings& settings) {
  const auto chosen = settings.sources.find("/profile");
  if (chosen == settings.sources.end()) return;
  core::Config config;
  const boost::json::value defaults = boost::json::parse(core::config_to_json(config));
  config.apply(settings.core.profile);
  const boost::json::value profile = boost::json::parse(core::config_to_json(config));
  const std::string name(profile.at("profile").as_string());
  note_differences(profile, defaults, {}, fmt::format("profile {}, {}", name, chosen->second), settings);
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
  all[std::string(kSection)] = ProcessType{}.write(settings.process);
  return all;
}

/// Of the nearest place above where the layers speak of the value: a short form may stand for a longer one. What a tool
/// does not say for itself all tools share.
std::string_view source_of(const Settings& settings, const std::string& pointer) {
  for (std::string place = pointer; !place.empty(); place.resize(place.rfind('/'))) {
    const auto found = settings.sources.find(place);
    if (found != settings.sources.end()) return found->second;
  }
  constexpr std::string_view kTools = "/tools/";
  if (!pointer.starts_with(kTools)) return "default";
  const std::size_t rest = pointer.find('/', kTools.size());
  return rest == std::string::npos ? "default" : source_of(settings, "/github/tools" + pointer.substr(rest));
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
  const std::vector<Layer> layers = Loader(input, result).load();
  const MergedLayers all = merged(layers);
  read_layers(layers, all, result);
  note_sources(all.root, {}, layers, settings);
  note_profile(settings);
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
