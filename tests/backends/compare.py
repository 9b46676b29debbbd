"""Where the traces of a simulated and of a real run of one scenario part, run by run of each job."""

from collections import Counter, defaultdict
from dataclasses import dataclass

CONTEXT = 4
SECOND = 10**9
# A step - from one event of a job to its next - may be this much longer than in the simulation, for a machine has other things
# to do, and this much shorter, for what it waits for may have begun while its job was still kept from waiting. But a wait that
# was told is never cut short.
EARLY = SECOND // 4
LATE = SECOND // 2
MOMENT = SECOND // 20  # What two processes tell within it may come in either order.
# Some waits last until a fixed moment, the end of a limit or a circuit: the later a runner tells one, the shorter it is.
UNTIL_A_MOMENT = {"limit", "circuit"}
# Where a runner learns limits, it counts a hint from the answer: the wait is shorter by what passes until it is told.
AT_ONCE = SECOND // 1000
# What is told by the time of day is told in whole seconds.
BY_THE_CLOCK = SECOND + SECOND // 20

# What clients and operators do has no trace; a runner starts when it starts, and is told to stop when all is done: it then also gives
# up what it does for itself. What is killed does not tell.
NOT_COMPARED = {"job.enqueued", "worker.started", "worker.stopped", "worker.crashed", "redis.restarted",
                "worker.paused", "worker.resumed", "operator.retry", "operator.cancel", "operator.drop", "operator.pause",
                "operator.resume"}


@dataclass
class Difference:
    run: tuple
    place: int
    what: str
    only_time: bool


@dataclass
class Slack:
    """By how much the steps of real runs were shorter or longer than those of the simulated ones, at most."""
    early: int = 0
    late: int = 0

    def add(self, other):
        self.early, self.late = max(self.early, other.early), max(self.late, other.late)


def by_run(events):
    """The events of each run of each job, by job and number, from 1. Under 0 what belongs to no run: what a runner does for
    itself, by its API, and the renewals of a job, which go on beside it. Which runner takes a job is a race, and what two
    runners tell within the same millisecond comes in either order."""
    runs, numbers, current = defaultdict(list), Counter(), {}
    for event in events:
        if event["event"] in NOT_COMPARED:
            continue
        # A job that an operator cancelled, and a call that a runner makes for itself.
        if event.get("reason") == "cancelled" and (event["event"] == "job.failed" or "job" not in event):
            continue
        job, runner, api = event.get("job", ""), event.get("runner", ""), event.get("api", "")
        if api == "redis.enqueue":
            continue
        if not job or api == "redis.renew":
            runs[f"{api} of {job or runner}", 0].append(event)
            continue
        run = current.get((job, runner), (job, 0))
        latest = runs[job, numbers[job]]
        if event["event"] == "job.recovered" and latest and latest[0]["event"] == "job.started" and \
                latest[0].get("runner") != runner and event["t_ns"] - latest[0]["t_ns"] < MOMENT:
            latest.insert(0, event)  # Who recovered it hears of that after another has taken it.
            continue
        if event["event"] in ("job.recovered", "job.started"):
            # Whoever recovers a job need not be who takes it then.
            if [known["event"] for known in runs[job, numbers[job]]] != ["job.recovered"]:
                numbers[job] += 1
            run = current[job, runner] = (job, numbers[job])
        runs[run].append(event)
    return {run: with_calls_numbered(found) for run, found in runs.items() if found}


def with_calls_numbered(events):
    """By the order in which the run makes them: a runner numbers those of all its jobs as they come, which is a race."""
    numbers = {}
    return [{**event, "call": numbers.setdefault(event["call"], len(numbers) + 1)} if "call" in event else event
            for event in events]


def said(event):
    """What both runs must say alike. A served fake has accepted a connection before it can know that it should refuse it:
    docs/serving.md."""
    fields = {key: value for key, value in event.items() if key not in ("t_ns", "runner")}
    if fields.get("code") == "ECONNREFUSED":
        fields["code"] = "ECONNRESET"
    return fields


def leeway_of(event):
    """By how much the delay of this event may differ from that in the simulation, in nanoseconds."""
    if event["event"] == "job.released" or event.get("source") in UNTIL_A_MOMENT:
        return EARLY
    return AT_ONCE if event.get("source") in ("retry_after", "rate_limit_reset") else 0


def field_difference(expected, seen, by_the_clock):
    """Empty, or the first field that differs."""
    for key in sorted(expected.keys() | seen.keys()):
        a, b = expected.get(key), seen.get(key)
        if a == b:
            continue
        # What is left of a job's time when its run begins.
        if key == "deadline_ns" and None not in (a, b) and abs(a - b) <= BY_THE_CLOCK:
            continue
        if key == "delay_ns" and None not in (a, b) and abs(a - b) <= leeway_of(seen):
            continue
        if by_the_clock and key in ("hint_ns", "delay_ns") and None not in (a, b) and abs(a - b) <= BY_THE_CLOCK:
            continue
        return f"{key} is {b} instead of {a}"
    return ""


def step_difference(expected, seen, by_the_clock, slack):
    """Empty, or by how much the way to this event was too short or too long; all in nanoseconds."""
    more = seen - expected
    if by_the_clock:
        return "" if abs(more) <= BY_THE_CLOCK + LATE else f"the step took {seen / 1e9:.3f} s instead of {expected / 1e9:.3f}"
    slack.add(Slack(early=-more, late=more))
    if -EARLY <= more <= LATE:
        return ""
    return f"the step took {seen / 1e9:.3f} s instead of {expected / 1e9:.3f} s"


class Waits:
    """Sees to it that each wait takes as long as was told."""

    def __init__(self):
        self.ends = {}  # By API.

    def cut_short(self, event):
        """Empty, or by how much the wait that ends with this event was too short."""
        api = event.get("api")
        if event["event"] == "call.retry":
            self.ends[api] = event["t_ns"] + event["delay_ns"]
        elif event["event"] in ("call.started", "call.failed", "call.succeeded"):
            missing = self.ends.pop(api, 0) - event["t_ns"]
            return f"the wait was {missing / 1e6:.3f} ms shorter than told" if missing > 0 else ""
        return ""


def first_difference(simulated, real, by_the_clock=False, slack=None):
    """None, or where the two part; `slack` takes in what was measured. Times only where nothing else differs."""
    slack = slack or Slack()
    ours, theirs = by_run(simulated), by_run(real)
    late = None
    for run in sorted(ours.keys() | theirs.keys()):
        a, b = ours.get(run, []), theirs.get(run, [])
        before = (run[0], run[1] - 1)
        waits = Waits()
        for place in range(max(len(a), len(b))):
            if place >= min(len(a), len(b)):
                return Difference(run, place, "the real run " + ("has no such event" if place >= len(b) else "says more"), False)
            what = field_difference(said(a[place]), said(b[place]), by_the_clock)
            if what:
                return Difference(run, place, what, False)
            what = waits.cut_short(b[place])
            if what:
                return Difference(run, place, what, False)
            if late or place == 0 and run[1] < 2:
                continue
            # A run's beginning is measured from that of the run before it.
            steps = (events[run][place]["t_ns"] - (events[run][place - 1] if place else events[before][0])["t_ns"]
                     for events in (ours, theirs))
            what = step_difference(*steps, by_the_clock, slack)
            if what:
                late = Difference(run, place, what, True)
    return late


def line(event, begun):
    words = [f"{(event['t_ns'] - begun) / 1e9:10.4f} s", event["event"]]
    for key, value in event.items():
        if key.endswith("_ns") and key != "t_ns":
            words.append(f"{key[:-3]}={value / 1e9:g}s")
        elif key not in ("t_ns", "event", "runner", "job"):
            words.append(f"{key}={value}")
    return " ".join(words)


def text_of(difference, simulated, real):
    """For people: what is different, and both runs around it."""
    job, number = difference.run
    lines = [f"{f'job {job}, run {number}' if number else f'{job}, in no run'}, event {difference.place + 1}: {difference.what}"]
    for name, events in (("simulated", simulated), ("real", real)):
        begun = events[0]["t_ns"] if events else 0
        lines.append(f"  {name}:")
        of_run = by_run(events).get(difference.run, [])
        for place in range(max(0, difference.place - CONTEXT), min(len(of_run), difference.place + CONTEXT + 1)):
            lines.append(f"  {'>' if place == difference.place else ' '} {line(of_run[place], begun)}")
    return "\n".join(lines)
