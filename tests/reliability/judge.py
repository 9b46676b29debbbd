"""What must hold after a campaign, as functions of the evidence alone: each returns its complaints, none if all is well.

A complaint begins with the name of the promise that is broken. Nothing here starts, asks or waits for anything, so that
judge_test.py can show that each promise can be found broken.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

# docs/scenarios.md, the reasons of `job.failed`.
REASONS = {"exhausted", "not_retryable", "outcome_unknown", "malformed", "turns_exceeded"}
MARKER = re.compile(r"<!-- rehearse:\S+ -->")
SHOWN = 10  # A promise that is broken for thousands of jobs is not told thousands of times.


@dataclass
class RedisState:
    """The queue as it stands in Redis."""
    jobs: dict = field(default_factory=dict)     # id -> the fields of its record
    retries: dict = field(default_factory=dict)  # id -> its retry counter
    ready: list = field(default_factory=list)
    delayed: list = field(default_factory=list)
    leases: list = field(default_factory=list)
    owners: dict = field(default_factory=dict)   # id -> token
    dead: list = field(default_factory=list)
    completed_by: dict = field(default_factory=dict)  # id -> token

    def state_of(self, job):
        if job in self.completed_by:
            return "completed"
        return "failed" if "reason" in self.jobs.get(job, {}) else "unended"

    def recoveries(self):
        """Job id -> how often its lease ran out since it was put in or last re-queued, where it did."""
        return {job: int(record["recoveries"]) for job, record in self.jobs.items() if int(record.get("recoveries", 0))}


@dataclass
class Told:
    """How often each job was said to have completed or failed, over all traces."""
    completed: Counter = field(default_factory=Counter)
    failed: Counter = field(default_factory=Counter)
    broken: list = field(default_factory=list)  # Lines, before the last one of a trace, that are no events.


@dataclass
class Changes:
    """How often each job's end was recorded, by the file in which Redis keeps every change."""
    completed: Counter = field(default_factory=Counter)
    failed: Counter = field(default_factory=Counter)


@dataclass
class Ended:
    """A process that was started, and its exit code: None if it would not end, negative for the signal that ended it."""
    name: str
    code: int | None
    killed: bool = False   # By the campaign.
    allowed: tuple = (0,)  # What it may end with otherwise.


def none_lost(acknowledged, state):
    dead = set(state.dead)
    for job in sorted(acknowledged):
        if job not in state.jobs:
            yield f"lost: {job} was acknowledged, and Redis knows nothing of it"
        elif state.state_of(job) == "failed" and job not in dead:
            yield f"lost: {job} has failed, and is not on the dead-letter list"
        elif state.state_of(job) == "unended":
            yield f"lost: {job} was acknowledged and has not ended"
    for job in sorted(set(state.jobs) - set(acknowledged)):
        yield f"lost: {job} is in Redis, and nobody was told that it is"


def nothing_left(state):
    for name in ("ready", "delayed", "leases"):
        for job in getattr(state, name):
            yield f"left: {job} is still in {name}"
    for job, token in state.owners.items():
        yield f"left: {job} still has an owner, {token}"


def none_twice(told, state):
    for job, times in sorted(told.completed.items()):
        if times > 1:
            yield f"twice: {job} was told to have completed {times} times"
    for job, times in sorted(told.failed.items()):
        if times > 1:
            yield f"twice: {job} was told to have failed {times} times"
    for job in sorted(set(told.completed) & set(told.failed)):
        yield f"twice: {job} was told to have completed and to have failed"
    for job, times in sorted(Counter(state.dead).items()):
        if times > 1:
            yield f"twice: {job} is on the dead-letter list {times} times"
        if job in state.completed_by:
            yield f"twice: {job} has completed, and is on the dead-letter list"


def recorded_once(changes, state):
    for job in sorted(state.jobs):
        completed, failed, found = changes.completed[job], changes.failed[job], state.state_of(job)
        if (completed, failed) != (found == "completed", found == "failed"):
            yield (f"twice: {job} is {found}, and Redis' file has recorded {completed} completions and "
                   f"{failed} failures of it")


def told_is_recorded(told, state):
    """A runner speaks after Redis has answered. One that was killed may have been silent, but never ahead."""
    for event, jobs, wanted in (("completed", told.completed, "completed"), ("failed", told.failed, "failed")):
        for job in sorted(jobs):
            if state.state_of(job) != wanted:
                yield f"untrue: {job} was told to have {event}, and in Redis it is {state.state_of(job)}"
    for line in told.broken:
        yield f"untrue: a trace is broken before its last line: {line}"


def one_comment(comments, state):
    """`comments`: job id -> the bodies of all comments on its issue, which is no other job's."""
    owner = {}
    for job in sorted(state.jobs):
        bodies = comments.get(job, [])
        if job in state.completed_by and len(bodies) != 1:
            yield f"comment: {job} has completed with {len(bodies)} comments"
        elif len(bodies) > 1:
            yield f"comment: {job} has {len(bodies)} comments"
        for body in bodies:
            markers = MARKER.findall(body)
            if len(markers) != 1:
                yield f"comment: one of {job} has {len(markers)} markers"
            for marker in markers:
                if owner.setdefault(marker, job) != job:
                    yield f"comment: {job} and {owner[marker]} have the same marker"


def no_duplicate_effect(verdict):
    # The other rules are about a client that remembers what it was told, which a killed one does not.
    for fault in verdict["faults"]:
        if fault["kind"] == "duplicate_effect":
            yield f"comment: the fake GitHub saw a duplicate effect: {fault['message']}"


def invariants_hold(checked):
    """`checked`: of all traces as one run. What becomes of jobs is judged from Redis, which knows it all."""
    for violation in checked["violations"]:
        yield f"invariant: {violation['invariant']}, job {violation.get('job', '')}: {violation['message']}"


def retries_bounded(state, limit):
    for job, retries in sorted(state.retries.items()):
        if retries > limit:
            yield f"retries: {job} was re-queued {retries} times, and {limit} are allowed"


def reasons_documented(state):
    for job in state.dead:
        reason = state.jobs.get(job, {}).get("reason")
        if reason not in REASONS:
            yield f"reason: {job} is on the dead-letter list for {reason!r}"


def no_secret(secrets, files):
    """`secrets`: name -> bytes; `files`: pairs of a name and the bytes in it."""
    for name, content in files:
        for what, secret in secrets.items():
            if secret in content:
                yield f"secret: {what} stands in {name}"


def all_ended(processes):
    for process in processes:
        if process.code is None:
            yield f"process: {process.name} did not end"
        elif not process.killed and process.code not in process.allowed:
            yield f"process: {process.name} ended with {process.code}"


def kills_hit(state, kills):
    """Where no job was ever taken over, the kills hit nothing and nothing was shown."""
    if kills and not state.recoveries():
        yield f"idle: {kills} runners were killed, and no job had to be recovered"


def shortened(complaints):
    """A few of each promise, and how many more there are."""
    complaints = list(complaints)
    counted = Counter(text.split(":")[0] for text in complaints)
    kept = []
    for promise, count in counted.items():
        kept += [text for text in complaints if text.split(":")[0] == promise][:SHOWN]
        if count > SHOWN:
            kept.append(f"{promise}: and {count - SHOWN} more")
    return kept
