// What is known of a tool beforehand: its operation, its parameters, what a model may touch with it. What the model is
// told, what it is refused and the documents are made from this, so that they say the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/api/api.h"
#include "core/llm/chat.h"

namespace core {

/// What a model may say for one word of a tool's arguments.
struct Parameter {
  enum class Kind : std::uint8_t {
    Post,    ///< A text that is posted: what begins as a marker does is taken out of it.
    Text,    ///< Any text but an empty one, as it is.
    Line,    ///< A text without control characters.
    Name,    ///< A line without white space at either end, in at most 255 bytes.
    Whole,   ///< A whole number from 1.
    Lines,   ///< A list of lines, one at least.
    Choice,  ///< One of `choices`.
  };
  enum class Need : std::uint8_t { Optional, Mandatory };

  std::string_view name;
  std::string_view description;
  Kind kind = Kind::Post;
  Need need = Need::Mandatory;
  std::size_t most_bytes = 60'000;  ///< Of a text; GitHub takes 65,536 characters, and a marker needs room.
  std::size_t most_items = 20;      ///< Of a list.
  std::span<const std::string_view> choices = {};
};

struct ToolSpec {
  const Api& api;  ///< Its main operation, which carries its name.
  std::string_view description;
  std::span<const Parameter> parameters;
  std::string_view example;  ///< Arguments that are not refused: JSON.
  std::string_view scope;    ///< What a model may touch with it, for people.
  std::string_view once;     ///< Why doing it again does no harm, or how it is found again; for people.
  /// What a 404 means: that the job's own place is missing, which no model can cure (reading 12), or a thing that the
  /// model named.
  enum class Missing : std::uint8_t { FailsTheJob, TellsTheModel };
  Missing missing = Missing::FailsTheJob;

  constexpr std::string_view name() const { return api.tool; }
};

ToolDefinition definition_of(const ToolSpec& spec);

struct ToolContext;
class Tool;

/// One tool. The definition is made once, as workers begin by the thousand in random worlds.
struct ToolEntry {
  ToolSpec spec;
  std::unique_ptr<Tool> (*make)(const ToolContext& context);
  ToolDefinition definition = definition_of(spec);
};

}  // namespace core
