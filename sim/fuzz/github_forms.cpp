#include "sim/fuzz/github_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/api/api.h"

namespace sim {

void make_existing_comments(Dice& dice, Scenario& scenario) {
  if (!dice.chance(5)) return;
  const ScenarioJob& job = scenario.jobs[dice.between(0, scenario.jobs.size() - 1)];
  fakes::ExistingComments& existing = scenario.github_state.comments[fmt::format("{}#{}", job.repo, job.issue)];
  existing.count = dice.between(90, 350);
  if (dice.chance(20)) existing.bytes = dice.between(1, 2'000);
}

void make_new_token_refused(Dice& dice, fakes::HttpRule& rule) {
  rule.on = dice.chance(70) ? core::api::kCreateComment.operation : core::api::kListComments.operation;
  rule.action = fakes::DoStatus{.status = dice.chance(70) ? 401 : 403};
  const std::uint64_t first = dice.between(1, 3);
  rule.calls = {{first, first + dice.between(0, 2)}};
  // Such that the last of the waits ends when the token is exactly as old as is said to be new.
  constexpr std::array<core::Duration, 2> kLatencies = {std::chrono::seconds(9), std::chrono::milliseconds(3500)};
  if (dice.chance(20)) rule.latency = dice.one_of(kLatencies);
}

void make_redirect(Dice& dice, const Scenario& scenario, fakes::HttpRule& rule) {
  constexpr std::array<int, 6> kStatuses = {301, 301, 302, 307, 308, 303};
  const ScenarioJob& job = scenario.jobs[dice.between(0, scenario.jobs.size() - 1)];
  const std::uint64_t number = dice.between(1, 99);
  const std::string comments = fmt::format("/repositories/{}/issues/{}/comments", number, job.issue);
  std::string path = comments;
  rule.on = core::api::kCreateComment.operation;
  if (dice.chance(30)) {
    rule.on = core::api::kToken.operation;
    path = fmt::format("/app/installations/{}/access_tokens", job.installation);
  } else if (dice.chance(30) && scenario.github_state.comments.empty() && scenario.forms == fakes::AnswerForms::Plain) {
    // The page is named by the redirect: more than one would be taken for the first.
    rule.on = core::api::kListComments.operation;
    path = comments + "?per_page=100&page=1";
  }
  rule.job = job.id;
  const std::string& url = scenario.config.github.url;
  const std::size_t host_end = std::min(url.find('/', url.find("://") + 3), url.size());
  fakes::DoStatus redirect{.status = dice.one_of(kStatuses)};
  switch (dice.between(0, 11)) {
    case 10:  // The same host with its port written out.
      redirect.headers.push_back({"location", url.substr(0, host_end) + ":443" + url.substr(host_end) + path});
      break;
    case 11: {  // Another host, whose name begins or ends alike.
      const std::string_view host = std::string_view(url).substr(0, host_end);
      const std::size_t name = host.find("://") + 3;
      redirect.headers.push_back(
          {"location", dice.chance(50) ? fmt::format("{}.elsewhere.example{}", host, path)
                                       : fmt::format("{}not-{}{}", host.substr(0, name), host.substr(name), path)});
      break;
    }
    case 0:
      redirect.headers.push_back({"location", "https://elsewhere.example" + path});
      break;
    case 1:
      break;
    case 2:
    case 3:
      redirect.headers.push_back({"location", url.substr(host_end) + path});
      break;
    default:
      redirect.headers.push_back({"location", url + path});
      break;
  }
  rule.action = std::move(redirect);
}

}  // namespace sim
