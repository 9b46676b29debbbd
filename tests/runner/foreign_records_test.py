#!/usr/bin/env python3
"""What others have put where the queue keeps its own: each key of the queue, of each type and with hostile values, beside ordinary jobs
and a runner that works, on a real redis-server and on the fake one.

usage: foreign_records_test.py BUILD_FOLDER [unittest's own arguments]
"""

import json
import sys
import time
import unittest
import urllib.request

sys.dont_write_bytecode = True  # The sources' folders stay clean.

from real_redis import RealRedis
from served import LONGEST, serving

PAYLOAD = json.dumps({"repo": "octo/hello", "issue": 1, "installation": 1, "prompt": "Say hello"})
# What makes a key a value of each type.
TYPES = {
    "string": ("SET", "x"), "list": ("RPUSH", "x"), "set": ("SADD", "x"), "hash": ("HSET", "x", "y"), "zset": ("ZADD", 1, "x"),
    "stream": ("XADD", "*", "x", "y"),
}
# Where a number is expected.
NO_NUMBERS = ["", "x", "-1", "-9223372036854775808", "9223372036854775807", "4294967296", "99999999999999999999", "1e3", "0x10",
              "nan", "inf", "1.5", b"\xff\x00"]
NUMBERS = ["runs", "recoveries", "journaled", "ready_at", "put_in_at", "held_until", "error_at"]
TEXTS = ["secret", "requeued_by", "released_by", "enqueued_by", "failed_by", "last_error", "error_api", "error_status",
         "effect:comment_on_issue/1", "effect:", "foreign"]
NO_PAYLOADS = [b"", b"x", b"[]", b"null", b"{}", b"\xff\x00", b"{" * 5000, PAYLOAD.replace("octo/hello", "../x").encode(),
               PAYLOAD.replace('"issue": 1', '"issue": -1').encode()]
IDS = [b"\x00", b"a\r\nb: c", b"\xff\xfe", b"*?[", b"a b", b"::error::x", b"\x1b[31m", b"{x}", "\u00fc".encode(), b"x" * 5000,
       b'"\\', b"/", b"w/1", b":", b"%s"]
OWN_KEYS = {"completed": "list", "completed_by": "hash", "dead": "list", "delayed": "zset", "leases": "zset", "owners": "hash",
            "ready": "list", "waiting": "zset", "paused": "string"}
OPTIONS = ["--set", "jobs.concurrency=4", "--set", "jobs.lease=6s", "--set", "jobs.retry.initial_delay=50ms",
           "--set", "jobs.retry.max_delay=50ms", "--set", "redis.retry.initial_delay=20ms", "--set", "redis.retry.max_delay=200ms",
           "--set", "llm.retry.attempts=1", "--set", "runner.drain=1s"]
FOREIGN_KINDS = [kind for kind in TYPES if kind != "hash"]
SLOW = [f"slow-{what}-{kind}" for what in ("data", "retry") for kind in FOREIGN_KINDS] + ["slow-payload"]
# The first runs of these meet a 500, so that they are re-queued.
AGAIN = ([f"retry-{kind}" for kind in TYPES] + [f"retry-value-{place}" for place in range(len(NO_NUMBERS))]
         + [f"recoveries-{place}" for place in range(len(NO_NUMBERS))])
RULES = {"llm": [*({"on": "chat", "job": job, "calls": "1", "latency": "2s", "do": {"status": 500}} for job in SLOW if "retry" in job),
                 *({"on": "chat", "job": job, "calls": "1", "latency": "2s"} for job in SLOW if "retry" not in job),
                 *({"on": "chat", "job": job, "calls": "1", "do": {"status": 500}} for job in AGAIN)]}


class ForeignRecords:
    def setUp(self):
        self.served = self.enterContext(serving(**RULES))
        self.use_redis()

    def call(self, *words):
        with self.client() as client:
            return client.call(*words)

    def call_all(self, commands):
        with self.client() as client:
            return client.call_all(commands)

    def make(self, key, kind, value=None):
        command, *rest = TYPES[kind]
        return [("DEL", key), (command, key, *(rest if value is None else [value]))]

    def put_in(self, job, *fields):
        return [("HSET", b"job:data:" + job, "payload", PAYLOAD, *fields), ("RPUSH", "job:ready", job)]

    def comments(self):
        with urllib.request.urlopen(f"http://{self.served.addresses['github']}/_rehearse/requests", timeout=LONGEST) as answer:
            requests = json.loads(answer.read())
        return [each["job"] for each in requests if each.get("operation") == "comments.create" and each.get("status") == 201]

    def rows(self):
        """Commands that put a job in and make it foreign, the job's id, and what its last error says if it cannot be done."""
        rows = []

        def row(commands, error=None, job=None):
            rows.append((commands, job, error))
        for kind in TYPES:
            job = f"data-{kind}".encode()
            if kind == "hash":
                row(self.put_in(job)[1:] + self.make(b"job:data:" + job, kind), "is not there, or has no payload", job)
            else:
                row(self.put_in(job)[1:] + self.make(b"job:data:" + job, kind),
                    f"job:data:data-{kind} held a value of the type {kind} instead of a hash; it is now called "
                    f"job:foreign:data:data-{kind}", job)
            job = f"retry-{kind}".encode()
            row(self.put_in(job, "requeued_by", "x") + self.make(b"job:retry:" + job, kind), None, job)
        row([("RPUSH", "job:ready", "no-record")], "job:data:no-record is not there, or has no payload", b"no-record")
        for place, value in enumerate(NO_NUMBERS):
            job = f"retry-value-{place}".encode()
            row(self.put_in(job, "requeued_by", "x") + [("SET", b"job:retry:" + job, value)], None, job)
            for field in NUMBERS:
                job = f"{field}-{place}".encode()
                row(self.put_in(job, field, value), None, job)
        for field in TEXTS:
            for place, value in enumerate(["", b"\xff\x00\r\n", "x" * 100000, "{}"]):
                job = f"{field.replace(':', '-').replace('/', '-')}-{place}".encode()
                row(self.put_in(job, field, value), None, job)
        for place, payload in enumerate(NO_PAYLOADS):
            job = f"payload-{place}".encode()
            row([("HSET", b"job:data:" + job, "payload", payload), ("RPUSH", "job:ready", job)], "", job)
        for job in IDS:
            row(self.put_in(job), None, job)
        for job, command in ((b"delayed", ("ZADD", "job:delayed", 5)), (b"long-due", ("ZADD", "job:delayed", "-inf")),
                             (b"leased", ("ZADD", "job:leases", "-inf"))):
            row([("HSET", b"job:data:" + job, "payload", PAYLOAD), (*command, job)], None, job)
        return rows

    def ended(self, jobs):
        """How many have."""
        with self.client() as client:
            return (client.call("LLEN", "job:dead") + client.call("HLEN", "job:completed_by")) >= jobs

    def ordinary(self, number):
        return [command for each in range(number) for command in self.put_in(f"ordinary-{each}".encode())]

    def test_of_single_jobs_end_by_name_or_are_repaired_and_hold_nobody_up(self):
        rows, ordinary = self.rows(), 20
        self.call("ZADD", "job:delayed", "+inf", "never")
        self.call_all([command for commands, *_ in rows for command in commands] + self.ordinary(ordinary))
        before = self.script_calls()
        with self.served.working(*OPTIONS) as worker:
            worker.until(lambda: self.ended(len(rows) + ordinary))
            dead = self.served.jobs("dead")
            for commands, job, error in rows:
                with self.subTest(job=job[:40]):
                    if error is None:
                        self.assertEqual(self.call("HEXISTS", "job:completed_by", job), 1)
                    else:
                        said = dead[job.decode()]
                        self.assertEqual(said["reason"], "malformed")
                        self.assertIn(error, said["last_error"])
            self.assertEqual(len(dead), sum(error is not None for *_, error in rows))
            for state in ("ready", "running"):
                self.assertEqual(self.served.jobs(state), {})
            for number in range(ordinary):
                self.assertEqual(self.call("HEXISTS", "job:completed_by", f"ordinary-{number}"), 1)
            # Nobody asks without end.
            self.assertLess(self.script_calls() - before, 12 * (len(rows) + ordinary))
            quiet = self.script_calls()
            time.sleep(1)
            self.assertLess(self.script_calls() - quiet, 5)
            self.assertNotIn("WRONGTYPE", worker.log.read_text())

    def test_that_come_in_mid_run_lose_no_effect_and_hold_no_runner(self):
        jobs = SLOW
        self.call_all([command for job in jobs for command in self.put_in(job.encode())])
        with self.served.working(*OPTIONS, "--set", "jobs.concurrency=20") as worker:
            worker.until(lambda: len(self.served.jobs("running")) == len(jobs))
            for job in jobs[:-1]:
                _, what, kind = job.split("-")
                self.call_all(self.make(f"job:{what}:{job}", kind))
            self.call("HSET", "job:data:slow-payload", "payload", "x")
            worker.until(lambda: self.ended(len(jobs)))
            dead = self.served.jobs("dead")
            self.assertEqual(dead, {}, "a runner goes by the payload that it took")
            comments = self.comments()
            self.assertEqual(sorted(comments), sorted(jobs), "each has one")
        self.assertEqual(self.call("ZCARD", "job:leases"), 0)

    def test_of_the_queues_own_keys_are_set_aside(self):
        with self.served.working(*OPTIONS) as worker:
            number = 0
            for key, own in OWN_KEYS.items():
                for kind in TYPES:
                    if kind == own:
                        continue
                    with self.subTest(key=key, kind=kind):
                        number += 1
                        self.call_all(self.make(f"job:{key}", kind))
                        if key == "dead":
                            self.call_all([("HSET", f"job:data:bad-{number}", "payload", "x"),
                                           ("RPUSH", "job:ready", f"bad-{number}")])
                        done = self.served.run("enqueue", f"ordinary-{number}", "--repo", "octo/hello", "--issue", "1",
                                               "--installation", "1", "--prompt", "x",
                                               "--set", "redis.retry.initial_delay=20ms")
                        self.assertEqual((done.returncode, done.stderr), (0, ""))
                        worker.until(lambda: self.call("HEXISTS", "job:completed_by", f"ordinary-{number}") == 1)
                        if key == "dead":
                            worker.until(lambda: self.call("TYPE", "job:dead") == "list")
                        if key != "paused":
                            self.assertIn(self.call("TYPE", f"job:{key}"), (own, "none"))
                            self.assertEqual(self.call("TYPE", f"job:foreign:{key}"), kind)
            log = worker.log.read_text()
        self.assertIn("WRONGTYPE job:leases held a value of the type set instead of a zset; it is now called job:foreign:leases\n", log)

    def test_in_the_place_of_the_leases_shorten_none(self):
        hour = 3600 * 10**6
        for lease, lasts, job in (("6s", hour, "slow-payload"), ("5h", 5 * hour, "slow-data-list")):
            with self.subTest(lease=lease), self.served.working(*OPTIONS, "--set", f"jobs.lease={lease}") as worker:
                self.call_all(self.put_in(job.encode()))
                worker.until(lambda: self.served.jobs("running"))
                # The claim for the second job meets it. The first one's lease is not renewed before 2 s.
                self.call_all(self.make("job:leases", "string") + self.put_in(b"second"))
                self.call("PUBLISH", "job:wake", "now")
                worker.until(lambda: self.call("TYPE", "job:leases") == "zset")
                ends = float(self.call("ZSCORE", "job:leases", job))
                seconds, microseconds = self.call("TIME")
                left = ends - int(seconds) * 10**6 - int(microseconds)
                self.assertLess(left, lasts)
                self.assertGreater(left, lasts - 60 * 10**6)
                worker.until(lambda: self.call("HLEN", "job:completed_by") == 2)
            self.call("FLUSHALL")

    def test_an_operator_is_told_of_them_and_can_act(self):
        self.call_all([command for kind in TYPES if kind != "hash" for command in self.make(f"job:data:{kind}", kind)]
                      + [("RPUSH", "job:ready", kind) for kind in TYPES])
        for command, *arguments in (("jobs",), ("jobs", "--json"), ("runners",), ("dead",)):
            done = self.served.run(command, *arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        self.call_all(self.make("job:leases", "list"))
        for command in ("jobs", "runners"):
            done = self.served.run(command)
            self.assertEqual(done.returncode, 1)
            self.assertIn("job:leases held a value of the type list instead of a zset", done.stderr)
            self.assertEqual(self.call("TYPE", "job:leases"), "list", "who looks changes nothing")
        self.call_all(self.make("job:paused", "list"))
        self.assertEqual(self.served.run("pause").stdout, "paused: no runner takes a job until `runner resume`\n")


class OnRealRedis(ForeignRecords, unittest.TestCase):
    def use_redis(self):
        self.redis = self.enterContext(RealRedis())
        self.served.environment["REDIS_URL"] = self.redis.url()

    def client(self):
        from redis_client import RedisClient
        return RedisClient(self.redis.socket)

    def script_calls(self):
        return self.redis.calls_of("eval", "evalsha")


class OnTheFake(ForeignRecords, unittest.TestCase):
    def use_redis(self):
        pass

    def client(self):
        return self.served.redis()

    def script_calls(self):
        return 0  # It does not count.


if __name__ == "__main__":
    unittest.main()
