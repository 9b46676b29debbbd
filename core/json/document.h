// A JSON text as a tree that knows its lines, for files that people write: // and /* */ comments are allowed, nothing
// else beyond RFC 8259. What could be read in two ways is refused (keys given twice, bytes that are not UTF-8), and so
// is what is larger or deeper than any honest file. The tree owns its texts and outlives the text it was read from.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/json/input_error.h"

namespace core::input {

inline constexpr std::size_t kMaxDocumentBytes = 64UL * 1024 * 1024;
inline constexpr std::size_t kMaxDocumentDepth = 64;
inline constexpr std::size_t kMaxDocumentValues = 4'000'000;

enum class Kind : std::uint8_t { Null, Boolean, Number, String, Array, Object };

struct Node {
  Kind kind = Kind::Null;
  bool boolean = false;
  std::uint16_t layer = 0;  ///< Where documents are read as one: which of them it stands in; a later one counts over.
  std::uint32_t line = 0;   ///< From 1: where the value begins.
  std::uint32_t key_line = 0;  ///< Of a member.
  std::string_view key;        ///< Of a member.
  std::string_view text;       ///< String: its characters, escapes resolved. Number: as written.
  std::vector<Node> children;  ///< Array: its items. Object: its members in the file's order, no key twice.

  const Node* find(std::string_view name) const;
};

class Document {
 public:
  Document(Node root, std::vector<char> texts) : root_(std::move(root)), texts_(std::move(texts)) {}
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;

  const Node& root() const { return root_; }

 private:
  Node root_;
  std::vector<char> texts_;  ///< What the nodes' views point into.
};

enum class Comments : std::uint8_t { Allowed, Refused };

struct DocumentOptions {
  std::uint32_t first_line = 1;    ///< What the text's first line is counted as: a document may be a part of a file.
  std::string_view name = "file";  ///< What errors say ends too early, is empty, ...: "file" or "line".
  Comments comments = Comments::Allowed;
};

/// `file` is what errors call it.
boost::system::result<Document, InputError> parse_document(std::string_view file, std::string_view text,
                                                           const DocumentOptions& options = {});

/// The value as compact JSON, numbers as they were written.
std::string to_json(const Node& node);

/// `pointer` with one more reference token (RFC 6901).
std::string pointer_to_member(std::string_view pointer, std::string_view key);
std::string pointer_to_item(std::string_view pointer, std::size_t index);

}  // namespace core::input
