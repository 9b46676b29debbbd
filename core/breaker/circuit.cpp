#include "core/breaker/circuit.h"

#include <algorithm>
#include <utility>

#include "core/state.h"

namespace core {

Circuit::State Circuit::state(SteadyTime now) const {
  if (is_closed_) return State::Closed;
  return now < open_until_ ? State::Open : State::HalfOpen;
}

SteadyTime Circuit::next(SteadyTime now) const {
  if (is_closed_ || now < open_until_) return is_closed_ ? now : open_until_;
  SteadyTime first = SteadyTime::max();
  std::uint32_t waited_for = 0;
  for (const auto& [mark, begun] : probes_) {
    if (is_overdue(begun, now)) continue;
    ++waited_for;
    first = std::min(first, saturating_add(begun, config_->probe_timeout));
  }
  return waited_for + well_ < config_->probes ? now : first;
}

std::optional<std::uint64_t> Circuit::pass(SteadyTime now) {
  if (next(now) > now) return std::nullopt;
  if (is_closed_) {
    ++under_way_;
    return counted_mark();
  }
  const std::uint64_t mark = 2 * ++probes_made_ + 1;
  probes_.emplace(mark, now);
  return mark;
}

bool Circuit::still_passes(std::uint64_t mark, SteadyTime now) {
  if (is_closed_) return mark == counted_mark();
  const auto probe = probes_.find(mark);
  if (probe == probes_.end() || is_overdue(probe->second, now)) return false;
  probe->second = now;
  return true;
}

void Circuit::ended(std::uint64_t mark, SteadyTime now, std::optional<bool> is_well, Duration asked) {
  const bool is_counted = mark % 2 == 0;
  is_counted ? ended_counted(mark, now, is_well, asked) : ended_probe(mark, now, is_well, asked);
}

void Circuit::ended_counted(std::uint64_t mark, SteadyTime now, std::optional<bool> is_well, Duration asked) {
  if (!is_closed_ || mark != counted_mark()) {
    --out_of_date_;
    return;
  }
  --under_way_;
  if (!is_well) return;
  count(now, *is_well);
  if (!*is_well && fails_too_often(now)) open(now, asked);
}

void Circuit::ended_probe(std::uint64_t mark, SteadyTime now, std::optional<bool> is_well, Duration asked) {
  const auto probe = probes_.find(mark);
  if (probe == probes_.end()) return;
  const bool is_late = is_overdue(probe->second, now);
  probes_.erase(probe);
  if (!is_well) return;
  if (!*is_well) {
    // Another one looks already.
    if (is_late && waits_for_a_probe(now)) return;
    return open(now, asked);
  }
  if (++well_ >= config_->probes) close();
}

bool Circuit::waits_for_a_probe(SteadyTime now) const {
  return std::ranges::any_of(probes_, [&](const auto& probe) { return !is_overdue(probe.second, now); });
}

Duration Circuit::slice_length() const {
  return std::max(config_->window / kSlices, Duration(1));
}

std::int64_t Circuit::slice_number(SteadyTime now) const {
  return now.time_since_epoch() / slice_length();
}

bool Circuit::is_in_window(const Slice& slice, SteadyTime now) const {
  return slice.calls > 0 && slice.number > slice_number(now) - kSlices;
}

void Circuit::count(SteadyTime now, bool is_well) {
  const std::int64_t number = slice_number(now);
  Slice& slice = slices_[static_cast<std::size_t>(number) % slices_.size()];
  if (slice.number != number) slice = {.number = number};
  ++slice.calls;
  if (!is_well) ++slice.failures;
}

bool Circuit::fails_too_often(SteadyTime now) const {
  std::uint64_t calls = 0, failures = 0;
  for (const Slice& slice : slices_) {
    if (!is_in_window(slice, now)) continue;
    calls += slice.calls;
    failures += slice.failures;
  }
  return calls >= config_->minimum_calls && failures * 1'000'000 >= calls * config_->failure_ratio.millionths;
}

void Circuit::open(SteadyTime now, Duration asked) {
  change();
  is_closed_ = false;
  // Twice as long each time that the probes have failed.
  Duration length = std::min(config_->open_for, config_->longest_open);
  for (std::uint32_t i = 0; i < openings_ && length < config_->longest_open; ++i) {
    length += std::min(length, config_->longest_open - length);
  }
  ++openings_;
  open_until_ = saturating_add(now, std::max(length, asked));
}

void Circuit::close() {
  change();
  is_closed_ = true;
  openings_ = 0;
}

void Circuit::change() {
  ++changes_;
  out_of_date_ += std::exchange(under_way_, 0);
  well_ = 0;
  probes_.clear();
  slices_ = {};
}

bool Circuit::is_idle(SteadyTime now) const {
  return is_closed_ && under_way_ + out_of_date_ == 0 &&
         std::ranges::none_of(slices_, [&](const Slice& slice) { return is_in_window(slice, now); });
}

bool Circuit::may_be_forgotten(SteadyTime now) const {
  const bool is_long_ago = now >= saturating_add(open_until_, config_->longest_open);
  return is_idle(now) || (!is_closed_ && is_long_ago && probes_.empty() && under_way_ + out_of_date_ == 0);
}

void Circuit::describe_state(std::string& out, SteadyTime now) const {
  append_state(out, is_closed_);
  append_state(out, std::max(open_until_, now), now);
  append_state(out, openings_);
  append_state(out, well_);
  append_state(out, under_way_);
  append_state(out, out_of_date_);
  append_state(out, probes_.size());
  for (const auto& [mark, begun] : probes_) append_state(out, now - begun);
  const std::int64_t number = slice_number(now);
  for (std::int64_t age = 0; age < kSlices; ++age) {
    const Slice& slice = slices_[static_cast<std::size_t>(number - age) % slices_.size()];
    const bool counts = slice.number == number - age && slice.calls > 0;
    append_state(out, counts ? slice.calls : 0);
    append_state(out, counts ? slice.failures : 0);
    // When it leaves the window depends on how far the clock is into its own slice.
    if (counts) append_state(out, now.time_since_epoch() % slice_length());
  }
}

}  // namespace core
