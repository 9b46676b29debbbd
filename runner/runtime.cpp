// lint-allow-file(random-source): the one place where production's chance comes from
#include "runner/runtime.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <random>
#include <utility>

#include "cli/address.h"
#include "core/http/percent.h"
#include "core/production/github/rs256_signer.h"
#include "core/redis/error_reply.h"

namespace runner {

namespace {

/// For commands that sign nothing.
class NoSigner final : public core::JwtSigner {
 public:
  boost::system::result<std::string, core::SigningError> sign(std::string_view) override {
    return core::SigningError{"no private key is set"};
  }
};

std::uint64_t seed_from_the_system() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

core::Random chance(std::optional<std::uint64_t> seed, const std::string& name) {
  constexpr std::uint64_t kFirstLife = 1;
  return seed ? core::Random(*seed).fork(name).fork(kFirstLife) : core::Random(seed_from_the_system());
}

std::string name_of_this_process(const std::string& given) {
  if (!given.empty()) return given;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {"runner"};
  return fmt::format("{}-{}", host.data(), ::getpid());
}

class Preparer {
 public:
  Preparer(Prepared& prepared, std::vector<core::InputError>& errors) : prepared_(prepared), errors_(errors) {}

  void read_redis_url() {
    auto address = core::parse_redis_address(prepared_.settings.process.redis_url);
    if (address) {
      prepared_.redis = std::move(*address);
    } else {
      fail("/runner/redis_url", address.error().found, address.error().accepted);
    }
  }

  void read_listen() {
    if (prepared_.settings.process.listen.empty()) return;
    const cli::Address listen = cli::parse_address(prepared_.settings.process.listen);
    if (listen) {
      prepared_.listen = *listen;
    } else {
      fail("/runner/listen", listen.error().message, {});
    }
  }

  void read_certificates() {
    if (prepared_.settings.process.ca_file.empty()) return;
    auto certificates = core::load_certificates(prepared_.settings.process.ca_file);
    if (certificates) {
      prepared_.certificates = std::move(*certificates);
    } else {
      fail("/runner/ca_file", certificates.error(), "a file of certificates in PEM");
    }
  }

  void read_private_key() {
    auto signer = core::Rs256Signer::make(prepared_.settings.process.private_key);
    if (signer) {
      prepared_.signer = std::move(*signer);
    } else {
      fail("/runner/private_key", signer.error().message, {});
    }
  }

 private:
  void fail(const std::string& pointer, std::string found, std::string accepted) {
    const auto source = prepared_.settings.sources.find(pointer);
    errors_.push_back({.file = source == prepared_.settings.sources.end() ? "settings" : source->second,
                       .pointer = pointer,
                       .found = std::move(found),
                       .accepted = std::move(accepted)});
  }

  Prepared& prepared_;
  std::vector<core::InputError>& errors_;
};

}  // namespace

Preparation prepare(const SettingsInput& input, Needs needs) {
  LoadedSettings loaded = load_settings(input, needs);
  Preparation result{.errors = std::move(loaded.errors), .warnings = std::move(loaded.warnings)};
  Prepared prepared{.settings = std::move(loaded.so_far), .signer = std::make_unique<NoSigner>()};
  Preparer preparer(prepared, result.errors);
  preparer.read_redis_url();
  preparer.read_certificates();
  if (needs == Needs::Services) {
    preparer.read_listen();
    if (!prepared.settings.process.private_key.empty()) preparer.read_private_key();
  }
  if (result.errors.empty()) result.prepared = std::move(prepared);
  return result;
}

Runtime::Runtime(Prepared& prepared, Trouble trouble, std::optional<std::uint64_t> seed)
    : clock_(loop_.get_executor()),
      name_(name_of_this_process(prepared.settings.process.name)),
      trouble_(trouble),
      lines_(STDERR_FILENO),
      log_(prepared.settings.process.log, clock_, name_, lines_),
      http_(loop_.get_executor(), clock_, http_options(prepared)),
      redis_(loop_.get_executor(), clock_, redis_options(prepared, seed.has_value())),
      environment_{name_,  loop_.get_executor(), clock_, chance(seed, name_), http_, redis_, *prepared.signer, secrets_,
                   events_} {}

core::RedisClientOptions Runtime::redis_options(const Prepared& prepared, bool is_trial) {
  core::RedisClientOptions options{.address = prepared.redis};
  options.tls.authorities = prepared.certificates;
  options.client_name = core::percent_encode(name_);  // Redis takes no spaces in a name.
  // In a trial no more is sent than in a simulated world.
  if (!is_trial) options.key_prefix = prepared.settings.core.redis.key_prefix;
  options.on_connect_failure = [this](const std::string& reason) { on_redis_trouble(reason); };
  options.follow_moved = prepared.settings.process.follow_moved;
  options.on_wrong_server = [this](const std::string& reason) { wrong_redis_ = reason; };
  options.on_moved_refused = [this](const std::string& reason) {
    wrong_redis_ = reason;
    on_redis_trouble(reason);
  };
  options.on_error_reply = [this, where = core::endpoint_of(prepared.redis)](const std::string& text) {
    // The session answers that by sending the script.
    if (!text.starts_with("NOSCRIPT")) on_redis_trouble(fmt::format("{} answered: {}", where, core::first_words(text)));
  };
  return options;
}

void Runtime::on_redis_trouble(const std::string& trouble) {
  redis_trouble_ = trouble;
  if (trouble_ == Trouble::Kept) return;
  // Logged once for each kind of trouble: the call that it belongs to is logged each time.
  const bool is_new = std::exchange(logged_redis_trouble_, trouble) != trouble;
  if (is_new) log_.say(Level::Warning, "Redis: " + trouble);
}

core::CurlOptions Runtime::http_options(const Prepared& prepared) {
  core::CurlOptions options;
  options.extra_certificates = prepared.certificates;
  options.on_failure = [this](std::string_view origin, std::string_view what) {
    http_trouble_ = fmt::format("{}: {}", origin, what);
    if (trouble_ == Trouble::Logged) log_.say(Level::Warning, http_trouble_);
  };
  return options;
}

}  // namespace runner
