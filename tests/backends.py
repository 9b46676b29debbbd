#!/usr/bin/env python3
"""Runs scenarios three times - simulated, on sockets with the fake Redis, on sockets with a real redis-server - and compares.

Each scenario of scenarios/{documented,smoke,regress} whose faults can exist on a wire is copied with durations ten times
shorter, where servers do not speak of whole seconds in it. The copy is simulated by `rehearse run`; then `rehearse serve`
serves it, and `runner work` meets it. The events of each job must be the same in every field, and the time between two of them
within a tolerance (tests/backends/compare.py). Scenarios that are left out stand in tests/backends/left-out.txt, with the
reasons; that list must be exact. docs/reliability.md says what that shows.

Exit status: 0 all are the same; 1 one differs, or the list is not exact; 2 bad usage or a trial that could not be held.
"""

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "backends"))

import cases
from compare import Slack, first_difference, text_of
from trial import Broken, Trial, simulate

SCENARIOS = HERE.parent / "scenarios"
LEFT_OUT = HERE / "backends" / "left-out.txt"
AGAIN = 2  # So often a run is tried again that differs in times alone, or beside which the machine stood still.
STANDSTILL = 0.25


def choose(build, folder):
    """All cases, and the reasons for which the other scenarios are left out, by name."""
    chosen, left_out = [], {}
    for part in cases.FOLDERS:
        for path in sorted((SCENARIOS / part).glob("*.json")):
            name = f"{part}/{path.stem}"
            case, reason = cases.prepare(name, cases.read(path), lambda *args: simulate(build, folder, *args))
            if case:
                chosen.append(case)
            else:
                left_out[name] = reason
    return chosen, left_out


def list_of(left_out):
    width = max(map(len, left_out))
    return "".join(f"{name:{width}}  {reason}\n" for name, reason in sorted(left_out.items()))


class Machine(threading.Thread):
    """Notes when the machine stood still: no timer of any process ends in time then, and leases run out under it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.last = 0.0

    def run(self):
        while True:
            before = time.monotonic()
            time.sleep(0.02)
            if time.monotonic() - before > STANDSTILL:
                self.last = time.monotonic()


class Comparison:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.lock = threading.Lock()
        self.differences, self.broken = [], []
        self.slack = Slack()
        self.same = {"fake": 0, "real": 0}
        self.events = 0
        self.again = 0
        self.doubted = []
        self.stopping = False
        self.machine = Machine()
        self.machine.start()

    def simulate(self, title, scenario):
        return simulate(self.options.build, self.folder, title, scenario)

    def compare(self, case, redis, number=0, alone=False):
        if self.stopping:
            return
        slack, begun = Slack(), time.monotonic()
        try:
            folder = self.folder / f"{case.title}-{redis}-{'alone-' if alone else ''}{number}"
            real = Trial(self.options.build, folder, self.folder / "key.pem", case, redis).run()
            found = first_difference(case.events, real, cases.spoken_by_the_clock(case.scenario), slack)
        except (Broken, OSError, ValueError) as wrong:
            with self.lock:
                self.broken.append(f"{case.name}, {redis} Redis: {wrong}")
            return
        if found and number < AGAIN and (found.only_time or self.machine.last > begun):
            with self.lock:
                self.again += 1
            self.compare(case, redis, number + 1, alone)
            return
        if found and not alone:
            # On a busy machine a job is put in late, and what the world does meets it at another point: its word counts alone.
            with self.lock:
                self.doubted.append((case, redis))
            return
        with self.lock:
            self.slack.add(slack)
            if found:
                self.differences.append(f"{case.name}, {redis} Redis, {case.scale} times as fast: "
                                        f"{text_of(found, case.events, real)}")
                print(f"backends: DIFFERS {self.differences[-1]}", file=sys.stderr, flush=True)
            else:
                self.same[redis] += 1
                self.events += len(real)

    def run(self, chosen):
        trials = [(case, "fake") for case in chosen]
        trials += [(case.with_a_real_redis(self.simulate), "real") for case in chosen]
        trials.sort(key=lambda trial: -trial[0].seconds)  # The longest first: the others fill the time beside them.
        heavy = [trial for trial in trials if cases.is_heavy(trial[0].scenario)]
        pool = ThreadPoolExecutor(self.options.at_once)
        try:
            for done in [pool.submit(self.compare, *trial) for trial in trials if trial not in heavy]:
                done.result()
            # One after the other, when nothing runs beside it.
            for trial in heavy:
                self.compare(*trial, alone=True)
            for trial in self.doubted:
                print(f"backends: {trial[0].name}, {trial[1]} Redis, differed beside others; tried alone", file=sys.stderr)
                self.compare(*trial, alone=True)
        finally:
            self.stopping = True
            pool.shutdown(cancel_futures=True)


def check_list(left_out, write):
    told = list_of(left_out)
    if write:
        LEFT_OUT.write_text(told)
    known = LEFT_OUT.read_text() if LEFT_OUT.exists() else ""
    if told == known:
        return True
    gone, new = (sorted(set(a.splitlines()) - set(b.splitlines())) for a, b in ((known, told), (told, known)))
    for sign, lines in (("-", gone), ("+", new)):
        for line in lines:
            print(f"backends: {LEFT_OUT.name}: {sign} {line}", file=sys.stderr)
    print("backends: the list of what is left out is not exact; if that is well: --write-list", file=sys.stderr)
    return False


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", metavar="BUILD_FOLDER", type=Path, help="where runner and rehearse are")
    parser.add_argument("--long", action="store_true", help=f"also those of more than {cases.PLAIN_SECONDS} s")
    parser.add_argument("--only", metavar="REGEX", type=re.compile, help="those whose name has a match")
    parser.add_argument("--at-once", metavar="N", type=int, default=12, help="how many run beside one another (12)")
    parser.add_argument("--list", action="store_true", help="tells what would be tried, how fast and for how long")
    parser.add_argument("--write-list", action="store_true", help=f"writes {LEFT_OUT.name} anew")
    options = parser.parse_args()
    options.build = options.build.resolve()
    for program in ("runner", "rehearse"):
        if not (options.build / program).is_file():
            parser.error(f"{options.build} has no {program}")
    if options.at_once < 1:
        parser.error("--at-once is above 0")
    return options


def hold(options, folder):
    begun = time.monotonic()
    chosen, left_out = choose(options.build, folder)
    exact = check_list(left_out, options.write_list)
    wanted = [case for case in chosen if options.long or case.seconds <= cases.PLAIN_SECONDS]
    if options.only:
        wanted = [case for case in chosen if options.only.search(case.name)]
    if options.list:
        for case in wanted:
            print(f"{case.name:60} {case.scale:3} times as fast, {case.seconds:7.3f} s")
        return 0 if exact else 1
    subprocess.run(["openssl", "genrsa", "-out", folder / "key.pem", "2048"], capture_output=True, check=True)
    comparison = Comparison(options, folder)
    comparison.run(wanted)
    for broken in comparison.broken:
        print(f"backends: BROKEN {broken}", file=sys.stderr)
    same, slack = comparison.same, comparison.slack
    print(f"backends: {len(wanted)} of {len(chosen)} scenarios; the same on sockets with the fake Redis {same['fake']}, with a "
          f"real one {same['real']}; different {len(comparison.differences)}; {comparison.events} events\n"
          f"backends: steps at most {slack.early / 1e6:.1f} ms shorter and {slack.late / 1e6:.1f} ms longer than simulated; "
          f"tried again {comparison.again}, alone {len(comparison.doubted)}; {time.monotonic() - begun:.1f} s")
    if comparison.broken:
        return 2
    return 0 if exact and not comparison.differences else 1


def main():
    options = parse()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="rehearse-backends-", ignore_cleanup_errors=True) as folder:
        try:
            return hold(options, Path(folder))
        except KeyboardInterrupt:
            print("backends: stopped", file=sys.stderr)
            return 130
        except (Broken, OSError, subprocess.CalledProcessError) as wrong:
            print(f"backends: {wrong}", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())
