#!/usr/bin/env python3
"""Breaks the core on purpose, one bug at a time (table.py), and looks who notices.

Each bug is put into a scratch copy of the tree under build/mutants and built there as in the release preset. Then the
scenarios run (an expectation or an invariant may fail), and 1,000 random worlds, which the invariants alone judge; where
neither notices anything, the unit and property tests. Where one invariant alone saw it the worlds are run again without that
invariant: the bug must survive. Ctrl-C ends it; what was found until then is told and stands in the table.

Exit status: 0 all bugs found; 1 some survive (with --pairs: a test does not see its bug), or no bug needs a certain invariant
to be seen; 2 something else is wrong.
"""

import argparse
import os
import queue
import re
import resource
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.

import pairs
import report
import results
import table
import trial
from scratch import CHILDREN, ROOT, Broken, Stopped, SwitchTree, Tree, sole_user

DOCUMENT = ROOT / "docs" / "mutants.md"
SWITCHES = "switches"


def check_table():
    """What can be said without building anything."""
    wrong = []
    names = [mutant.name for mutant in table.ALL]
    wrong += [f"{name} stands in the table twice" for name in sorted({name for name in names if names.count(name) > 1})]
    for mutant in (bug for bug in table.ALL if isinstance(bug, table.Mutant)):
        try:
            texts = table.patched(mutant, lambda name: (ROOT / name).read_text())
            if all((ROOT / name).read_text() == text for name, text in texts.items()):
                wrong.append(f"{mutant.name}: changes nothing")
        except (table.Rotten, OSError) as rotten:
            wrong.append(str(rotten))
    for switch in table.SWITCHES:
        try:
            table.with_switches([switch], (ROOT / switch.file).read_text())
        except (table.Rotten, OSError) as rotten:
            wrong.append(str(rotten))
    told = re.findall(r"^\| ([a-z0-9-]+) \| [a-z]+/", DOCUMENT.read_text(), flags=re.M) if DOCUMENT.is_file() else []
    if DOCUMENT.is_file():
        wrong += [f"{name}: docs/mutants.md has no row for it" for name in names if name not in told]
    wrong += [f"{name}: docs/mutants.md has a row for it, the table has not" for name in told if name not in names]
    for line in wrong:
        print(f"mutants: {line}", file=sys.stderr)
    return 2 if wrong else 0


class Campaign:
    """All trials, on `jobs` threads; each has a scratch tree of its own, and all share the one with the switches."""

    def __init__(self, mutants, options):
        self.mutants = mutants
        self.options = options
        self.begun = time.monotonic()
        self.results = results.Results(options.worlds)
        self.trials = self.results.load(mutants) if options.go_on else {}
        self.broken = []
        self.invariants = []
        self.workers = queue.SimpleQueue()

    def say(self, text):
        print(text, flush=True)

    def prepare(self):
        trees = [Tree(f"core-{number}") for number in range(1, self.options.jobs + 1)]
        if any(isinstance(mutant, table.Switch) for mutant in self.pending()):
            trees.append(SwitchTree(SWITCHES))
        for number, tree in enumerate(trees, 1):
            self.say(f"[{number}/{len(trees)}] building the core as it is in build/mutants/{tree.name}")
            tree.prepare()
            tree.build(self.options.jobs, "rehearse")
            if number in (1, len(trees)):
                trial.check_unbroken(tree, self.options.worlds)
        self.invariants = trial.invariant_names(trees[0])
        for tree in trees[:self.options.jobs]:
            self.workers.put((tree, SwitchTree(SWITCHES)))
        self.say(f"all is well as long as nothing is broken ({time.monotonic() - self.begun:.0f} s)")

    def try_one(self, mutant):
        core, switches = self.workers.get()
        try:
            tree = switches if isinstance(mutant, table.Switch) else core
            # A constant is as legal as another: further worlds would see no more.
            further = 1 if mutant in table.CONSTANTS else trial.FURTHER
            return trial.try_mutant(tree, mutant, self.options.worlds, further)
        finally:
            self.workers.put((core, switches))

    def run(self):
        if self.trials:
            self.say(f"{len(self.trials)} were found by an earlier campaign")
        self.prepare()
        with ThreadPoolExecutor(self.options.jobs) as pool:
            pending = {pool.submit(self.try_one, mutant): mutant for mutant in self.pending()}
            try:
                for done in as_completed(pending):
                    self.note(pending[done], done.result)
            except BaseException:
                CHILDREN.stop()
                pool.shutdown(cancel_futures=True)
                raise
        self.ask_tests()

    def ask_tests(self):
        """What nothing has noticed is left to the tests, which take long to build."""
        left = [tried for tried in self.in_order() if not tried.killed()]
        trees = {Tree: Tree("core-1"), SwitchTree: SwitchTree(SWITCHES)}
        asked = set()
        for tried in left:
            tree = trees[SwitchTree if isinstance(tried.mutant, table.Switch) else Tree]
            if tree.name not in asked:
                asked.add(tree.name)
                self.say(f"building the tests, for what nothing else noticed, in build/mutants/{tree.name}")
                wrong = trial.by_tests(tree, self.options.jobs, trial.ON_SOCKETS if tree.name == "core-1" else "")
                if wrong:
                    raise Broken(f"the core as it is does not pass: {wrong}")
            self.note(tried.mutant, lambda: trial.ask_tests(tree, tried, self.options.jobs))

    def note(self, mutant, result):
        try:
            tried = result()
        except Broken as wrong:
            self.broken.append(mutant.name)
            return self.say(f"{mutant.name}: cannot be tried: {wrong}")
        self.trials[mutant.name] = tried
        self.results.keep(tried)
        self.say(f"[{len(self.trials) + len(self.broken)}/{len(self.mutants)}] {mutant.name}: {tried.found()}; "
                 f"random worlds: {tried.fuzzed.text()}; exploration: {tried.explored or 'nothing'} ({tried.seconds:.0f} s)")
        if self.options.table:
            report.write_beside_and_rename(self.options.table, report.table_text(
                self.in_groups(), len(table.ALL), self.invariants, self.options.worlds, trial.FURTHER))

    def pending(self):
        return [mutant for mutant in self.mutants if mutant.name not in self.trials]

    def in_order(self):
        return [self.trials[mutant.name] for mutant in self.mutants if mutant.name in self.trials]

    def in_groups(self):
        """The trials as the document shows them: who wrote the bugs says what they prove."""
        trials = self.in_order()
        return [(title, [tried for tried in trials if tried.mutant in bugs]) for title, bugs in table.GROUPS.items()]

    def verdict(self):
        trials = self.in_order()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.say(f"took {(time.monotonic() - self.begun) / 60:.0f} minutes, and {(used.ru_utime + used.ru_stime) / 60:.0f} "
                 "of processor time")
        survivors = [tried.mutant.name for tried in trials if not tried.killed()]
        self.say(f"{len(trials) - len(survivors)} of {len(trials)} bugs found" +
                 (": not " + ", ".join(survivors) if survivors else ""))
        idle = []
        if len(trials) == len(table.ALL):
            needed = {tried.fuzzed.needed for tried in trials}
            idle = [name for name in self.invariants if name not in needed]
            if idle:
                self.say("no bug needs these invariants to be seen: " + ", ".join(idle))
        if self.broken:
            raise Broken("could not be tried: " + ", ".join(self.broken))
        return 1 if survivors or idle else 0


def regular_expression(text):
    try:
        return re.compile(text)
    except re.error as wrong:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {wrong}") from None


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="REGEX", type=regular_expression, default="",
                        help="bugs whose name has a match; with --pairs also lines whose test has one")
    parser.add_argument("--group", choices=["all", "constants", "logic", "second", "dialects", "incidents", "resilience"],
                        default="all", help="constants: those of the retry summary; second, dialects, incidents, resilience: those of "
                                            "the file of that name; logic: all others")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count(), help="bugs tried at once (all cores)")
    parser.add_argument("--worlds", metavar="N", type=int, default=1000, help="random worlds for each (1000)")
    parser.add_argument("--table", metavar="FILE", type=Path, help="writes the table, as Markdown, to FILE")
    parser.add_argument("--continue", dest="go_on", action="store_true",
                        help="what an earlier campaign found in the same core is not tried again")
    parser.add_argument("--list", action="store_true", help="prints the names and ends")
    parser.add_argument("--check", action="store_true",
                        help="builds nothing: each bug's text must stand in its file, and its row in docs/mutants.md")
    parser.add_argument("--pairs", action="store_true",
                        help="for each line of docs/dialects.md: its test alone, which must fail with its bug built in")
    options = parser.parse_args()
    if options.jobs < 1 or options.worlds < 1:
        parser.error("--jobs and --worlds are at least 1")
    if options.table and not os.access(options.table.resolve().parent, os.W_OK):
        parser.error(f"--table: {options.table.resolve().parent} is no folder that can be written to")
    return options


def prove_pairs(options):
    chosen = [pair for pair in pairs.read() if options.only.search(pair.bug) or options.only.search(pair.test)]
    if not chosen:
        raise Broken(f"no line of docs/dialects.md has a match of {options.only.pattern!r} in its test or its bug")
    try:
        with sole_user():
            return pairs.prove(chosen, options.jobs)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def main():
    options = parse()
    if options.check:
        return check_table()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.pairs:
        return prove_pairs(options)
    groups = {"constants": table.CONSTANTS, "logic": table.LOGIC + table.LATER, "second": table.OTHERS, "dialects": table.FORMS,
              "incidents": table.MET, "resilience": table.HOLDS, "all": table.ALL}
    mutants = [mutant for mutant in groups[options.group] if options.only.search(mutant.name)]
    if not mutants:
        raise Broken(f"no bug's name has a match of {options.only.pattern!r}")
    if options.list:
        print("\n".join(mutant.name for mutant in mutants))
        return 0
    campaign = Campaign(mutants, options)
    try:
        with sole_user():
            campaign.run()
    except (KeyboardInterrupt, Stopped):
        CHILDREN.stop()
        print("stopped", file=sys.stderr)
        campaign.verdict()
        return 130
    return campaign.verdict()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        os._exit(141)
    except Broken as wrong:
        print(f"mutants: {wrong}", file=sys.stderr)
        sys.exit(2)
