#include "fakes/redis/lua/script.h"

#include <fmt/format.h>

#include <boost/uuid/detail/sha1.hpp>
#include <map>

#include "fakes/redis/script_info.h"

namespace fakes::redis {

std::string sha1_hex(std::string_view text) {
  boost::uuids::detail::sha1 hash;
  hash.process_bytes(text.data(), text.size());
  boost::uuids::detail::sha1::digest_type digest;
  hash.get_digest(digest);
  return fmt::format("{:08x}{:08x}{:08x}{:08x}{:08x}", digest[0], digest[1], digest[2], digest[3], digest[4]);
}

namespace {

/// Texts are long and begin alike: their lengths tell nearly all of them apart.
struct ByLength {
  bool operator()(std::string_view a, std::string_view b) const {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

}  // namespace

ScriptPointer script_of_text(std::string_view text) {
  constexpr std::size_t kRemembered = 1024;
  constexpr std::size_t kRememberedBytes = 64UL * 1024 * 1024;
  thread_local std::size_t remembered_bytes = 0;
  thread_local std::map<std::string_view, ScriptPointer, ByLength> remembered;  // By their own texts.

  if (const auto found = remembered.find(text); found != remembered.end()) return found->second;

  auto script = std::make_shared<Script>();
  script->text = text;
  script->sha = sha1_hex(text);
  script->name = script_name(text);
  script->job_arguments = script_job_arguments(text);
  if (text.starts_with("#!")) {
    const std::string_view line = text.substr(0, text.find('\n'));
    script->has_flags = true;
    script->is_read_only = line.find("no-writes") != std::string_view::npos;
    script->allows_oom = line.find("allow-oom") != std::string_view::npos;
  }
  if (remembered.size() >= kRemembered || remembered_bytes >= kRememberedBytes) {
    remembered.clear();
    remembered_bytes = 0;
  }
  remembered_bytes += text.size();
  remembered.emplace(script->text, script);
  return script;
}

}  // namespace fakes::redis
