"""The pairs of docs/dialects.md and docs/incidents.md: the test of each line must fail when the bug of that line is built in."""

import re
import sys
import time
from typing import NamedTuple

import table
from scratch import ROOT, Broken, DoesNotEnd, Tree

DOCUMENTS = {
    ROOT / "docs" / "dialects.md": ["form seen", "whose", "what we do", "test", "bug"],
    ROOT / "docs" / "incidents.md": ["what happened", "to whom", "what we do", "test", "bug"],
}
CELLS = 5
# Of the suites that are not among the unit tests.
PROGRAMS = {"smoke": "rehearse", "QueueScripts": "property_tests", "QueueScriptsWake": "property_tests",
            "OperatorScripts": "property_tests", "SecretOfAJob": "property_tests", "Listing": "property_tests",
            "QueueCounts": "property_tests", "ForeignRecords": "property_tests", "ErrorInAnAnswer": "property_tests", "RefusedCommands": "wire_tests",
            "RunnerSettings": "runner_tests", "TraceFile": "runner_tests", "ContinuedTrace": "runner_tests",
            "LineWriterTest": "runner_tests", "LastWordsTest": "runner_tests", "HttpContinue": "wire_tests", "JobFilter": "runner_tests", "OperationsServerTest": "runner_tests",
            "RememberedTest": "runner_tests", "MetricsContract": "runner_tests", "MetricsOfTheQueue": "runner_tests",
            "MetricsOfLimits": "runner_tests", "CountedMetrics": "runner_tests",
            "RedisModeTest": "wire_tests", "RedisMoved": "wire_tests", "HttpTls": "wire_tests", "ServedHostile": "wire_tests",
            "CommandLine": "e2e_tests", "CheckTogether": "e2e_tests", "HostileTexts": "e2e_tests", "ClosedPipe": "e2e_tests", "Hostile": "e2e_tests", "Serve": "e2e_tests"}
# Suites in Python, of what the programs do with terminals, signals and a real Redis.
SCRIPTS = {"Watch": "tests/runner/watch_test.py"}
SECONDS = 60  # Of the processor, for one test.
ENDED_BY_TIMEOUT = 124


class Pair(NamedTuple):
    line: str  # The document and the line's number in it.
    test: str
    bug: str

    def suite(self):
        return self.test.partition("/")[0]

    def program(self):
        """That the test is, or tries."""
        return "runner" if self.suite() in SCRIPTS else PROGRAMS.get(self.suite(), "unit_tests")


def lines_of(text):
    """The table's lines as cells, by number; a line of another shape is itself the finding."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells in DOCUMENTS.values() or set("".join(cells)) <= {"-"}:
            continue
        found.append((number, cells))
    return found


def read():
    found = []
    for document in DOCUMENTS:
        lines = lines_of(document.read_text(encoding="utf-8"))
        if odd := [number for number, cells in lines if len(cells) != CELLS]:
            raise Broken(f"{document.relative_to(ROOT)}: line {odd[0]} has not {CELLS} cells")
        found += [Pair(f"{document.name}:{number}", cells[3].strip("`"), cells[4].strip("`")) for number, cells in lines]
    return found


def fails(tree, pair):
    """Whether the pair's test fails, run alone. One that does not run at all has seen nothing."""
    suite, _, name = pair.test.partition("/")
    if suite in SCRIPTS:
        return script_fails(tree, pair)
    arguments = [f"--gtest_filter={suite}.{name}:*/{suite}.*/{name}"]  # A test of its own, or a row of a parameter.
    if suite == "smoke":
        arguments = ["run", "--quiet", f"scenarios/smoke/{name}.json"]
    try:
        done = tree.run_program(pair.program(), arguments, SECONDS)
    except DoesNotEnd:
        return True
    if suite != "smoke" and "\n[==========] Running 1 test from " not in "\n" + done.stdout:
        raise Broken(f"{pair.test} is not one test of {pair.program()}: " + done.stdout[:200])
    if done.returncode not in (0, 1):
        raise Broken(f"{pair.test} ended with exit status {done.returncode}: " + done.stderr[-200:])
    return done.returncode == 1


def script_fails(tree, pair):
    arguments = [SCRIPTS[pair.suite()], str(tree.build_folder), pair.test.replace("/", ".")]
    done = tree.run(["timeout", str(2 * SECONDS), sys.executable, *arguments])
    if done.returncode == ENDED_BY_TIMEOUT:
        return True
    if not re.search(r"^Ran 1 test in ", done.stderr, flags=re.M) or done.returncode not in (0, 1):
        raise Broken(f"{pair.test} cannot be run: " + done.stderr[-200:])
    return done.returncode == 1


def targets_of(pairs):
    """The programs of their tests, and what these start."""
    programs = {pair.program() for pair in pairs}
    return sorted(programs | ({"rehearse"} if programs & {"e2e_tests", "runner"} else set()))


def try_bug(tree, mutant, its_pairs, jobs):
    """(pair, whether its test saw the bug)"""
    with tree.broken(mutant):
        tree.build(jobs, *targets_of(its_pairs))
        return [(pair, fails(tree, pair)) for pair in its_pairs]


def by_bug(chosen):
    """The pairs of each bug, so that it is built once; bugs of one file follow each other, so that no other is built anew."""
    known = {bug.name: bug for bug in table.ALL if isinstance(bug, table.Mutant)}
    unknown = [f"{pair.line}: {pair.bug!r} is no bug that can be built in" for pair in chosen if pair.bug not in known]
    if unknown:
        raise Broken("; ".join(unknown))
    names = sorted({pair.bug for pair in chosen}, key=lambda name: (known[name].file, name))
    return [(known[name], [pair for pair in chosen if pair.bug == name]) for name in names]


def prove(chosen, jobs):
    """0 where each test passes without its bug and fails with it, 1 where one does not see it, 2 where one cannot be tried."""
    begun = time.monotonic()
    bugs = by_bug(chosen)
    tree = Tree("core-1")
    print(f"building the core as it is in build/mutants/{tree.name}", flush=True)
    tree.prepare()
    tree.build(jobs, *targets_of(chosen))
    wrong = [pair.test for pair in chosen if fails(tree, pair)]
    if wrong:
        raise Broken("the core as it is does not pass: " + ", ".join(wrong))
    print(f"all is well as long as nothing is broken ({time.monotonic() - begun:.0f} s)", flush=True)
    seen, blind, untried = 0, [], []
    for mutant, its_pairs in bugs:
        try:
            tried = try_bug(tree, mutant, its_pairs, jobs)
        except (Broken, table.Rotten) as problem:
            untried.append(mutant.name)
            print(f"{mutant.name}: cannot be tried: {problem}", flush=True)
            continue
        for pair, saw in tried:
            seen += saw
            blind += [] if saw else [pair.test]
            print(f"[{seen + len(blind)}/{len(chosen)}] {pair.line}: {pair.test} "
                  f"{'sees' if saw else 'DOES NOT SEE'} {pair.bug}", flush=True)
    print(f"{seen} of {len(chosen)} tests see the bug beside them ({(time.monotonic() - begun) / 60:.0f} minutes)" +
          (": not " + ", ".join(blind) if blind else ""), flush=True)
    if untried:
        raise Broken("could not be tried: " + ", ".join(untried))
    return 1 if blind else 0
