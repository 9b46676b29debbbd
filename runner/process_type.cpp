#include "runner/process_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/json/object.h"

namespace runner {

namespace {

using namespace core::input;

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

}  // namespace

bool ProcessType::read(const At& at, ProcessConfig& process) const {
  return process_type().read(at, process);
}

JsonObject ProcessType::schema(const ProcessConfig& defaults) const {
  return process_type().schema(defaults);
}

Json ProcessType::write(const ProcessConfig& process) const {
  return process_type().write(process);
}

}  // namespace runner
