#!/usr/bin/env python3
"""The parts of tests/backends.py: what is left out, what a scaled copy says, and that each kind of difference is found."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cases
from compare import EARLY, LATE, SECOND, Slack, first_difference, text_of
from trial import jobs_of

MS = 10**6


def run(*events, job="a", runner="runner-1"):
    return [{"t_ns": t * MS, "event": name, "runner": runner, "job": job} | fields for t, name, fields in events]


CALL = {"api": "llm.chat", "attempt": 1}
FAILED = CALL | {"failure": "connection", "code": "ECONNREFUSED"}
ONE = run((0, "job.started", {"attempt": 1}), (0, "call.started", CALL), (0, "call.failed", FAILED),
          (0, "call.retry", CALL | {"delay_ns": SECOND, "source": "backoff"}), (1000, "call.started", CALL),
          (1400, "job.completed", {"attempt": 1}))


def changed(place, **fields):
    return [event | fields if number == place else event for number, event in enumerate(ONE)]


def shifted(by, since=0):
    return [event | {"t_ns": event["t_ns"] + (by if number >= since else 0)} for number, event in enumerate(ONE)]


class Comparing(unittest.TestCase):
    def assert_same(self, simulated, real, **options):
        found = first_difference(simulated, real, **options)
        self.assertIsNone(found, found and text_of(found, simulated, real))

    def test_what_may_differ(self):
        for name, real in {
                "nothing": ONE,
                "when it began": shifted(SECOND),
                "the runner": [event | {"runner": "runner-2"} for event in ONE],
                "a reset instead of a refusal": changed(2, code="ECONNRESET"),
                "the beginning and the end of a runner": [{"t_ns": 0, "event": "worker.started", "runner": "runner-1"}, *ONE,
                                                          {"t_ns": SECOND, "event": "worker.stopped", "runner": "runner-1"}],
                "what a runner gave up when it was told to stop":
                    [*ONE, {"t_ns": SECOND, "event": "call.gave_up", "api": "redis.subscribe", "reason": "cancelled"}],
                "what a client waits for":
                    [*ONE, {"t_ns": 0, "event": "call.failed", "api": "redis.enqueue", "job": "a", "attempt": 1}],
                "a kill": [*ONE, {"t_ns": SECOND, "event": "worker.crashed", "runner": "runner-1"}],
                "a step that is a little long": shifted(LATE, since=5),
                "a step that is a little short": shifted(-EARLY, since=5)}.items():
            with self.subTest(name):
                self.assert_same(ONE, real)

    def test_a_delay_until_a_moment_depends_on_when_it_is_told(self):
        def release(delay, **fields):
            return run((0, "job.started", {"attempt": 1}), (0, "job.released", {"delay_ns": delay} | fields))

        self.assert_same(release(SECOND), release(SECOND - EARLY))
        self.assertIsNotNone(first_difference(release(SECOND), release(SECOND - EARLY - 1)))
        self.assertIsNotNone(first_difference(release(SECOND), release(SECOND + EARLY + 1)))

        def wait(source, later):
            return run((0, "call.retry", CALL | {"delay_ns": SECOND - later, "source": source}), (1000, "call.started", CALL))

        self.assert_same(wait("limit", 0), wait("limit", EARLY))
        self.assert_same(wait("retry_after", 0), wait("retry_after", MS))
        self.assertIsNotNone(first_difference(wait("retry_after", 0), wait("retry_after", MS + 1)))
        self.assertIsNotNone(first_difference(wait("backoff", 0), wait("backoff", 1)))

    def test_each_difference_is_found(self):
        for place, what, only_time, real in (
                (3, "delay_ns", False, changed(3, delay_ns=SECOND + 1)),
                (2, "failure", False, changed(2, failure="timeout")),
                (2, "code", False, changed(2, code="ETIMEDOUT")),
                (1, "attempt", False, changed(1, attempt=2)),
                (5, "event", False, changed(5, event="job.failed")),
                (5, "reason", False, changed(5, reason="exhausted")),
                (5, "no such event", False, ONE[:-1]),
                (6, "says more", False, [*ONE, ONE[-1]]),
                (0, "no such event", False, []),
                (4, "instead of 1.000 s", True, shifted(LATE + MS, since=4)),
                (5, "instead of 0.400 s", True, shifted(-EARLY - MS, since=5)),
                (4, "0.000 ms shorter than told", False, shifted(-1, since=4))):
            with self.subTest(what):
                found = first_difference(ONE, real)
                self.assertEqual((found.run, found.place, found.only_time), (("a", 1), place, only_time))
                self.assertIn(what, found.what)
                self.assertIn(f"run 1, event {place + 1}: ", text_of(found, ONE, real))

    def test_a_difference_in_events_goes_before_one_in_times(self):
        late = [event | ({"attempt": 9} if number == 5 else {}) for number, event in enumerate(shifted(SECOND, since=4))]
        self.assertFalse(first_difference(ONE, late).only_time)

    def test_seconds_of_the_clock(self):
        def said(**fields):  # By a wait that then takes as long as it was told.
            late = shifted(fields.get("delay_ns", SECOND) - SECOND, since=4)
            return late[:3] + [late[3] | fields] + late[4:]
        for name in ("delay_ns", "hint_ns"):
            with self.subTest(name):
                simulated, real = said(**{name: SECOND}), said(**{name: SECOND + 1050 * MS})
                self.assert_same(simulated, real, by_the_clock=True)
                self.assertIn(name, first_difference(simulated, real).what)
                self.assertIn(name, first_difference(simulated, said(**{name: SECOND + 1051 * MS}), True).what)

    def test_what_was_measured(self):
        slack = Slack()
        first_difference(ONE, shifted(7 * MS, since=4), slack=slack)
        first_difference(ONE, shifted(-3 * MS, since=5), slack=slack)
        self.assertEqual((slack.early, slack.late), (3 * MS, 7 * MS))

    def test_what_goes_on_beside_a_run_is_compared_for_itself(self):
        for beside in ({"api": "redis.renew", "job": "a"}, {"api": "redis.claim"}):
            with self.subTest(beside):
                event = {"t_ns": SECOND, "event": "call.failed", "runner": "runner-1", "attempt": 1} | beside
                self.assert_same([*ONE[:5], event, *ONE[5:]], [*ONE[:3], event, *ONE[3:]])
                self.assertIn("no such event", first_difference([*ONE, event], ONE).what)
                self.assertIn("attempt", first_difference([*ONE, event], [*ONE, event | {"attempt": 2}]).what)

    def test_jobs_and_runs_are_compared_for_themselves(self):
        other = [event | {"job": "b"} for event in ONE]
        self.assert_same(ONE + other, other + ONE)
        given_back, taken = run((5, "job.released", {})), run((5, "job.started", {"attempt": 1}), runner="runner-2")
        self.assert_same(ONE[:2] + given_back + taken, ONE[:2] + taken + given_back)
        recovered, started = run((9, "job.recovered", {})), run((9, "job.started", {}), runner="runner-2")
        self.assert_same(ONE[:2] + recovered + run((9, "job.started", {})), ONE[:2] + recovered + started)
        heard = [event | {"t_ns": event["t_ns"] + 2 * MS} for event in recovered]
        self.assert_same(ONE[:2] + recovered + started, ONE[:2] + started + heard)
        self.assertEqual(first_difference(ONE[:2] + recovered + started, ONE[:2] + started).run, ("a", 2))


class Choosing(unittest.TestCase):
    def test_durations_of_a_copy(self):
        scenario = {
            "jobs": [{"id": "1s", "at": "1s"}, {"id": "{n}", "count": 2, "every": "10ms", "prompt": "5s"}],
            "llm": [{"from": "0s", "until": "2m", "latency": {"uniform": ["10ms", "1h"]}, "do": {"retry_after": {"ms": "1.5s"}}}],
            "world": [{"at": "1m30s", "stop": "runner-1", "within": "7ns"}]}
        self.assertEqual(cases.scaled(scenario, 10), {
            "jobs": [{"id": "1s", "at": "100000000ns"}, {"id": "{n}", "count": 2, "every": "1000000ns", "prompt": "5s"}],
            "llm": [{"from": "0s", "until": "12000000000ns", "latency": {"uniform": ["1000000ns", "360000000000ns"]},
                     "do": {"retry_after": {"ms": "150000000ns"}}}],
            "world": [{"at": "9000000000ns", "stop": "runner-1", "within": "1ns"}]})

    def test_what_is_served(self):
        scenario = {"llm": [{"from": "1s", "until": "2s", "latency": "3s"}], "redis": [{"latency": "1s"}],
                    "world": [{"at": "1s", "restart": "redis", "down": "5s"}, {"at": "2s", "stop": "runner-1"}]}
        restart, stop = {"at": "1000000010ns", "restart": "redis", "down": "5s"}, {"at": "2000000010ns", "stop": "runner-1"}
        for redis, world in (("fake", [restart, stop]), ("real", [stop])):
            self.assertEqual(cases.served(scenario, 10, redis), {
                "llm": [{"from": "1000000010ns", "until": "2000000010ns", "latency": "3s"}],
                "redis": [{"on": "CLIENT"}, {"on": "PING"}, {"latency": "1s"}], "world": world})
        self.assertEqual(cases.served({"llm": []}, 10, "real"), {"llm": []})
        self.assertTrue(cases.by_the_fakes_clock({"world": scenario["world"][:1]}))
        self.assertTrue(cases.by_the_fakes_clock({"llm": scenario["llm"]}))
        self.assertFalse(cases.by_the_fakes_clock({"redis": scenario["redis"], "world": [{"at": "1s", "stop": "runner-1"}]}))

    def test_what_cannot_be_scaled(self):
        for does, whole, clock in (({"status": 429}, False, False), ({"retry_after": {"ms": "1s"}}, False, False),
                                   ({"retry_after": "5s"}, True, False), ({"retry_after": {"raw": "x"}}, True, False),
                                   ({"headers": {"Retry-After": "5"}}, True, False), ({"retry_after": {"date": "5s"}}, True, True),
                                   ({"rate_limit": {}}, True, True)):
            with self.subTest(does):
                scenario = {"llm": [{"do": does}]}
                self.assertEqual((cases.spoken_in_seconds(scenario), cases.spoken_by_the_clock(scenario)), (whole, clock))

    def test_what_is_left_out(self):
        job = {"jobs": [{"id": "a"}]}
        for scenario, part in (({}, "no jobs"), (job | {"world": [{"at": "0s", "wall_clock": "+2h"}]}, "wall clock")):
            self.assertIn(part, cases.why_not("title", scenario))
        for entry in ({"stop": "runner-1"}, {"crash": "runner-1"}, {"start": "runner-1"}, {"restart": "redis"}):
            self.assertEqual(cases.why_not("title", job | {"world": [{"at": "0s"} | entry]}), "")

    def test_a_real_redis_is_not_back_at_once(self):
        def tried(**restart):
            return {"world": [{"at": "1s", "restart": "redis"} | restart]}

        def simulate(title, scenario):
            return {"events": [title, scenario["world"][0]["down"]]}

        for restart, down in (({}, "500000000ns"), ({"lose": "5s", "down": "499ms"}, "500000000ns"), ({"down": "2s"}, "2000000000ns")):
            with self.subTest(restart):
                case = cases.Case("smoke/x", {}, tried=tried(**restart)).with_a_real_redis(simulate)
                self.assertEqual(case.tried, tried(**restart | {"down": down}))
                self.assertEqual(case.events, ["x", down])
        plain = cases.Case("smoke/x", {}, tried={"world": [{"at": "1s", "stop": "runner-1"}]})
        self.assertIs(plain.with_a_real_redis(simulate), plain)

    def test_comments_are_no_part_of_a_scenario(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.json"
            path.write_text('{ // one "comment"\n"why": "http://x /* text */", /* two\nlines */ "jobs": [] }')
            self.assertEqual(cases.read(path), {"why": "http://x /* text */", "jobs": []})

    def test_jobs_in_their_order(self):
        lines = jobs_of({"jobs": [{"id": "late", "at": "1s", "issue": 7}, {"id": "n{n}", "count": 2, "every": "500ms"}]})
        self.assertEqual([at for at, _ in lines], [0, 0.5, 1])
        self.assertIn('"issue": 7', lines[2][1])
        self.assertIn('"id": "n2"', lines[1][1])


if __name__ == "__main__":
    unittest.main()
