// The numbers of the fake's repositories. GitHub answers for each under /repositories/{id} too, and that is where its
// redirects for a renamed one lead; its Link headers name repositories so.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace fakes {

class Repositories {
 public:
  /// The same for one name in every run: nine digits.
  static std::uint64_t id_of(std::string_view name);

  /// `asker` - a job, or a credential where no job is named - has asked for the repository of that name.
  void note(std::string_view asker, std::string_view name);

  /// The name of the repository with that id, if somebody has asked for it by name. An id that nobody has stands for
  /// the one that `asker` named last, so that a rule's redirect may name any number. Empty: there is none.
  std::string_view find(std::uint64_t id, std::string_view asker) const;

 private:
  /// A served fake runs for days: past so many askers, or names, all are forgotten, as if nobody had asked yet.
  static constexpr std::size_t kMost = 100'000;

  std::map<std::uint64_t, std::string> names_;
  std::map<std::string, std::uint64_t, std::less<>> last_;  ///< By asker: the id.
};

}  // namespace fakes
