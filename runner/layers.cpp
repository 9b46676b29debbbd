#include "runner/layers.h"

#include <algorithm>

#include "core/json/escape.h"

namespace runner {

namespace {

using core::input::Kind;
using core::input::Node;

void stamp(Node& node, std::uint16_t layer) {
  node.layer = layer;
  for (Node& child : node.children) stamp(child, layer);
}

void put_over(Node& base, Node over, const std::string& pointer, std::vector<std::string>& overridden) {
  if (base.kind != Kind::Object || over.kind != Kind::Object) {
    overridden.push_back(pointer);
    base = std::move(over);
    return;
  }
  for (Node& member : over.children) {
    const auto same = std::ranges::find(base.children, member.key, &Node::key);
    if (same == base.children.end()) {
      base.children.push_back(std::move(member));
    } else {
      const std::string place = core::input::pointer_to_member(pointer, member.key);
      put_over(*same, std::move(member), place, overridden);
    }
  }
}

}  // namespace

MergedLayers merged(const std::vector<Layer>& layers) {
  MergedLayers result;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Node root = layers[i].document.root();
    stamp(root, static_cast<std::uint16_t>(i));
    if (i == 0) {
      result.root = std::move(root);
    } else {
      put_over(result.root, std::move(root), {}, result.overridden);
    }
  }
  return result;
}

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

}  // namespace runner
