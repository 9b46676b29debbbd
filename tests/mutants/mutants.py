#!/usr/bin/env python3
"""Breaks the core on purpose, one bug at a time (table.py), and looks who notices.

Each mutant is built in a scratch copy of the tree under build/mutants, at -O0. It is found by the scenarios (an
expectation or an invariant), else by the unit and property tests; and 1,000 random worlds say how often the invariants
alone see it. Where one invariant alone does, the worlds are run again without it: the bug must survive. Exit status: 0 all
found, 1 some survived or an invariant is needed by none, 2 something else is wrong.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import table

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / "build" / "mutants"
TREE = SCRATCH / "tree"
BUILD = SCRATCH / "build"
SCENARIOS = ["scenarios/documented", "scenarios/smoke", "scenarios/regress"]
TEST_PROGRAMS = ["unit_tests", "property_tests"]
RUN_SECONDS = 120
FUZZ_SECONDS = 60
# The search has its own column, and takes minutes at -O0.
LEFT_OUT = "--gtest_filter=-Explore*:Fuzz*:RandomScenario*:Shrink*:Trace.*"


class Broken(Exception):
    """The trial itself cannot go on."""


def run(command, seconds=1800, **options):
    return subprocess.run(command, cwd=TREE, capture_output=True, text=True, errors="replace", timeout=seconds, **options)


def copy_tree():
    """The files that git knows, as they stand; unchanged ones keep their times, so that nothing is rebuilt for them."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout
    names = [name for name in os.fsdecode(listed).split("\0") if name and (ROOT / name).is_file()]
    for name in names:
        source, target = ROOT / name, TREE / name
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        shutil.copymode(source, target)
    known = set(names)
    for path in sorted(TREE.rglob("*")):
        if path.is_file() and str(path.relative_to(TREE)) not in known:
            path.unlink()


def configure():
    done = run(["cmake", "-S", str(TREE), "-B", str(BUILD), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                "-DCMAKE_CXX_COMPILER=g++", "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DREHEARSE_BENCHMARKS=OFF"])
    if done.returncode != 0:
        raise Broken("cmake failed:\n" + done.stderr[-2000:])


def build(*targets):
    done = run(["cmake", "--build", str(BUILD), "--target", *targets])
    if done.returncode != 0:
        errors = [line for line in done.stdout.splitlines() if "error:" in line]
        raise Broken("it does not build: " + "; ".join(errors[:3] or done.stdout.splitlines()[-5:]))


def by_scenarios():
    """The first scenario that fails and why, and whether any invariant was violated; None if all hold."""
    try:
        done = run([str(BUILD / "rehearse"), "run", "--quiet", *SCENARIOS], RUN_SECONDS)
    except subprocess.TimeoutExpired:
        return "scenarios: do not end"
    if done.returncode == 0:
        return None
    if done.returncode not in (1,):
        return f"scenarios: exit status {done.returncode}"
    first = None
    for block in re.split(r"^== ", done.stdout, flags=re.M)[1:]:
        if "\nverdict: FAILED" not in block:
            continue
        name = Path(block.split(" ", 1)[0]).stem
        invariant = re.search(r"^violation of ([a-z-]+)", block, flags=re.M)
        if invariant:
            return f"{invariant.group(1)}, in {name}"
        first = first or f"expectation of {name}"
    return first


def by_tests():
    build(*TEST_PROGRAMS)
    for program in TEST_PROGRAMS:
        environment = dict(os.environ, RC_PARAMS="seed=20261124 max_success=1000", GTEST_BRIEF="1", GTEST_FAIL_FAST="1")
        try:
            done = run([str(BUILD / program), LEFT_OUT], RUN_SECONDS, env=environment)
        except subprocess.TimeoutExpired:
            return f"{program}: does not end"
        if done.returncode != 0:
            failed = re.search(r"\[  FAILED  \] ([^ ,\n]+)", done.stdout)
            return f"test {failed.group(1)}" if failed else f"{program}: exit status {done.returncode}"
    return None


class Fuzzed(NamedTuple):
    """What random worlds say of a mutant, by the invariants alone."""

    worlds: int = 0
    violating: int = 0
    first: int = -1  # The number of the first violating world.
    seconds: float = 0.0  # Until it was found, on one thread at -O0.
    invariants: tuple = ()
    needed: str = ""  # The one invariant without which nothing is seen.

    def text(self):
        if self.worlds == 0:
            return "do not end"
        if self.violating == 0:
            return f"0 of {self.worlds}"
        by = self.needed + " alone" if self.needed else ", ".join(self.invariants)
        return f"{self.violating} of {self.worlds} ({by}), the first after {self.first + 1} in {self.seconds:.2f} s"


def count_violations(*arguments):
    """The output of rehearse fuzz --count; None if it does not end."""
    try:
        done = run([str(BUILD / "rehearse"), "fuzz", "--seed", "1", "--count", "-q", *arguments], FUZZ_SECONDS * 3)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode not in (0, 1):
        raise Broken(f"rehearse fuzz ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def by_fuzzing(worlds):
    bounds = ["--runs", str(worlds), "--seconds", str(FUZZ_SECONDS)]
    try:
        output = count_violations(*bounds)
    except Broken:
        return Fuzzed(worlds=worlds, violating=worlds, first=0, invariants=("crash",))
    counted = re.search(r"^(\d+) of (\d+) worlds violate", output or "", flags=re.M)
    if not counted:
        return Fuzzed()
    violating, tried = int(counted.group(1)), int(counted.group(2))
    if violating == 0:
        return Fuzzed(worlds=tried)
    first = int(re.search(r"^first: world (\d+)", output, flags=re.M).group(1))
    invariants = tuple(re.findall(r"^  ([a-z]+) +\d+ worlds", output, flags=re.M))
    begun = time.monotonic()
    count_violations("--runs", str(first + 1), "--threads", "1")
    seconds = time.monotonic() - begun
    needed = ""
    if len(invariants) == 1:
        # Nothing must be left of it when that invariant is off: else the count above lies.
        without = count_violations(*bounds, "--without", invariants[0])
        if without is None or not re.search(r"^0 of \d+ worlds violate", without, flags=re.M):
            raise Broken(f"it is still seen without {invariants[0]}")
        needed = invariants[0]
    return Fuzzed(tried, violating, first, seconds, invariants, needed)


def apply(mutant):
    path = TREE / mutant.file
    original = text = path.read_text()
    for old, new in [(mutant.old, mutant.new)] + ([mutant.also] if mutant.also else []):
        if text.count(old) != 1:
            raise Broken(f"{mutant.name}: its text stands {text.count(old)} times in {mutant.file}, not once")
        text = text.replace(old, new)
    path.write_text(text)
    return path, original


class Trial(NamedTuple):
    mutant: table.Mutant
    found: str  # By which means; empty: not at all.
    fuzzed: Fuzzed
    seconds: float

    def killed(self):
        return bool(self.found) or self.fuzzed.violating > 0


def try_mutant(mutant, worlds):
    begun = time.monotonic()
    path, original = apply(mutant)
    try:
        build("rehearse")
        found = by_scenarios() or by_tests() or ""
        fuzzed = by_fuzzing(worlds)
    finally:
        path.write_text(original)
    return Trial(mutant, found, fuzzed, time.monotonic() - begun)


def invariant_names():
    """Those that rehearse fuzz can leave out, as its error message lists them."""
    listed = run([str(BUILD / "rehearse"), "fuzz", "--without", "?"], RUN_SECONDS).stderr
    return re.search(r"\{(.*)\}", listed).group(1).split(",")


def write_table(path, trials, worlds):
    lines = [
        "# What the harness catches",
        "",
        "Each row is a deliberate bug in the core ([table.py](../tests/mutants/table.py)), tried by",
        "`./dev mutants --table docs/mutants.md`. *found by*: the first means that noticed it, of the scenarios (an invariant in",
        f"one, or what it expects) and then the tests. *random worlds*: how many of {worlds:,} worlds of `rehearse fuzz --seed 1`",
        "violate an invariant and which ones, and after how many worlds and seconds (one thread, -O0) the first did; *alone* where",
        "no other invariant saw anything, and where nothing at all was seen with that one left out (`--without`). Some bugs break",
        "no invariant and can only be noticed by what was expected of a run.",
        "",
        f"{sum(t.killed() for t in trials)} of {len(trials)} were found, {sum(t.fuzzed.violating > 0 for t in trials)} by random worlds.",
        "",
        "| bug | file | found by | random worlds |",
        "|---|---|---|---|",
    ]
    for trial in trials:
        found = trial.found or ("random worlds" if trial.killed() else "**survives**")
        lines.append(f"| {trial.mutant.name} | {trial.mutant.file} | {found} | {trial.fuzzed.text()} |")
    lines += ["", "## What each invariant alone catches", "", "| without | these are no longer seen by random worlds |", "|---|---|"]
    for name in invariant_names():
        only = [trial.mutant.name for trial in trials if trial.fuzzed.needed == name]
        lines.append(f"| {name} | {', '.join(only) or '-'} |")
    path.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="REGEX", default="", help="mutants whose name has a match")
    parser.add_argument("--group", choices=["all", "constants", "logic"], default="all",
                        help="constants: those of the retry summary; logic: all others")
    parser.add_argument("--worlds", metavar="N", type=int, default=1000, help="random worlds for each (1000)")
    parser.add_argument("--table", metavar="FILE", type=Path, help="writes the table, as Markdown, to FILE")
    parser.add_argument("--list", action="store_true", help="prints the mutants' names and ends")
    options = parser.parse_args()
    groups = {"constants": table.CONSTANTS, "logic": table.LOGIC, "all": table.ALL}
    mutants = [m for m in groups[options.group] if re.search(options.only, m.name)]
    if options.list:
        print("\n".join(mutant.name for mutant in mutants))
        return 0
    if not mutants:
        raise Broken(f"no mutant's name has a match of {options.only!r}")
    TREE.mkdir(parents=True, exist_ok=True)
    copy_tree()
    configure()
    print(f"building the core as it is, in {SCRATCH.relative_to(ROOT)}", flush=True)
    build("rehearse", *TEST_PROGRAMS)
    wrong = by_scenarios() or by_tests()
    if wrong:
        raise Broken(f"the core as it is does not pass: {wrong}")
    if by_fuzzing(options.worlds).violating:
        raise Broken("the core as it is violates invariants in random worlds")
    trials, broken = [], []
    for number, mutant in enumerate(mutants, 1):
        try:
            trial = try_mutant(mutant, options.worlds)
        except Broken as wrong:
            broken.append(mutant.name)
            print(f"[{number}/{len(mutants)}] {mutant.name}: cannot be tried: {wrong}", flush=True)
            continue
        trials.append(trial)
        found = trial.found or ("random worlds" if trial.killed() else "SURVIVES")
        print(f"[{number}/{len(mutants)}] {mutant.name}: {found}; random worlds: {trial.fuzzed.text()} "
              f"({trial.seconds:.0f} s)", flush=True)
        if options.table:
            write_table(options.table, trials, options.worlds)
    survivors = [trial.mutant.name for trial in trials if not trial.killed()]
    print(f"{len(trials) - len(survivors)} of {len(trials)} mutants found" +
          (": not " + ", ".join(survivors) if survivors else ""))
    needed = {trial.fuzzed.needed for trial in trials}
    idle = [name for name in invariant_names() if name not in needed] if len(mutants) == len(table.ALL) else []
    if idle:
        print("no mutant needs these invariants to be seen: " + ", ".join(idle))
    if broken:
        raise Broken("could not be tried: " + ", ".join(broken))
    return 1 if survivors or idle else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        os._exit(141)
    except Broken as wrong:
        print(f"mutants: {wrong}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
