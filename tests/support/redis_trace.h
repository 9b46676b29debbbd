// Redis' replies as text, and traces: one command a line with the reply it must get, `get a -> nil`. Several clients
// take part as `@b get a -> nil`; the first is `a`. Replies are written +status, -error, :integer, "bulk", nil,
// nilarray, [elements ], #double; the SHA-1 that an error names is written SHA. Files of them are in
// tests/redis_traces.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/redis/redis_value.h"
#include "tests/support/folders.h"

namespace tests {

inline std::string show(const core::RedisValue& value) {
  using core::RedisType;
  const auto list = [&](std::string_view open, std::string_view close) {
    std::string text(open);
    for (const core::RedisValue& element : value.elements) text += show(element) + " ";
    return text + std::string(close);
  };
  switch (value.type) {
    case RedisType::Null:
      return "nil";
    case RedisType::NullArray:
      return "nilarray";
    case RedisType::Status:
      return "+" + value.text;
    case RedisType::Error:
      return "-" + value.text;
    case RedisType::Integer:
      return fmt::format(":{}", value.integer);
    case RedisType::Bulk: {
      std::string text = "\"";
      for (const char c : value.text) {
        const auto byte = static_cast<unsigned char>(c);
        text += byte < 32 || byte > 126 ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
      }
      return text + "\"";
    }
    case RedisType::Array:
      return list("[", "]");
    case RedisType::Map:
      return list("{", "}");
    case RedisType::Set:
      return list("~[", "]");
    case RedisType::Push:
      return list(">[", "]");
    case RedisType::Double:
      return fmt::format("#{}", value.number);
    case RedisType::Boolean:
      return value.integer != 0 ? "#t" : "#f";
  }
  return "";
}

/// Words, with "..." (and its escapes \n \") and '...' around what holds spaces.
inline core::RedisCommand parse_command(std::string_view line) {
  core::RedisCommand command;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == ' ') {
      ++i;
      continue;
    }
    std::string word;
    if (line[i] == '"' || line[i] == '\'') {
      const char quote = line[i++];
      for (; i < line.size() && line[i] != quote; ++i) {
        if (quote == '"' && line[i] == '\\' && i + 1 < line.size()) {
          word += line[++i] == 'n' ? '\n' : line[i];
        } else {
          word += line[i];
        }
      }
      ++i;
    } else {
      while (i < line.size() && line[i] != ' ') word += line[i++];
    }
    command.push_back(std::move(word));
  }
  return command;
}

/// The SHA-1 that an error names is written SHA in traces.
inline std::string without_sha(std::string text) {
  const std::size_t at = text.find(" script: ");
  if (at != std::string::npos && text.size() >= at + 49) text.replace(at + 9, 40, "SHA");
  return text;
}

struct TraceLine {
  std::string client = "a";
  core::RedisCommand command;
  std::string reply;
  std::string text;  ///< The whole line, for messages.
};

inline std::vector<TraceLine> read_trace(const std::string& path) {
  std::vector<TraceLine> lines;
  std::ifstream file(path);
  for (std::string text; std::getline(file, text);) {
    if (text.empty()) continue;
    TraceLine line{.text = text};
    const std::size_t arrow = text.rfind(" -> ");
    if (arrow == std::string::npos) {
      ADD_FAILURE() << "no reply is expected of: " << text;
      continue;
    }
    line.reply = text.substr(arrow + 4);
    std::string_view command = std::string_view(text).substr(0, arrow);
    if (command.starts_with('@')) {
      line.client = command.substr(1, 1);
      command.remove_prefix(3);
    }
    line.command = parse_command(command);
    lines.push_back(std::move(line));
  }
  return lines;
}

/// Their names without folder and ending, in order.
inline std::vector<std::string> trace_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/redis_traces"))) {
    names.push_back(entry.path().stem().string());
  }
  // total order: file names are unique
  std::sort(names.begin(), names.end());
  return names;
}

inline std::vector<TraceLine> trace_of(const std::string& name) {
  return read_trace(source_path("tests/redis_traces/" + name + ".trace"));
}

/// What a test of one of them is called.
inline std::string trace_test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace tests
