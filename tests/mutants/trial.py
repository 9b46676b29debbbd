"""One bug, tried: who notices it."""

import re
import time
from pathlib import Path
from typing import NamedTuple

from scratch import Broken, DoesNotEnd

SCENARIOS = ["scenarios/documented", "scenarios/smoke", "scenarios/regress"]
TEST_PROGRAMS = ["unit_tests", "property_tests"]
SOCKET_PROGRAMS = ["wire_tests", "runner_tests"]  # For what no simulated run goes through.
ON_SOCKETS = "core/production/"
RUNNER_PROGRAMS = ["runner_tests"]
OF_THE_RUNNER = ("runner/", "cli/")
EXPLORED = [("scenarios/documented/rate-limited-every-layer.json", "4"), ("scenarios/smoke/two-runners-one-delayed-job.json", "3")]
RUN_SECONDS = 300  # Of the processor, as the other.
FUZZ_SECONDS = 60
FEWER = 50  # Times as few worlds where they take too long.
FURTHER = 10  # Times as many worlds are tried where the first ones show nothing.
# The search has its own column.
LEFT_OUT = "--gtest_filter=-Explore*:Fuzz*:RandomScenario*:Shrink*:Trace.*"


class Crashed(Exception):
    """Rehearse itself went down in a world."""


class Fuzzed(NamedTuple):
    """What random worlds say, by the invariants alone."""

    worlds: int = 0  # None: they do not end.
    violating: int = 0
    first: int = -1  # The number of the first violating world.
    seconds: float = 0.0  # Until it was found, on one thread.
    invariants: tuple = ()
    needed: str = ""  # The one invariant without which nothing is seen.

    def noticed(self):
        return self.violating > 0 or self.worlds == 0

    def text(self):
        if self.worlds == 0:
            return "do not end"
        if self.violating == 0:
            return f"0 of {self.worlds:,}"
        by = self.needed + " alone" if self.needed else ", ".join(self.invariants)
        return f"{self.violating} of {self.worlds:,} ({by}); the first after {self.first + 1} in {self.seconds:.2f} s"


class Trial(NamedTuple):
    mutant: NamedTuple
    scenarios: str  # The first that noticed and by what; empty: none did.
    fuzzed: Fuzzed
    explored: str  # By what exploration noticed; empty: it did not.
    tests: str  # Asked only where nothing else noticed.
    seconds: float

    def killed(self):
        return bool(self.scenarios or self.tests or self.searched())

    def searched(self):
        """Whether worlds that nobody wrote show it."""
        return bool(self.explored or self.fuzzed.noticed())

    def found(self):
        by_search = "random worlds" if self.fuzzed.noticed() else "exploration"
        return self.scenarios or self.tests or (by_search if self.searched() else "nothing")


def by_scenarios(tree):
    """The first scenario that fails, how, and how many others do; empty if all hold."""
    try:
        done = tree.run_program("rehearse", ["run", "--quiet", *SCENARIOS], RUN_SECONDS)
    except DoesNotEnd:
        return "scenarios: do not end"
    if done.returncode == 0:
        return ""
    if done.returncode != 1:
        return f"scenarios: exit status {done.returncode}"
    failed = []
    for block in re.split(r"^== ", done.stdout, flags=re.M)[1:]:
        if "\nverdict: FAILED" in block:
            invariant = re.search(r"^violation of ([a-z-]+)", block, flags=re.M)
            failed.append((Path(block.split(" ", 1)[0]).stem, invariant.group(1) if invariant else ""))
    if not failed:
        raise Broken("a scenario failed, but none says so:\n" + done.stdout[-500:])
    # An invariant says more than an expectation.
    name, invariant = next((each for each in failed if each[1]), failed[0])
    others = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"{invariant or 'expectation'}, {name}{others}"


def by_tests(tree, jobs, file):
    programs = TEST_PROGRAMS + (SOCKET_PROGRAMS if file.startswith(ON_SOCKETS) else [])
    programs += RUNNER_PROGRAMS if file.startswith(OF_THE_RUNNER) else []
    tree.build(jobs, *programs)
    environment = {"RC_PARAMS": "seed=20261124 max_success=1000", "GTEST_BRIEF": "1", "GTEST_FAIL_FAST": "1"}
    for program in programs:
        try:
            done = tree.run_program(program, [LEFT_OUT], RUN_SECONDS, environment)
        except DoesNotEnd:
            return f"{program}: does not end"
        if done.returncode != 0:
            failed = re.search(r"\[  FAILED  \] ([^ ,\n]+)", done.stdout)
            return f"test {failed.group(1)}" if failed else f"{program}: exit status {done.returncode}"
    return ""


def count_violations(tree, first, worlds, *arguments):
    """The output of rehearse fuzz --count, on one thread; None if it does not end."""
    try:
        done = tree.run_program("rehearse", ["fuzz", "--seed", "1", "--count", "--quiet", "--threads", "1", "--first",
                                             str(first), "--runs", str(worlds), *arguments], FUZZ_SECONDS)
    except DoesNotEnd:
        return None
    if done.returncode not in (0, 1):
        raise Crashed
    return done.stdout


def violating_in(output):
    """(violating worlds, worlds)"""
    counted = re.search(r"^(\d+) of (\d+) worlds violate", output, flags=re.M)
    return int(counted.group(1)), int(counted.group(2))


def invariants_in(output):
    return tuple(re.findall(r"^  ([a-z]+) +\d+ worlds", output, flags=re.M))


def by_fuzzing(tree, worlds, further):
    try:
        for first in range(0, worlds * further, worlds):
            # Instants that go on for ever take long to be called that: fewer worlds must do then.
            output = count_violations(tree, first, worlds) or count_violations(tree, first, max(1, worlds // FEWER))
            if output is None:
                return Fuzzed()
            violating, tried = violating_in(output)
            if violating:
                return judge(tree, output, first, tried, violating)
    except Crashed:
        return Fuzzed(worlds=worlds, violating=worlds, first=0, invariants=("crash",))
    return Fuzzed(worlds=worlds * further)


def judge(tree, output, begin, tried, violating):
    first = int(re.search(r"^first: world (\d+)", output, flags=re.M).group(1))
    invariants = invariants_in(output)
    begun = time.monotonic()
    count_violations(tree, 0, first + 1)
    seconds = time.monotonic() - begun
    needed = ""
    if len(invariants) == 1:
        # What is told of one world is bounded: others may come to light when that invariant is off.
        without = count_violations(tree, begin, tried, "--without", invariants[0])
        if without is not None and violating_in(without)[0] == 0:
            needed = invariants[0]
        elif without is not None:
            invariants += invariants_in(without)
    return Fuzzed(begin + tried, violating, first, seconds, invariants, needed)


def by_exploration(tree):
    """The invariants that are violated, or how exploration goes wrong; empty if all is well."""
    for scenario, depth in EXPLORED:
        try:
            done = tree.run_program("rehearse", ["explore", "--quiet", "--threads", "1", "--depth", depth, "--crashes", scenario],
                                    RUN_SECONDS)
        except DoesNotEnd:
            return "does not end"
        if done.returncode != 0:
            found = sorted(set(re.findall(r"violation of ([a-z-]+)", done.stdout)))
            return ", ".join(found) or f"exit status {done.returncode}"
    return ""


def try_mutant(tree, mutant, worlds, further):
    """What scenarios and random worlds say."""
    begun = time.monotonic()
    with tree.broken(mutant):
        tree.build(1, "rehearse")
        scenarios = by_scenarios(tree)
        fuzzed = by_fuzzing(tree, worlds, further)
        explored = by_exploration(tree)
    return Trial(mutant, scenarios, fuzzed, explored, "", time.monotonic() - begun)


def ask_tests(tree, tried, jobs):
    """The same trial with what the tests say."""
    begun = time.monotonic()
    with tree.broken(tried.mutant):
        tests = by_tests(tree, jobs, tried.mutant.file)
    return tried._replace(tests=tests, seconds=tried.seconds + time.monotonic() - begun)


def check_unbroken(tree, worlds):
    """Nobody may notice anything where there is nothing."""
    wrong = by_scenarios(tree)
    if wrong:
        raise Broken(f"the core as it is does not pass: {wrong}")
    if by_fuzzing(tree, worlds, 1).violating:
        raise Broken("the core as it is violates invariants in random worlds")
    if wrong := by_exploration(tree):
        raise Broken(f"the core as it is violates invariants when it is explored: {wrong}")


def invariant_names(tree):
    """Those that rehearse fuzz can leave out, as its error message lists them."""
    listed = tree.run_program("rehearse", ["fuzz", "--without", "?"], RUN_SECONDS).stderr
    return re.search(r"\{(.*)\}", listed).group(1).split(",")
