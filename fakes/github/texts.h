// The JSON that the fake GitHub answers with, written as its REST documentation shows it (version 2022-11-28).
// Links in answers lead back to the same server.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "fakes/github/state.h"

namespace fakes {

/// A reason within a 422.
struct ValidationError {
  std::string_view resource, field, code, message;
};

/// The state of a limit as its headers tell it.
struct RateNumbers {
  std::uint64_t limit = 5000;
  std::uint64_t used = 0;
  std::int64_t reset = 0;  ///< Epoch seconds.
  std::uint64_t remaining() const { return limit - used; }
};

/// The published limit of a token. It only acts through rules, so what is told never comes down to nothing.
RateNumbers rate_of(const InstallationToken& token);
/// Seconds since 1970, rounded up.
std::int64_t epoch_up(core::WallTime time);
bool is_blank(std::string_view text);

/// What links begin with.
struct Roots {
  std::string_view api;   ///< The address that the client used.
  std::string_view html;  ///< For people.
};

/// Who did something, as an object: the App's user, or a person.
void append_user(std::string& out, std::string_view app);
/// The App as an object, null where there is none. Its id is a number even where the JWT named the client id.
void append_app(std::string& out, std::string_view app);
void append_comment(std::string& out, const Roots& roots, const Comment& comment);
std::string github_error(int status, std::string_view message);
std::string github_validation_error(const ValidationError& error);
/// What GitHub says under that status when nothing more is known.
std::string_view github_message(int status);
std::string github_token(std::string_view token, core::WallTime expires);
/// Errors of reviews are texts alone.
std::string github_string_errors(std::string_view message, std::string_view error);
std::string github_issue(const Roots& roots, std::string_view repository, const Issue& issue, std::size_t comments);
std::string github_pull(const Roots& roots, std::string_view repository, const Issue& pull);
std::string github_review(const Roots& roots, std::string_view repository, std::uint64_t number, const Review& review);
std::string github_ref(const Roots& roots, std::string_view repository, std::string_view branch, std::string_view sha);
std::string github_commit(const Roots& roots, std::string_view repository, const Commit& commit);
void append_label(std::string& out, std::string_view name);
/// "nil", "Array", ...: as GitHub's own errors name what is no text.
std::string kind_text(const boost::json::value& value);
std::string github_repository(const Roots& roots, std::string_view repository, std::uint64_t id);
std::string github_app(std::string_view app);
std::string github_rate_limit(const RateNumbers& numbers);

}  // namespace fakes
