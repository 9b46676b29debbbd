"""Which scenarios can be tried on sockets, why the others cannot, and copies of them whose durations are shorter."""

import copy
import json
import re
from dataclasses import dataclass, field, replace
from fractions import Fraction

FOLDERS = ("documented", "smoke", "regress")
SCALE = 10
WINDOW_SCALE = 2
LATER = 500_000_000
SHORTEST_RESTART = 5 * 10**8  # That a real Redis needs.
PLAIN_SECONDS = 4      # What lasts longer, scaled, is tried by --long alone.
LONGEST_SECONDS = 120  # What lasts longer even so is tried by nobody.

UNITS = {"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(h|ms|us|ns|m|s)")
DURATION = re.compile(rf"(?:{PART.pattern})+")
COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
TIMED = {"timeout", "first_byte_timeout", "idle_timeout", "min_interval", "initial_delay", "max_delay", "increment", "delays", "retry_after_max",
         "lease", "at", "every", "for", "from", "until", "latency", "uniform", "median", "max", "ms", "within", "limit", "lose"}

# What no rule below tells, each with the reason.
SINGLE = {
    "stopping-worker-takes-no-job": "kills a runner at the instant of its start",
    "llm-latency-at-the-timeout": "answer and timeout come at the same instant: on a wire either may win",
    "llm-stall-at-the-timeout": "answer and timeout come at the same instant: on a wire either may win",
    "llm-latency-below-the-timeout": "the answer comes a nanosecond before the timeout: on a wire either may win",
    "comment-timeout-after-effect": "answer and timeout come at the same instant: on a wire either may win",
    "github-token-refused-at-ten-seconds": "the refusal comes at the very instant from which it is final",
    "claim-answered-as-its-lease-ends": "the answer comes at the instant in which the lease ends",
    "due-to-the-nanosecond": "is about nanoseconds, which no machine keeps",
    "lease-that-ends-within-a-microsecond": "is about nanoseconds, which no machine keeps",
    "due-job-not-taken-a-microsecond-early": "is about a microsecond, which no machine keeps",
    "comment-refused-connection": "a connection that stands cannot be refused, and a reset leaves the outcome unknown",
    "failure-told-after-an-operator": "the next run begins at the instant at which the failure is told: on a wire either may come first",
    "requeue-told-after-the-job-was-cancelled": "the operator comes 5 ms before an attempt at Redis: on a wire either may come first",
    "world-operator-retry-all": "an operator's command waits for 1 s for Redis: on a wire it gives up sooner",
    "failed-before-a-restart-told-after-it": "an operator's command waits for 20 s for Redis: on a wire it gives up sooner",
    "completed-told-after-the-job-was-lost": "goes back to the instant of the enqueue: on a wire a Redis may have it by then",
    "lost-job-is-put-in-again": "goes back to the instant of the enqueue: on a wire a Redis may have it by then",
    "script-asked-again-by-text-after-readonly": "the sixth claim is meant: on a wire it may be another one",
    "end-recorded-while-renewing": "the end comes 50 ms before the renewal: on a wire either may come first",
    "lease-that-ends-later-is-left-alone": "which of two runners takes which job is a race",
    "healthy-two-runners-many-jobs": "which jobs a runner takes, and so which of them waits for its token, is a race",
    "lease-ends-by-the-runners-own-clock": "which of two runners takes the job again, with a token or without, is a race",
    "late-word-of-a-job-given-back": "which of two runners takes which job is a race",
    "late-word-of-a-job-given-back-and-completed": "which of two runners takes which job is a race",
    "late-word-of-a-requeue-after-lost-writes": "which of two runners takes which job is a race",
    "late-word-of-a-requeue-before-lost-writes": "which of two runners takes which job is a race",
    "world-stop-while-redis-is-down": "the program gives up after 5 s what a simulated runner tries until its lease ends",
    "older-run-ended-when-another-recovers-it": "which of two runners takes which job is a race",
    "older-run-ended-before-the-next-begins": "its rule counts all commands: on a wire those that log in, too",
    "a-script-that-was-refused-did-nothing": "Redis takes writes again at the instant of a re-queue: on a wire either may come first",
    "redis-served-elsewhere": "the program goes where MOVED leads, and nobody is there",
    "redis-moved-and-not-followed": "the program goes where MOVED leads, and nobody is there",
    "github-redirect-with-the-port-written": "names the simulated GitHub's address: on a wire it has another",
    "paused-runner-follows-no-redirect": "which of two runners takes the job is a race",
    "a-wait-that-a-paused-runner-has-not-heard-of": "which of two runners takes the job again, with a token or without, is a race",
    "comment-found-without-its-app": "names a comment's marker, which is made with a secret of the simulated world",
    "comment-of-an-app-told-by-its-number": "names a comment's marker, which is made with a secret of the simulated world",
    "github-links-in-other-spellings": "names a comment's marker, which is made with a secret of the simulated world",
    "fleet-a-limit-of-searches-is-theirs": "when a turn comes under a learnt limit depends on when answers came, to a millisecond",
    "fleet-a-limit-that-tells-nothing": "when a turn comes under a learnt limit depends on when answers came, to a millisecond",
    "shuffled-schedule": "which of three runners meets the fault is a race",
}


def nanoseconds(text):
    return sum(int(Fraction(number) * UNITS[unit]) for number, unit in PART.findall(text))


def read(path):
    text = COMMENT.sub(lambda found: found[0] if found[0].startswith('"') else " ", path.read_text())
    return json.loads(text)


def scaled(value, scale, key=None):
    """A copy in which every duration is `scale` times shorter. What a server says in whole seconds has no such keys."""
    if isinstance(value, dict):
        return {name: scaled(item, scale, name) for name, item in value.items()}
    if isinstance(value, list):
        return [scaled(item, scale, key) for item in value]
    if isinstance(value, str) and key in TIMED and DURATION.fullmatch(value):
        return f"{max(nanoseconds(value) // scale, 1)}ns" if nanoseconds(value) else value
    return value


def rules(scenario):
    return [rule for service in ("llm", "github", "redis") for rule in scenario.get(service, ())]


def is_heavy(scenario):
    """Whether megabytes go over the wire, which keep the machine from what runs beside them."""
    return "github_state" in scenario or any("flood" in rule.get("do", {}) for rule in rules(scenario))


def spoken_in_seconds(scenario):
    """Whether a server says how long to wait: in whole seconds, as a date, or by the end of a window."""
    for rule in rules(scenario):
        said = rule.get("do", {})
        hint = said.get("retry_after")
        names = {name.lower() for name in said.get("headers", {})}
        if "rate_limit" in said or names & {"retry-after", "x-ratelimit-reset"} or isinstance(hint, str):
            return True
        if isinstance(hint, dict) and "ms" not in hint:
            return True
    return False


def spoken_by_the_clock(scenario):
    """Whether it says so by the time of day, whose seconds begin when they like."""
    does = [rule.get("do", {}) for rule in rules(scenario)]
    return any("rate_limit" in said or "date" in (said.get("retry_after") or ()) for said in does)


def tried_for_being_new(scenario):
    """Whether a token is refused that may be new: for how long it is new is nobody's choice, and neither are the waits."""
    refusals = [rule for rule in scenario.get("github", ()) if rule.get("do", {}).get("status") in (401, 403)]
    return any(rule.get("on", "*") != "token" for rule in refusals)


def restarts(scenario):
    """Of Redis."""
    return [entry for entry in scenario.get("world", ()) if "restart" in entry]


def limits(scenario):
    """Entries by which Redis is full, or a replica."""
    return [entry for entry in scenario.get("world", ()) if "redis" in entry]


def by_the_fakes_clock(scenario):
    """Whether something happens at a time that the fakes count."""
    return bool(restarts(scenario) or limits(scenario)) or any("from" in rule or "until" in rule for rule in rules(scenario))


def served(scenario, by, redis):
    """A copy for fakes that start so many nanoseconds before the first runner does, and whose Redis lets in without a fault: a
    simulated client has no need to log in. What happens to a real Redis happens to it by itself."""
    copied = copy.deepcopy(scenario)
    if redis == "real" and "world" in copied:
        copied["world"] = [entry for entry in copied["world"] if "restart" not in entry and "redis" not in entry]
    for rule in rules(copied):
        rule.update({key: f"{nanoseconds(rule[key]) + by}ns" for key in ("from", "until") if key in rule})
    for entry in copied.get("world", ()):
        entry["at"] = f"{nanoseconds(entry['at']) + by}ns"
    if "redis" in copied:
        copied["redis"] = [{"on": "CLIENT"}, {"on": "PING"}, *copied["redis"]]
    return copied


def scales(scenario):
    """How much faster it may be tried, the fastest first."""
    if spoken_in_seconds(scenario) or tried_for_being_new(scenario):
        return (1,)
    # A runner starts when it starts, a moment sooner or later by the clock of the fakes.
    return (WINDOW_SCALE, 1) if by_the_fakes_clock(scenario) else (SCALE, 1)


def why_not(title, scenario):
    """Empty, or the reason for which its faults cannot exist on a wire."""
    if title in SINGLE:
        return SINGLE[title]
    for entry in scenario.get("world", ()):
        if "wall_clock" in entry:
            return "shifts the wall clock of the machine"
        if "partition" in entry:
            return "cuts a runner off: all programs are on one machine"
    if scenario.get("runners", 1) > 1 and any("runner" in rule for rule in rules(scenario)):
        return "which of several runners meets the fault is a race"
    if not scenario.get("jobs"):
        return "has no jobs"
    return ""


@dataclass
class Case:
    name: str          # "smoke/llm-timeout"
    scenario: dict     # As in the file.
    scale: int = 1
    events: list = field(default_factory=list)  # Of the simulated run of the copy.
    tried: dict = field(default_factory=dict)   # The copy.

    @property
    def title(self):
        return self.name.split("/")[1]

    @property
    def seconds(self):
        return self.events[-1]["t_ns"] / 1e9 if self.events else 0.0

    def with_a_real_redis(self, simulate):
        """That is not back at once: the copy for it has it down for as long as it takes to come back."""
        tried = copy.deepcopy(self.tried)
        for entry in restarts(tried):
            entry["down"] = f"{max(nanoseconds(entry.get('down', '0s')), SHORTEST_RESTART)}ns"
        return self if tried == self.tried else replace(self, tried=tried, events=simulate(self.title, tried)["events"])


def draws(config, events):
    """Whether a wait of a job was drawn."""
    github = config["github"]
    policies = {"llm.chat": config["llm"], "github.token": github["token"], "github.comments.create": github["tools"]}
    return any(event["event"] == "call.retry" and event["api"] in policies and
               policies[event["api"]]["retry"]["jitter"] != "none" for event in events)


def copy_of(scenario, config, scale, later):
    """What is run three times: the scenario without what is expected of it at the old times, with all its configuration.
    `later`: no job is there at once. The branch that a job's waits are drawn from is numbered by how often its worker had
    asked for jobs, which is a race with the first job's coming as long as the worker is about to listen."""
    tried = copy.deepcopy(scenario | {"config": config})
    for key in ("expect", "invariants", "$schema", "schedule"):
        tried.pop(key, None)
    if tried.get("world"):
        # The branch that Redis' waits are drawn from is numbered by its calls, of which an interruption makes more or fewer.
        tried["config"]["redis"]["retry"]["jitter"] = "none"
    tried = scaled(tried, scale)
    for job in tried["jobs"] if later else ():
        job["at"] = f"{nanoseconds(job.get('at', '0s')) + LATER}ns"
    return tried


def shape(events):
    """What must not change by scaling: everything but the durations."""
    return [{key: value for key, value in event.items() if not key.endswith("_ns")} for event in events]


def ended(events):
    return sum(event["event"] in ("job.completed", "job.failed") for event in events)


def ended_by_runners(events):
    """An operator's command ends a job that it cancels."""
    return ended(event for event in events if event.get("reason") != "cancelled")


def prepare(name, scenario, simulate):
    """A pair of a case and the reason to leave it out, one of which is None. simulate(title, scenario) gives the run."""
    title = name.split("/")[1]
    reason = why_not(title, scenario)
    if reason:
        return None, reason
    run = simulate(title, {key: value for key, value in scenario.items() if key not in ("expect", "invariants")})
    config = run["config"]
    loses = any("lose" in entry for entry in restarts(scenario))
    enqueued = {event.get("job") for event in run["events"] if event["event"] == "job.enqueued"}
    if ended(run["events"]) < len(enqueued) and not loses:
        return None, "has a job that does not end"
    case = Case(name, scenario)
    for scale in scales(scenario):
        case.scale = scale
        case.tried = copy_of(scenario, config, scale, draws(config, run["events"]))
        case.events = simulate(title, case.tried)["events"]
        if shape(case.events) == shape(run["events"]) or scale == 1:
            break
    if case.seconds > LONGEST_SECONDS:
        return None, f"lasts {case.seconds:.0f} s, which cannot be scaled"
    return case, None
