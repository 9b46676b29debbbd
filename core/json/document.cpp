#include "core/json/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <numeric>

#include "core/text/ascii.h"

namespace core::input {

namespace {

namespace bj = boost::json;

/// Puts the tree together from the parser's events. It is told the line before each piece of text.
class TreeBuilder {
 public:
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  using Code = bj::error_code;
  using Text = bj::string_view;

  /// Resolved strings and numbers are never longer than their source, so the texts never move.
  explicit TreeBuilder(std::size_t source_bytes) { texts_.reserve(source_bytes); }

  void start_line(std::uint32_t line) { line_ = line; }

  // What the parser calls.
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code& code) { return open(Kind::Object, code); }
  bool on_array_begin(Code& code) { return open(Kind::Array, code); }
  bool on_object_end(std::size_t, Code& code) { return no_key_twice(code) && close(); }
  bool on_array_end(std::size_t, Code&) { return close(); }
  bool on_key_part(Text part, std::size_t, Code&) { return append(part); }
  bool on_key(Text part, std::size_t, Code&) {
    append(part);
    open_.back().key = take();
    open_.back().key_line = line_;
    open_.back().has_key = true;
    return true;
  }
  bool on_string_part(Text part, std::size_t, Code&) { return append(part); }
  bool on_string(Text part, std::size_t, Code& code) { return append(part) && add({.kind = Kind::String}, code); }
  bool on_number_part(Text part, Code&) { return append(part); }
  bool on_int64(std::int64_t, Text part, Code& code) { return append(part) && add({.kind = Kind::Number}, code); }
  bool on_uint64(std::uint64_t, Text part, Code& code) { return append(part) && add({.kind = Kind::Number}, code); }
  bool on_double(double, Text part, Code& code) { return append(part) && add({.kind = Kind::Number}, code); }
  bool on_bool(bool value, Code& code) { return add({.kind = Kind::Boolean, .boolean = value}, code); }
  bool on_null(Code& code) { return add({.kind = Kind::Null}, code); }
  bool on_comment_part(Text, Code&) {
    if (comment_line_ == 0) comment_line_ = line_;
    return true;
  }
  bool on_comment(Text, Code&) {
    comment_line_ = 0;
    return true;
  }

  /// Where the parser stands.
  std::string pointer() const {
    std::string result;
    for (const Open& open : open_) {
      if (open.node.kind == Kind::Array) {
        result = pointer_to_item(result, open.node.children.size());
      } else if (open.has_key) {
        result = pointer_to_member(result, open.key);
      }
      if (result.size() > kMaxInputErrorBytes) break;
    }
    return result;
  }

  /// In what the text ends when it ends too early.
  std::string unfinished() const {
    if (values_ == 0) return {};
    if (comment_line_ != 0) return fmt::format("the comment that begins on line {}", comment_line_);
    if (open_.empty()) return {};
    const Node& node = open_.back().node;
    return fmt::format("the {} that begins on line {}", node.kind == Kind::Object ? "object" : "array", node.line);
  }
  const InputError& error() const { return error_; }
  Document take_document() { return {std::move(root_), std::move(texts_)}; }

 private:
  struct Open {
    Node node;
    std::string_view key;  ///< Of the member that is being read.
    std::uint32_t key_line = 0;
    bool has_key = false;
  };

  bool append(Text part) {
    texts_.insert(texts_.end(), part.begin(), part.end());
    return true;
  }

  std::string_view take() {
    const std::string_view text(texts_.data() + taken_, texts_.size() - taken_);
    taken_ = texts_.size();
    return text;
  }

  bool fail(std::uint32_t line, std::string pointer, std::string found, Code& code) {
    error_ = {.line = line, .pointer = std::move(pointer), .found = std::move(found)};
    code = bj::make_error_code(bj::error::input_error);
    return false;
  }

  bool count(Code& code) {
    if (++values_ <= kMaxDocumentValues) return true;
    return fail(line_, pointer(), fmt::format("the file holds more than {} values", kMaxDocumentValues), code);
  }

  bool add(Node node, Code& code) {
    if (!count(code)) return false;
    node.line = line_;
    node.text = take();
    put(std::move(node));
    return true;
  }

  void put(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    node.key = parent.key;
    node.key_line = parent.key_line;
    parent.node.children.push_back(std::move(node));
    parent.key = {};
    parent.key_line = 0;
    parent.has_key = false;
  }

  bool open(Kind kind, Code& code) {
    if (!count(code)) return false;
    open_.push_back({.node = {.kind = kind, .line = line_}});
    return true;
  }

  bool close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
    return true;
  }

  bool no_key_twice(Code& code) {
    const std::vector<Node>& members = open_.back().node.children;
    std::vector<std::uint32_t> order(members.size());
    std::iota(order.begin(), order.end(), 0U);
    // total order: equal keys by their place
    std::sort(order.begin(), order.end(), [&members](std::uint32_t a, std::uint32_t b) {
      return members[a].key != members[b].key ? members[a].key < members[b].key : a < b;
    });
    for (std::size_t i = 1; i < order.size(); ++i) {
      const Node& first = members[order[i - 1]];
      const Node& again = members[order[i]];
      if (first.key != again.key) continue;
      return fail(again.key_line, pointer_to_member(pointer(), again.key),
                  fmt::format("the key {} is given twice, on line {} and on line {}", quoted(again.key), first.key_line,
                              again.key_line),
                  code);
    }
    return true;
  }

  std::vector<char> texts_;
  std::size_t taken_ = 0;
  std::vector<Open> open_;
  Node root_;
  std::size_t values_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t comment_line_ = 0;  ///< Of the comment that has not ended yet.
  InputError error_;
};

/// Calls visit(line number, line with its line feed) until it returns false.
template <class Visitor>
void for_each_line(std::string_view text, std::uint32_t number, Visitor&& visit) {
  for (std::size_t begin = 0; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    if (!visit(number, text.substr(begin, end - begin))) return;
    begin = end;
  }
}

/// What no JSON text may hold, wherever it stands.
InputError find_bad_bytes(std::string_view text, std::uint32_t first_line) {
  InputError error;
  if (text.starts_with("\xef\xbb\xbf")) {
    return {.line = first_line,
            .found = "the file begins with a byte order mark (EF BB BF)",
            .accepted = "UTF-8 without a byte order mark"};
  }
  for_each_line(text, first_line, [&error](std::uint32_t number, std::string_view line) {
    for (std::size_t i = 0; i < line.size();) {
      const CodePoint c = first_code_point(line.substr(i));
      if (c.bytes == 0) {
        error = {.line = number,
                 .found = fmt::format("not UTF-8: the byte {:02X} at column {}", static_cast<unsigned char>(line[i]),
                                      i + 1)};
        return false;
      }
      if (c.value == 0) {
        error = {.line = number, .found = fmt::format("a NUL byte at column {}", i + 1)};
        return false;
      }
      i += c.bytes;
    }
    return true;
  });
  return error;
}

/// What probably went wrong at text[at], where the parser found no JSON.
std::string_view hint(std::string_view text, std::size_t at) {
  const char c = text[at];
  const std::size_t before = at == 0 ? std::string_view::npos : text.find_last_not_of(kWhiteSpace, at - 1);
  const char previous = before == std::string_view::npos ? '\0' : text[before];
  if (at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u') return "a pair of \\u escapes for a surrogate pair";
  if (c == '\'') return "texts and keys in double quotes";
  if (c == '#') return "comments that begin with // or /*";
  if (c == '+' || c == '.') return "numbers such as 0.5 and -1";
  if (c == '}' || c == ']')
    return previous == ',' ? "no comma before a closing bracket" : "a value or the right bracket";
  if (c == '"') return "a comma between members and between items, a colon after a key";
  if (static_cast<unsigned char>(c) < 0x20) return "texts that end on their line; control characters in them escaped";
  if (is_letter(c)) return "texts in double quotes, numbers, true, false, null";
  return {};
}

InputError syntax_error(const bj::error_code& code, std::uint32_t number, std::string_view text, std::size_t at,
                        std::size_t column, std::string_view name, const TreeBuilder& builder) {
  InputError error{.line = number, .pointer = builder.pointer()};
  if (code == bj::error::too_deep) {
    error.found = fmt::format("nested deeper than {} levels", kMaxDocumentDepth);
    error.pointer.clear();
  } else if (code == bj::error::incomplete) {
    const std::string where = builder.unfinished();
    error.found = where.empty() ? fmt::format("the {} ends before any value does", name)
                                : fmt::format("the {} ends inside {}", name, where);
  } else if (code == bj::error::exponent_overflow) {
    error.found = fmt::format("a number with too large an exponent at column {}", column);
  } else if (code == bj::error::syntax && at < text.size()) {
    const std::string_view found = text.substr(at, std::max<std::size_t>(first_code_point(text.substr(at)).bytes, 1));
    error.found =
        fmt::format("not JSON: {} at column {}", found == "\n" ? "the end of the line" : quoted(found), column);
    error.accepted = hint(text, at);
  } else {
    error.found = fmt::format("not JSON: {} at column {}", code.message(), column);
  }
  return error;
}

}  // namespace

const Node* Node::find(std::string_view name) const {
  for (const Node& child : children) {
    if (child.key == name) return &child;
  }
  return nullptr;
}

std::string pointer_to_member(std::string_view pointer, std::string_view key) {
  std::string result(pointer);
  result += '/';
  for (const char c : key.substr(0, kMaxInputErrorBytes)) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

std::string pointer_to_item(std::string_view pointer, std::size_t index) {
  return fmt::format("{}/{}", pointer, index);
}

std::string to_json(const Node& node) {
  const auto text = [](std::string_view view) { return bj::serialize(bj::string_view(view.data(), view.size())); };
  if (node.kind == Kind::Null) return "null";
  if (node.kind == Kind::Boolean) return node.boolean ? "true" : "false";
  if (node.kind == Kind::Number) return std::string(node.text);
  if (node.kind == Kind::String) return text(node.text);
  const bool object = node.kind == Kind::Object;
  std::string result(1, object ? '{' : '[');
  for (const Node& child : node.children) {  // No deeper than kMaxDocumentDepth.
    if (result.size() > 1) result += ',';
    if (object) result += text(child.key) + ':';
    result += to_json(child);
  }
  return result += object ? '}' : ']';
}

boost::system::result<Document, InputError> parse_document(std::string_view file, std::string_view text,
                                                           const DocumentOptions& options) {
  const auto fail = [file](InputError error) {
    error.file = file;
    return error;
  };
  if (text.size() > kMaxDocumentBytes) {
    return fail({.line = options.first_line,
                 .found = fmt::format("the file is larger than {} MiB", kMaxDocumentBytes / 1024 / 1024)});
  }
  if (text.find_first_not_of(kWhiteSpace) == std::string_view::npos) {
    return fail({.line = options.first_line,
                 .found = fmt::format("the {} is empty", options.name),
                 .accepted = "a JSON object"});
  }
  if (InputError error = find_bad_bytes(text, options.first_line); error.line != 0) return fail(std::move(error));

  bj::parse_options parser_options;
  parser_options.allow_comments = options.comments == Comments::Allowed;
  parser_options.max_depth = kMaxDocumentDepth;
  bj::basic_parser<TreeBuilder> parser(parser_options, text.size());
  TreeBuilder& builder = parser.handler();
  InputError error;
  // One line at a time: a token never crosses a line, so the builder knows the line of every event.
  for_each_line(text, options.first_line, [&](std::uint32_t number, std::string_view line) {
    const bool last = line.data() + line.size() == text.data() + text.size();
    bj::error_code code;
    builder.start_line(number);
    // After a comment that came in pieces Boost.JSON looks at one character more, even where there is none.
    const std::string padded = last && line.ends_with("*/") ? std::string(line) + ' ' : std::string();
    const std::string_view piece = padded.empty() ? line : padded;
    const std::size_t used = parser.write_some(!last, piece.data(), piece.size(), code);
    if (code == bj::error::input_error) {
      error = builder.error();
    } else if (code) {
      const auto at = static_cast<std::size_t>(line.data() - text.data()) + used;
      error = syntax_error(code, number, text, at, used + 1, options.name, builder);
    } else if (used < line.size()) {
      error = {
          .line = number,
          .found = fmt::format(
              "the document has ended, but {} follows at column {}",
              quoted(line.substr(used, std::max<std::size_t>(first_code_point(line.substr(used)).bytes, 1))), used + 1),
          .accepted = fmt::format("one JSON value in a {}", options.name)};
    }
    return error.found.empty();
  });
  if (!error.found.empty()) return fail(std::move(error));
  return builder.take_document();
}

}  // namespace core::input
