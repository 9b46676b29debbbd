// One request to the fake GitHub, as its endpoints see it: who asks for what, what the service knows, and the forms of
// its answers.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "fakes/answer.h"
#include "fakes/github/github.h"
#include "fakes/github/route.h"
#include "fakes/github/state.h"
#include "fakes/github/texts.h"
#include "fakes/http_text.h"

namespace fakes {

class GitHubCall {
 public:
  /// All outlive it. The route names the repository by its name, if it is of one.
  GitHubCall(GitHub& github, const Url& url, const GitHubRoute& route, const core::HttpRequest& request, const Now& now)
      : github_(github), url_(url), route_(route), request_(request), now_(now) {}

  GitHubState& state() { return github_.state_; }
  const GitHubOptions& options() const { return github_.options_; }
  const GitHubRoute& route() const { return route_; }
  const core::HttpRequest& request() const { return request_; }
  const Now& now() const { return now_; }
  std::optional<std::string> query(std::string_view name) const { return query_parameter(url_.query, name); }
  /// Whose request it is; null before it was let in.
  const InstallationToken* token() const { return token_; }
  void let_in(const InstallationToken& token) { token_ = &token; }
  /// Links to what is read by people and by programs, made where an answer has some.
  Roots roots();
  /// "octo/hello#7".
  std::string issue_name() const;

  core::HttpResponse respond(int status, std::string body);
  /// What GitHub says under that status when nothing more is known.
  core::HttpResponse error(int status);
  core::HttpResponse error(int status, std::string_view message);
  core::HttpResponse invalid(const ValidationError& error);

  /// The request has changed something; `text` carries its key, if it has one.
  void had_effect(std::string place, std::string text);
  /// The whole second that it is.
  core::WallTime second() const;

  /// The request's body, an object; else the answer that refuses it.
  std::optional<core::HttpResponse> parse(boost::json::value& document);

  /// A page of a list of `size` elements at `path` within the repository, as `append` writes them by their places.
  core::HttpResponse list(std::string_view path, std::size_t size,
                          const std::function<void(std::string& out, std::size_t place)>& append);

 private:
  bool varies() const { return options().forms == AnswerForms::Varied; }
  std::uint64_t positive_parameter(std::string_view name, std::uint64_t otherwise) const;
  /// The same for all pages of a list, though elements may come between two of them.
  std::uint64_t page_size(const std::string& list, std::uint64_t asked, std::uint64_t size);

  GitHub& github_;
  const Url& url_;
  const GitHubRoute& route_;
  const core::HttpRequest& request_;
  const Now& now_;
  const InstallationToken* token_ = nullptr;
  std::string html_;
};

}  // namespace fakes
