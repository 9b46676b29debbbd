#!/usr/bin/env python3
"""Kills runners and Redis (kill -9) while they work, and judges what became of every job.

Starts a Redis of its own that writes every change to disk before it answers, the fakes on sockets, and runners; puts jobs in
while a schedule drawn from the seed kills a runner or Redis and starts it again; then lets the queue settle, stops all, and
judges (tests/reliability/judge.py): no acknowledged job is lost, none completes twice, a completed job has exactly one
comment and any other at most one, the traces hold the invariants of `rehearse check`, retry counters and reasons are within
their bounds, no file holds a secret, all processes ended. docs/reliability.md says what that shows.

Exit status: 0 all promises hold; 1 one is broken; 2 bad usage, or the campaign could not be held; 130 stopped.
"""

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "reliability"), str(HERE / "support")]

import evidence
import judge
from parts import REQUEUES, Broken, Died, Parts, wait_until

SCENARIO = HERE / "reliability.json"
REPO = "octo/hello"
BATCHES = 20
TICK = 0.01


class Enqueuing:
    """Puts the jobs in by `runner enqueue -`, a batch after another, and notes which of them were acknowledged. What was
    not is said again: an id that is there already is left as it is, and is acknowledged by that."""

    def __init__(self, parts, issues, seconds):
        self.parts = parts
        self.issues = issues
        self.waiting = list(issues)
        self.acknowledged = set()
        self.size = -(-len(self.waiting) // BATCHES)
        self.pause = seconds / BATCHES
        self.next = 0.0
        self.process = None
        self.batch = []
        self.runs = 0

    def done(self):
        return not self.waiting and self.process is None

    def turn(self, now):
        if self.process is not None:
            if self.process.poll() is not None:
                self.take_answer()
        elif self.waiting and now >= self.next:
            self.next += self.pause
            self.begin()

    def begin(self):
        self.batch, self.waiting = self.waiting[:self.size], self.waiting[self.size:]
        self.runs += 1
        lines, self.said = (self.parts.folder / f"enqueue-{self.runs}.{end}" for end in ("in", "out"))
        lines.write_text("".join(json.dumps({"id": job, "repo": REPO, "issue": self.issues[job], "installation": 1,
                                             "prompt": "Say hi."}) + "\n" for job in self.batch))
        with open(lines, "rb") as stdin, open(self.said, "wb") as stdout:
            self.process = self.parts.start_enqueue(stdin, stdout)

    def take_answer(self):
        """It puts the lines in one by one and stops at the first that Redis does not answer: the others were put in."""
        words = self.said.read_text().replace(",", " ").split()
        if words[:1] != ["enqueued"] or self.process.returncode not in (0, 1, 3):
            raise Broken(f"runner enqueue ended with {self.process.returncode} and said {' '.join(words)!r}")
        added, known, refused = int(words[1]), int(words[4]), int(words[6])
        if refused:
            raise Broken(f"runner enqueue refused {refused} jobs")
        self.acknowledged.update(self.batch[:added + known])
        self.waiting = self.batch[added + known:] + self.waiting
        self.process = None


def schedule_of(options):
    """Triples of a time, whom to kill (0: Redis), and for how long a Redis is then away."""
    chance = random.Random(options.seed)
    def when():
        return chance.uniform(0.05 * options.seconds, options.seconds)
    kills = [(when(), chance.randint(1, options.runners), 0.0) for _ in range(options.kills)]
    kills += [(when(), 0, chance.uniform(0.0, 1.0)) for _ in range(options.redis_kills)]
    return sorted(kills)


class Campaign:
    def __init__(self, options, parts):
        self.options = options
        self.parts = parts
        scenario = json.loads(SCENARIO.read_text())
        # What a job meets is drawn from the scenario's seed and the job's name: another campaign is another bad day.
        parts.scenario.write_text(json.dumps(scenario | {"seed": options.seed}))
        doomed = [job["id"] for job in scenario["jobs"]]
        names = [f"job-{number}" for number in range(1, options.jobs - len(doomed) + 1)] + doomed
        random.Random(options.seed).shuffle(names)
        self.issues = {name: number for number, name in enumerate(names, 1)}  # An issue of its own for each job.
        self.enqueuing = Enqueuing(parts, self.issues, 0.85 * options.seconds)
        self.killed = {"runners": 0, "redis": 0}
        self.settled_after = 0.0

    def run(self):
        parts = self.parts
        parts.start_redis()
        wait_until("Redis answers", 20, parts.redis_answers)
        parts.start_serve()
        parts.set_environment()
        for number in range(1, self.options.runners + 1):
            parts.start_runner(number)
        self.begun = time.monotonic()
        self.kill_and_enqueue()
        self.settle()

    def now(self):
        return time.monotonic() - self.begun

    def kill_and_enqueue(self):
        for at, whom, away in schedule_of(self.options):
            self.work_until(at)
            if whom:
                self.parts.kill(self.parts.runners[whom])
                self.parts.start_runner(whom)
                self.killed["runners"] += 1
            else:
                self.parts.kill(self.parts.redis)
                self.work_until(self.now() + away, redis_away=True)
                self.parts.start_redis()
                self.killed["redis"] += 1
        self.work_until(self.options.seconds)

    def work_until(self, end, redis_away=False):
        while self.now() < end:
            if not redis_away:
                self.parts.nobody_left_alone()
            self.enqueuing.turn(self.now())
            time.sleep(TICK)

    def settle(self):
        """No more kills: everything that was put in must end by itself, in a bounded time."""
        begun = time.monotonic()
        wait_until("Redis answers", 20, self.parts.redis_answers)
        while not self.settled():
            self.parts.nobody_left_alone()
            if time.monotonic() - begun > self.options.settle:
                print(f"reliability: not settled within {self.options.settle} s", file=sys.stderr)
                break
            time.sleep(0.1)
        self.settled_after = time.monotonic() - begun

    def settled(self):
        self.enqueuing.turn(float("inf"))
        if not self.enqueuing.done():
            return False
        with self.parts.ask_redis() as redis:
            return not any(evidence.waiting(redis))

    def judge(self):
        parts = self.parts
        verdict = evidence.verdict_of(parts.github)
        parts.stop([process for process, _ in parts.started if process not in (parts.redis, parts.serve)])
        # What counts is what is on disk: Redis is killed once more, and what its file makes of it is judged.
        parts.kill(parts.redis)
        parts.start_redis()
        wait_until("Redis answers from its file", 20, parts.redis_answers)
        with parts.ask_redis() as redis:
            state = evidence.queue_state(redis)
        comments = evidence.all_comments(parts.github, REPO, self.issues)
        parts.stop_everything()
        traces = sorted(parts.traces.glob("runner-*.jsonl"))
        told = evidence.read_traces(traces)
        checked = parts.check(traces)
        changes = evidence.read_changes(parts.folder)
        acknowledged = self.enqueuing.acknowledged
        complaints = [f"lost: {job} was never acknowledged" for job in self.issues if job not in acknowledged]
        for found in (judge.none_lost(acknowledged, state), judge.nothing_left(state), judge.none_twice(told, state),
                      judge.recorded_once(changes, state), judge.told_is_recorded(told, state),
                      judge.one_comment(comments, state), judge.no_duplicate_effect(verdict),
                      judge.invariants_hold(checked), judge.retries_bounded(state, REQUEUES),
                      judge.reasons_documented(state), judge.kills_hit(state, self.killed["runners"]),
                      judge.no_secret(parts.secrets, evidence.contents({parts.folder, parts.traces})),
                      judge.all_ended(parts.ended())):
            complaints += found
        self.tell(state, told, comments, checked)
        return complaints

    def tell(self, state, told, comments, checked):
        recoveries, completed = state.recoveries(), state.completed_by
        unsaid = len(set(completed) - set(told.completed))
        print(f"reliability: {len(self.enqueuing.acknowledged)} of {len(self.issues)} jobs acknowledged by "
              f"{self.enqueuing.runs} runs of enqueue; killed: runners {self.killed['runners']} times, Redis "
              f"{self.killed['redis']} times\n"
              f"reliability: {len(completed)} completed ({unsaid} recorded by a runner that died before it told), "
              f"{len(state.dead)} dead, {sum(map(len, comments.values()))} comments; {len(recoveries)} jobs recovered "
              f"{sum(recoveries.values())} times, {len(state.retries)} re-queued {sum(state.retries.values())} times; "
              f"{checked['events']} events in the traces\n"
              f"reliability: {time.monotonic() - self.begun:.1f} s, of which the queue needed {self.settled_after:.1f} s to "
              f"settle; seed {self.options.seed}", flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", metavar="BUILD_FOLDER", type=Path, help="where runner and rehearse are")
    parser.add_argument("--jobs", metavar="N", type=int, default=300, help="put in meanwhile (300)")
    parser.add_argument("--runners", metavar="N", type=int, default=3, help="that work at a time (3)")
    parser.add_argument("--seconds", metavar="S", type=float, default=10, help="within which the kills come (10)")
    parser.add_argument("--kills", metavar="N", type=int, default=8, help="of runners (8)")
    parser.add_argument("--redis-kills", metavar="N", type=int, default=2, help="of Redis (2)")
    parser.add_argument("--settle", metavar="S", type=float, default=60, help="the queue has to be empty after (60)")
    parser.add_argument("--seed", metavar="N", type=int, default=1,
                        help="whom to kill and when, and what the services answer (1)")
    parser.add_argument("--trace-dir", metavar="FOLDER", type=Path,
                        help="where the traces go, and stay; an empty or new folder (a temporary one)")
    parser.add_argument("--keep", action="store_true", help="keeps the temporary folder, as after a failure")
    options = parser.parse_args()
    if min(options.runners, options.seconds, options.settle) <= 0 or min(options.kills, options.redis_kills) < 0:
        parser.error("--runners, --seconds and --settle are above 0, --kills and --redis-kills not below")
    if options.jobs < 10:
        parser.error("--jobs is at least 10")
    for program in ("runner", "rehearse"):
        if not (options.build / program).is_file():
            parser.error(f"{options.build} has no {program}")
    if options.trace_dir:
        options.trace_dir.mkdir(parents=True, exist_ok=True)
        if any(options.trace_dir.iterdir()):
            parser.error(f"--trace-dir: {options.trace_dir} is not empty")
    return options


def hold(options, folder):
    traces = options.trace_dir or folder / "traces"
    traces.mkdir(exist_ok=True)
    parts = Parts(options.build.resolve(), folder, traces.resolve())
    try:
        campaign = Campaign(options, parts)
        campaign.run()
        complaints = judge.shortened(campaign.judge())
    finally:
        # Ending takes a bounded time, and must not be cut short by an impatient second Ctrl-C.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        parts.stop_everything()
    for complaint in complaints:
        print(f"reliability: BROKEN {complaint}", file=sys.stderr)
    return 1 if complaints else 0


def main():
    options = parse()
    # Either ends what was started; a shell that runs this in the background has Ctrl-C ignored otherwise.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="rehearse-reliability-"))
    status = 2
    try:
        status = hold(options, folder)
    except KeyboardInterrupt:
        print("reliability: stopped", file=sys.stderr)
        status = 130
    except Died as died:
        print(f"reliability: BROKEN process: {died}", file=sys.stderr)
        status = 1
    except (Broken, OSError, RuntimeError) as wrong:
        print(f"reliability: {wrong}", file=sys.stderr)
    finally:
        if status in (0, 130) and not options.keep:
            shutil.rmtree(folder)
        else:
            print(f"reliability: what was written is kept in {folder}", file=sys.stderr)
    if status == 0:
        print("reliability: every promise held")
    return status


if __name__ == "__main__":
    sys.exit(main())
