// The jobs of a run that are failed at its end although its scenario expects nothing of them: a file that expects too
// little holds, and whoever reads its verdict alone would not hear of them.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "sim/world/world.h"

namespace rehearse {

class UnexpectedFailures final : public sim::WorldObserver {
 public:
  explicit UnexpectedFailures(const sim::Expect& expect) : expect_(expect) {}

  std::size_t count() const { return failed_.size(); }

  void on_event(const core::Event& event) override;
  void before_request(sim::Services&, std::string_view, const core::HttpRequest&) override {}

 private:
  bool is_expected(const core::Event& failure) const;

  const sim::Expect& expect_;
  std::set<std::string, std::less<>> failed_;
};

}  // namespace rehearse
