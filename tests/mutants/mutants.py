#!/usr/bin/env python3
"""Breaks the core on purpose, one bug at a time (table.py), and looks who notices.

Each mutant is built in a scratch copy of the tree under build/mutants, at -O0. It is found by the scenarios (an
expectation or an invariant), else by the unit and property tests; and where `rehearse fuzz` is there, 1,000 random worlds
say how often the invariants alone see it. Exit status: 0 all found, 1 some survived, 2 something else is wrong.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import table

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / "build" / "mutants"
TREE = SCRATCH / "tree"
BUILD = SCRATCH / "build"
SCENARIOS = ["scenarios/documented", "scenarios/smoke", "scenarios/regress"]
TEST_PROGRAMS = ["unit_tests", "property_tests"]
RUN_SECONDS = 120
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
        invariant = re.search(r"^violation of ([a-z]+)", block, flags=re.M)
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


def by_fuzzing(worlds):
    """"violations in worlds", or nothing where there is no such command."""
    if worlds == 0:
        return None
    try:
        done = run([str(BUILD / "rehearse"), "fuzz", "--runs", str(worlds), "--seed", "1", "--count"], RUN_SECONDS * 5)
    except subprocess.TimeoutExpired:
        return "does not end"
    counted = re.search(r"^(\d+) of (\d+) worlds violate", done.stdout, flags=re.M)
    first = re.search(r"^first: world (\d+)", done.stdout, flags=re.M)
    if not counted:
        return f"exit status {done.returncode}" if done.returncode not in (0, 1) else "0"
    return counted.group(1) + (f" (first in world {first.group(1)})" if first else "")


def apply(mutant):
    path = TREE / mutant.file
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise Broken(f"{mutant.name}: its text stands {text.count(mutant.old)} times in {mutant.file}, not once")
    path.write_text(text.replace(mutant.old, mutant.new))
    return path, text


def has_fuzz():
    return run([str(BUILD / "rehearse"), "fuzz", "--help"], RUN_SECONDS).returncode == 0


def trial(mutant, worlds):
    begun = time.monotonic()
    path, original = apply(mutant)
    try:
        build("rehearse")
        found = by_scenarios() or by_tests()
        fuzzed = by_fuzzing(worlds)
    finally:
        path.write_text(original)
    return found, fuzzed, time.monotonic() - begun


def write_table(path, rows, worlds):
    lines = ["| mutant | file | found by | fuzz: violating worlds of " + f"{worlds:,} |", "|---|---|---|---|"]
    for mutant, found, fuzzed in rows:
        lines.append(f"| {mutant.name} | {mutant.file} | {found or '**survives**'} | {fuzzed or '-'} |")
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
    worlds = options.worlds if has_fuzz() else 0
    wrong = by_scenarios() or by_tests()
    if wrong:
        raise Broken(f"the core as it is does not pass: {wrong}")
    rows, broken = [], []
    for number, mutant in enumerate(mutants, 1):
        try:
            found, fuzzed, seconds = trial(mutant, worlds)
        except Broken as wrong:
            broken.append(mutant.name)
            print(f"[{number}/{len(mutants)}] {mutant.name}: cannot be tried: {wrong}", flush=True)
            continue
        rows.append((mutant, found, fuzzed))
        fuzz_text = f"; fuzz: {fuzzed}" if fuzzed else ""
        print(f"[{number}/{len(mutants)}] {mutant.name}: {found or 'SURVIVES'}{fuzz_text} ({seconds:.0f} s)", flush=True)
    survivors = [mutant.name for mutant, found, _ in rows if not found]
    print(f"{len(rows) - len(survivors)} of {len(rows)} mutants found" +
          (": not " + ", ".join(survivors) if survivors else ""))
    if options.table:
        write_table(options.table, rows, worlds)
    if broken:
        raise Broken("could not be tried: " + ", ".join(broken))
    return 1 if survivors else 0


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
