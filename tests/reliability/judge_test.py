#!/usr/bin/env python3
"""Each promise of a campaign can be found broken: hand-made evidence with one thing wrong, and who complains of it."""

import io
import json
import sys
import unittest
from collections import Counter

sys.dont_write_bytecode = True  # The sources' folders stay clean.

import evidence
import judge

MARKER = "Hello.\n\n<!-- rehearse:{} -->"


def good():
    """Two jobs have completed, one of them after a recovery and a re-queue, and one is dead."""
    return judge.RedisState(
        jobs={"a": {}, "b": {"recoveries": "1"}, "d": {"reason": "exhausted"}}, completed_by={"a": "r/1", "b": "r/2"},
        retries={"b": 1, "d": 5}, dead=["d"])


def complaints(state, acknowledged=("a", "b", "d"), told=None, comments=None):
    told = told or judge.Told(completed=Counter(a=1), failed=Counter(d=1))  # Of b its runner died too early to tell.
    comments = comments or {"a": [MARKER.format("aa")], "b": [MARKER.format("bb")], "d": []}
    return [text for found in (
        judge.none_lost(set(acknowledged), state), judge.nothing_left(state), judge.none_twice(told, state),
        judge.told_is_recorded(told, state), judge.one_comment(comments, state), judge.retries_bounded(state, 5),
        judge.reasons_documented(state), judge.kills_hit(state, 3)) for text in found]


class StateTest(unittest.TestCase):
    def setUp(self):
        self.state = good()

    def test_nothing_is_said_where_all_is_well(self):
        self.assertEqual(complaints(self.state), [])

    def test_a_job_that_redis_does_not_know_is_lost(self):
        self.assertEqual(complaints(self.state, acknowledged="abcd"),
                         ["lost: c was acknowledged, and Redis knows nothing of it"])

    def test_a_job_that_has_not_ended_is_lost(self):
        self.state.jobs["c"] = {}
        self.assertEqual(complaints(self.state, acknowledged="abcd"), ["lost: c was acknowledged and has not ended"])

    def test_a_failed_job_that_is_on_no_list_is_lost(self):
        self.state.dead = []
        self.assertEqual(complaints(self.state), ["lost: d has failed, and is not on the dead-letter list"])

    def test_a_job_that_nobody_was_told_of(self):
        self.assertEqual(complaints(self.state, acknowledged="ad"),
                         ["lost: b is in Redis, and nobody was told that it is"])

    def test_what_is_left_is_named(self):
        for part in ("ready", "delayed", "leases"):
            with self.subTest(part):
                state = good()
                getattr(state, part).append("a")
                self.assertEqual(complaints(state), [f"left: a is still in {part}"])
        self.state.owners["a"] = "token"
        self.assertEqual(complaints(self.state), ["left: a still has an owner, token"])

    def test_a_counter_that_is_too_high(self):
        self.state.retries["d"] = 6
        self.assertEqual(complaints(self.state), ["retries: d was re-queued 6 times, and 5 are allowed"])

    def test_a_reason_that_is_not_documented(self):
        self.state.jobs["d"]["reason"] = "tired"
        self.assertEqual(complaints(self.state), ["reason: d is on the dead-letter list for 'tired'"])

    def test_kills_that_hit_nothing(self):
        del self.state.jobs["b"]["recoveries"]
        self.assertEqual(complaints(self.state), ["idle: 3 runners were killed, and no job had to be recovered"])


class TwiceTest(unittest.TestCase):
    def test_a_completion_that_is_told_twice(self):
        told = judge.Told(completed=Counter(a=2, b=1), failed=Counter(d=1))
        self.assertEqual(complaints(good(), told=told), ["twice: a was told to have completed 2 times"])

    def test_a_failure_that_is_told_twice(self):
        told = judge.Told(failed=Counter(d=2))
        self.assertEqual(complaints(good(), told=told), ["twice: d was told to have failed 2 times"])

    def test_two_ends(self):
        told = judge.Told(completed=Counter(d=1), failed=Counter(d=1))
        self.assertEqual(complaints(good(), told=told), ["twice: d was told to have completed and to have failed",
                                                         "untrue: d was told to have completed, and in Redis it is failed"])

    def test_the_dead_letter_list(self):
        state = good()
        state.dead = ["d", "d", "a"]
        state.jobs["a"]["reason"] = "exhausted"
        self.assertEqual(complaints(state), ["twice: a has completed, and is on the dead-letter list",
                                             "twice: d is on the dead-letter list 2 times"])

    def test_what_was_told_and_is_not_recorded(self):
        told = judge.Told(completed=Counter(a=1, c=1))
        self.assertEqual(complaints(good(), told=told),
                         ["untrue: c was told to have completed, and in Redis it is unended"])


class FileTest(unittest.TestCase):
    """What Redis itself has written, command by command."""

    def complaints(self, *commands):
        written = io.BytesIO(b"".join(
            b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
            for words in ((b"HSET job:" + command).split() for command in commands)))
        changes = judge.Changes()
        evidence.add_changes(changes, written)
        return list(judge.recorded_once(changes, good()))

    WELL = (b"data:a payload {}", b"owners a r/1", b"completed_by a r/1 b r/2", b"data:d failed_by r/3 reason exhausted")

    def test_one_end_for_each(self):
        self.assertEqual(self.complaints(*self.WELL), [])

    def test_two_completions(self):
        self.assertEqual(self.complaints(*self.WELL, b"completed_by b r/4"),
                         ["twice: b is completed, and Redis' file has recorded 2 completions and 0 failures of it"])

    def test_a_failure_before_a_completion(self):
        self.assertEqual(self.complaints(b"data:a reason exhausted", *self.WELL),
                         ["twice: a is completed, and Redis' file has recorded 1 completions and 1 failures of it"])

    def test_none(self):
        self.assertEqual(self.complaints(*self.WELL[:-1]),
                         ["twice: d is failed, and Redis' file has recorded 0 completions and 0 failures of it"])


class TraceTest(unittest.TestCase):
    LINE = b'{"t_ns":1,"event":"job.completed","runner":"r","job":"a","attempt":1}\n'

    def told(self, *traces):
        told = judge.Told()
        for number, trace in enumerate(traces, 1):
            evidence.add_trace(told, f"{number}.jsonl", trace)
        return told

    def test_the_same_end_in_two_traces_counts_twice(self):
        told = self.told(self.LINE, self.LINE)
        self.assertEqual((told.completed, told.broken), (Counter(a=2), []))
        self.assertEqual(list(judge.none_twice(told, good())), ["twice: a was told to have completed 2 times"])

    def test_a_last_line_may_be_cut_and_no_other(self):
        self.assertEqual(self.told(self.LINE + self.LINE[:30]).broken, [])
        broken = self.told(self.LINE[:30] + b"\n" + self.LINE)
        self.assertEqual((broken.completed, broken.broken), (Counter(a=1), ["1.jsonl:1"]))
        self.assertEqual(list(judge.told_is_recorded(broken, good())),
                         ["untrue: a trace is broken before its last line: 1.jsonl:1"])


class InvariantsTest(unittest.TestCase):
    def test_a_violation_is_named(self):
        checked = {"violations": [{"invariant": "backoff", "job": "a", "message": "too early"}]}
        self.assertEqual(list(judge.invariants_hold(checked)), ["invariant: backoff, job a: too early"])


class CommentTest(unittest.TestCase):
    def said(self, **comments):
        well = {"a": [MARKER.format("aa")], "b": [MARKER.format("bb")]}
        return complaints(good(), comments=well | comments)

    def test_a_completed_job_has_exactly_one(self):
        self.assertEqual(self.said(a=[]), ["comment: a has completed with 0 comments"])
        self.assertEqual(self.said(a=[MARKER.format("aa")] * 2), ["comment: a has completed with 2 comments"])

    def test_a_dead_job_has_at_most_one(self):
        self.assertEqual(self.said(d=[MARKER.format("dd")]), [])
        self.assertEqual(self.said(d=[MARKER.format("dd")] * 2), ["comment: d has 2 comments"])

    def test_markers(self):
        self.assertEqual(self.said(a=["Hello."]), ["comment: one of a has 0 markers"])
        self.assertEqual(self.said(a=[MARKER.format("bb")]), ["comment: b and a have the same marker"])

    def test_the_fakes_own_verdict_counts_for_effects_alone(self):
        faults = [{"kind": "no_backoff", "message": "x"}, {"kind": "duplicate_effect", "message": "made again"}]
        self.assertEqual(list(judge.no_duplicate_effect({"faults": faults})),
                         ["comment: the fake GitHub saw a duplicate effect: made again"])


class SurroundingsTest(unittest.TestCase):
    def test_a_secret_in_a_file(self):
        files = [("trace", b"all is well"), ("log", b"key is hush\n")]
        self.assertEqual(list(judge.no_secret({"the key": b"hush", "another": b"quiet"}, files)),
                         ["secret: the key stands in log"])

    def test_processes(self):
        ended = [judge.Ended("killed", -9, killed=True), judge.Ended("well", 0), judge.Ended("serve", 1, allowed=(0, 1)),
                 judge.Ended("running", None), judge.Ended("crashed", -11)]
        self.assertEqual(list(judge.all_ended(ended)), ["process: running did not end", "process: crashed ended with -11"])

    def test_thousands_of_complaints_are_counted(self):
        shown = judge.shortened([f"lost: {number}" for number in range(1000)] + ["left: a"])
        self.assertEqual((len(shown), shown[0], shown[10], shown[11]), (12, "lost: 0", "lost: and 990 more", "left: a"))


if __name__ == "__main__":
    unittest.main()
