#!/usr/bin/env python3
"""An operator's day: a rate limit, a refused key, a restart of Redis, a pause, jobs that are looked at, cancelled and brought back.

usage: day_test.py BUILD_FOLDER [unittest's own arguments]
"""

import json
import re
import subprocess
import sys
import time
import unittest
import urllib.request

sys.dont_write_bytecode = True  # The sources' folders stay clean.

from real_redis import RealRedis
from served import BUILD, LONGEST, serving

JOBS = [f"job-{number}" for number in range(1, 13)]
OPTIONS = ["--set", "jobs.concurrency=2", "--set", "jobs.lease=6s", "--set", "jobs.retry.initial_delay=100ms",
           "--set", "llm.retry.jitter=none", "--set", "runner.drain=10s"]
RULES = [
    {"on": "chat", "job": "meets-the-refusal", "calls": "1", "do": {"status": 401}},
    {"on": "chat", "job": "takes-long", "calls": "1", "latency": "4s"},
    {"on": "chat", "job": "is-cancelled", "latency": "20s"},
]
LIMITED = r'(?m)^runner_attempts_total\{api="llm.chat",result="rate_limited"\} [1-9]'


def line_of(job, issue):
    return json.dumps({"id": job, "repo": "octo/hello", "issue": issue, "installation": 1, "prompt": "Say hello"})


class Day(unittest.TestCase):
    def begin(self, seconds, come_back_in):
        """The model limits everybody for so many seconds, and says each time when to come back."""
        redis = RealRedis("appendonly yes", "appendfsync always", "maxmemory-policy noeviction")
        self.redis = self.enterContext(redis)
        limit = {"on": "chat", "until": f"{seconds}s", "do": {"status": 429, "retry_after": f"{come_back_in}s"}}
        self.served = self.enterContext(serving(llm=[limit, *RULES]))
        self.served.environment["REDIS_URL"] = redis.url()
        self.put_in(*JOBS)

    def command(self, *arguments, stdin="", code=0):
        done = self.served.run(*arguments, stdin=stdin)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done.stdout

    def put_in(self, *jobs):
        lines = [line_of(job, self.issue_of(job)) for job in jobs]
        self.command("enqueue", "-", stdin="\n".join(lines))

    def issue_of(self, job):
        self.issues = getattr(self, "issues", {})
        return self.issues.setdefault(job, len(self.issues) + 1)

    def states(self):
        return {state: set(self.served.jobs(state)) for state in ("ready", "delayed", "running", "dead")}

    def completed(self, *workers):
        texts = [worker.get("/metrics")[2] for worker in workers]
        return sum(int(found[1]) for text in texts
                   for found in re.finditer(r'(?m)^runner_jobs_total\{result="completed"\} (\d+)$', text))

    def test_of_one_runner_can_be_repeated(self):
        self.begin(seconds=5, come_back_in=1)
        with self.served.working(*OPTIONS, "--set", "jobs.concurrency=1", name="one") as one:
            metrics = self.passes(one)
        self.is_told_and_nothing_is_lost([one], metrics)
        self.can_be_repeated(one.trace)

    def test_of_two_runners_is_judged_and_repeated_together(self):
        self.begin(seconds=60, come_back_in=15)
        with self.served.working(*OPTIONS, name="one") as one, self.served.working(*OPTIONS, name="two") as two:
            metrics = self.passes(one, two)
        self.is_told_and_nothing_is_lost([one, two], metrics)
        self.can_be_repeated("--together", one.trace, two.trace)

    def can_be_repeated(self, *arguments):
        done = subprocess.run([BUILD / "rehearse", "replay", *arguments], capture_output=True, text=True, timeout=LONGEST, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        scenario = json.loads(re.sub(r"(?m)^//.*$", "", done.stdout))
        self.assertIn("redis", [entry.get("restart") for entry in scenario["world"]])

    def passes(self, *workers):
        self.the_model_limits(*workers)
        self.the_key_is_refused(*workers)
        self.put_in("takes-long", "beside-it")
        workers[0].until(lambda: "takes-long" in self.served.jobs("running"))
        self.redis_restarts(*workers)
        workers[0].until(lambda: self.completed(*workers) == len(JOBS) + 5)
        self.the_queue_is_paused(*workers)
        self.a_job_is_cancelled(*workers)
        return [worker.get("/metrics")[2] for worker in workers]

    def is_told_and_nothing_is_lost(self, workers, metrics):
        self.assertEqual(self.states(), {state: set() for state in ("ready", "delayed", "running", "dead")})
        together = subprocess.run([BUILD / "rehearse", "check", "--together", *(worker.trace for worker in workers)],
                                  capture_output=True, text=True, timeout=LONGEST, check=False)
        self.assertEqual(together.returncode, 0, together.stdout + together.stderr)
        self.each_job_has_one_comment()
        self.the_story_is_told(metrics, "".join(worker.log.read_text() for worker in workers))

    def the_model_limits(self, *workers):
        workers[0].until(lambda: any(re.search(LIMITED, worker.get("/metrics")[2]) for worker in workers))
        workers[0].until(lambda: self.completed(*workers) == len(JOBS), seconds=120)

    def the_key_is_refused(self, *workers):
        self.put_in("meets-the-refusal")
        workers[0].until(lambda: set(self.served.jobs("dead")) == {"meets-the-refusal"})
        self.put_in("after-1", "after-2")
        workers[0].until(lambda: self.completed(*workers) == len(JOBS) + 2)
        shown = json.loads(self.command("show", "meets-the-refusal", "--json"))
        self.assertEqual((shown["reason"], shown["error_api"], shown["error_status"]), ("not_retryable", "llm.chat", 401))
        self.assertEqual(self.command("retry", "--all", "--api", "llm"), "back in the queue: meets-the-refusal\n")
        workers[0].until(lambda: self.completed(*workers) == len(JOBS) + 3)

    def redis_restarts(self, *workers):
        self.redis.stop()
        workers[0].until(lambda: workers[0].get("/readyz")[0] == 503)
        self.redis.start()

    def the_queue_is_paused(self, *workers):
        self.command("pause")
        self.put_in("waits-1", "waits-2")
        time.sleep(0.5)
        self.assertEqual(set(self.served.jobs("ready")), {"waits-1", "waits-2"})
        self.assertIn("the queue is paused", self.command("runners"))
        self.assertIn("runner_queue_paused 1", workers[0].get("/metrics")[2])
        self.command("resume")
        workers[0].until(lambda: self.completed(*workers) == len(JOBS) + 7)

    def a_job_is_cancelled(self, *workers):
        self.put_in("is-cancelled")
        workers[0].until(lambda: "is-cancelled" in self.served.jobs("running"))
        who = [runner["runner"] for runner in map(json.loads, self.command("runners", "--json").splitlines())
               if runner["state"] == "running"]
        self.assertEqual(len(who), 1)
        self.command("cancel", "is-cancelled")
        worker = next(each for each in workers if f"{who[0]}.log" == each.log.name)
        worker.until(lambda: "Lost the lease of job is-cancelled" in worker.log.read_text())
        self.assertIn("state       failed", self.command("show", "is-cancelled"))

    def each_job_has_one_comment(self):
        with urllib.request.urlopen(f"http://{self.served.addresses['github']}/_rehearse/requests", timeout=LONGEST) as answer:
            requests = json.loads(answer.read())
        posted = [each["job"] for each in requests if each.get("operation") == "comments.create" and each.get("status") == 201]
        self.assertEqual(sorted(posted), sorted(set(self.issues) - {"is-cancelled"}))

    def the_story_is_told(self, metrics, log):
        told = ["llm.chat refuses this runner's credential (401)", "Lost the lease of job is-cancelled"]
        if len(metrics) == 1:  # Of two, the other one may have taken what came.
            told.append("llm.chat accepts this runner's credential again")
        for said in told:
            self.assertIn(said, log)
        for name in (r'runner_credential_refusals_total\{api="llm.chat"\}', LIMITED):
            self.assertRegex("".join(metrics), name)
        failed = [int(number) for text in metrics
                  for number in re.findall(r'(?m)^runner_jobs_total\{result="failed"\} (\d+)$', text)]
        self.assertEqual(sum(failed), 1, "the one that met the refusal")


if __name__ == "__main__":
    unittest.main()
