#!/usr/bin/env python3
"""What a deployment needs of `runner work`: health, metrics, a stop that loses nothing, logs without secrets.

usage: operation_test.py BUILD_FOLDER [unittest's own arguments]
"""

import fcntl
import json
import re
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest
from contextlib import contextmanager

sys.dont_write_bytecode = True  # The sources' folders stay clean.

from served import BUILD, JOB, KEY, LONGEST, serving

SLOW = [{"on": "chat", "calls": "1-", "latency": "4s"}]
HANGING = [{"on": "chat", "calls": "1-", "latency": "25s"}]


class UnreadLog(unittest.TestCase):
    """More lines than a pipe holds, and nobody reads them."""
    JOB = {"repo": "octo/hello", "issue": 1, "installation": 1, "prompt": "Say hello"}
    JOBS = 800

    @contextmanager
    def ended_by(self, end_signal):
        with serving() as served:
            lines = "".join(json.dumps(self.JOB | {"id": f"job-{i}"}) + "\n" for i in range(self.JOBS))
            done = served.run("enqueue", "-", stdin=lines)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            worker = subprocess.Popen([BUILD / "runner", "work", *served.options()], stderr=subprocess.PIPE, env=served.environment)
            try:
                end = time.monotonic() + LONGEST
                while any(served.jobs(state) for state in ("ready", "delayed", "running")):
                    self.assertLess(time.monotonic(), end, "the worker stands still")
                    time.sleep(0.1)
                self.assertEqual(served.jobs("dead"), {})
                waiting = fcntl.ioctl(worker.stderr, termios.FIONREAD, b"\0" * 4)
                self.assertGreater(struct.unpack("i", waiting)[0], 32_000, "whose pages are not all full")
                worker.send_signal(end_signal)
                yield worker
            finally:
                worker.kill()
                worker.communicate()

    def test_a_reader_who_comes_late_misses_nothing(self):
        with self.ended_by(signal.SIGTERM) as worker:
            log = worker.communicate(timeout=LONGEST)[1].decode()
            self.assertEqual(worker.returncode, 0)
        self.assertGreater(len(log), 65_536, "more than the pipe holds")
        self.assertEqual(len(re.findall("Completed job", log)), self.JOBS)
        self.assertNotIn("log.dropped", log)

    def test_the_end_waits_for_no_reader(self):
        with self.ended_by(signal.SIGTERM) as worker:
            self.assertEqual(worker.wait(LONGEST), 0)

    def test_a_fault_loses_nothing(self):
        with self.ended_by(signal.SIGABRT) as worker:
            log = worker.communicate(timeout=LONGEST)[1].decode()
            self.assertEqual(worker.returncode, -signal.SIGABRT)
        self.assertEqual(len(re.findall("Completed job", log)), self.JOBS)

    def test_a_fault_waits_for_no_reader(self):
        with self.ended_by(signal.SIGABRT) as worker:
            self.assertEqual(worker.wait(LONGEST), -signal.SIGABRT)


class Health(unittest.TestCase):
    def test_what_is_served(self):
        with serving() as served, served.working() as worker:
            self.assertEqual(worker.get("/healthz"), (200, "text/plain; charset=utf-8", "ok\n"))
            self.assertEqual(worker.get("/readyz?verbose"), (200, "text/plain; charset=utf-8", "ready\n"))
            self.assertEqual(worker.get("/")[0], 404)
            self.assertEqual(worker.get("/healthz", "POST")[0], 405)

    def test_it_is_alive_but_not_ready_without_redis(self):
        with serving() as served, served.working() as worker:
            worker.until(lambda: worker.get("/readyz")[0] == 200)
            served.stop()
            self.assertEqual(worker.get("/healthz")[0], 200)
            worker.until(lambda: worker.get("/readyz")[0] != 200)
            status, _, text = worker.get("/readyz")
            self.assertEqual((status, text), (503, "Redis cannot be reached\n"))
            text = worker.get("/metrics")[2]
            self.assertIn("runner_queue_up 0\n", text)
            self.assertNotIn("runner_queue_jobs", text, "what was true some time ago is not told")
            worker.process.send_signal(signal.SIGTERM)
            worker.ended()

    def test_a_refused_key_is_told_everywhere_and_costs_one_job(self):
        with serving(llm=[{"on": "chat", "calls": "1-2", "do": {"status": 401}}]) as served:
            for job in ("a", "b"):
                served.run("enqueue", job, *JOB)
            with served.working() as worker:
                worker.until(lambda: worker.get("/readyz")[0] == 503)
                self.assertEqual(worker.get("/readyz")[2],
                                 "llm.chat refuses this runner's credential: it takes no job\n")
                self.assertIn('runner_credential_refused{api="llm.chat"} 1\n', worker.get("/metrics")[2])
                worker.until(lambda: 'runner_jobs_total{result="completed"} 1' in worker.get("/metrics")[2])
                self.assertEqual(worker.get("/readyz")[0], 200)
                text = worker.get("/metrics")[2]
                log = worker.log.read_text()
        for line in ('runner_credential_refused{api="llm.chat"} 0', 'runner_credential_refusals_total{api="llm.chat"} 2',
                     'runner_jobs_total{result="failed"} 1', 'runner_jobs_total{result="released"} 1'):
            self.assertIn(line + "\n", text)
        self.assertIn("llm.chat refuses this runner's credential (401): it takes no job, and looks again in 1s", log)
        self.assertIn("llm.chat accepts this runner's credential again: it takes jobs", log)

    def test_metrics_count_what_happened(self):
        with serving(llm=[{"on": "chat", "calls": "1", "do": {"status": 429, "retry_after": {"ms": "10ms"}}}]) as served:
            served.run("enqueue", "a", *JOB)
            with served.working() as worker:
                worker.until(lambda: 'runner_jobs_total{result="completed"} 1' in worker.get("/metrics")[2])
                status, kind, text = worker.get("/metrics")
        self.assertEqual((status, kind), (200, "text/plain; version=0.0.4; charset=utf-8"))
        for line in ('runner_attempts_total{api="llm.chat",result="rate_limited"} 1',
                     'runner_attempts_total{api="llm.chat",result="ok"} 2',
                     'runner_retries_total{api="llm.chat",source="retry_after"} 1',
                     'runner_tool_calls_total{result="ok",tool="comment_on_issue"} 1', "runner_jobs_running 0"):
            self.assertIn(line + "\n", text)
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [-+.e0-9]+)$')
        self.assertNotIn('"a"', text, "a label for each job would grow without bound")


class Stop(unittest.TestCase):
    def test_what_runs_is_finished_and_nothing_more_is_taken(self):
        with serving(llm=SLOW) as served:
            for job in ("a", "b"):
                served.run("enqueue", job, *JOB)
            with served.working() as worker:
                worker.until(lambda: served.jobs("running"))
                self.assertRegex(worker.get("/metrics")[2], "runner_jobs_running 1\n")
                worker.process.send_signal(signal.SIGTERM)
                worker.until(lambda: worker.get("/readyz")[2] == "stopping\n")
                worker.ended()
            self.assertEqual((list(served.jobs("ready")), served.jobs("running"), served.jobs("dead")), (["b"], {}, {}))
            events = [(event["event"], event.get("job")) for event in map(json.loads, worker.trace_lines()) if "event" in event]
        self.assertIn(("job.completed", "a"), events)
        self.assertEqual(events[-1][0], "worker.stopped")

    def test_what_does_not_end_in_time_is_given_back_and_costs_no_retry(self):
        with serving(llm=HANGING) as served:
            served.run("enqueue", "a", *JOB)
            with served.working("--set", "runner.drain=200ms") as worker:
                worker.until(lambda: served.jobs("running"))
                worker.process.send_signal(signal.SIGTERM)
                begun = time.monotonic()
                worker.ended()
                self.assertLess(time.monotonic() - begun, 10)
            self.assertEqual(served.jobs("ready")["a"]["retry_count"], 0)

    def test_a_second_signal_stops_at_once(self):
        with serving(llm=HANGING) as served:
            served.run("enqueue", "a", *JOB)
            with served.working() as worker:
                worker.until(lambda: served.jobs("running"))
                worker.process.send_signal(signal.SIGINT)
                worker.until(lambda: "Stopping on SIGINT" in worker.log.read_text())
                worker.process.send_signal(signal.SIGTERM)
                begun = time.monotonic()
                worker.ended(128 + signal.SIGTERM)
                self.assertLess(time.monotonic() - begun, 5)
            self.assertEqual(list(served.jobs("running")), ["a"], "its lease brings it back")

    def test_an_idle_one_stops_at_once(self):
        with serving() as served, served.working() as worker:
            worker.until(lambda: worker.get("/healthz")[0] == 200)
            worker.process.send_signal(signal.SIGINT)
            begun = time.monotonic()
            worker.ended()
            self.assertLess(time.monotonic() - begun, 5)


class Traces(unittest.TestCase):
    def test_of_a_runner_that_is_started_again_are_read_run_by_run(self):
        def judged(*arguments):
            return subprocess.run([BUILD / "rehearse", *arguments], capture_output=True, text=True, timeout=LONGEST, check=False)

        with serving(llm=[{"calls": "1", "do": {"timeout": True}}]) as served:
            served.run("enqueue", "a", *JOB)
            with served.working("--set", "jobs.lease=2s") as worker:
                worker.until(lambda: worker.trace.exists() and "call.started" in worker.trace.read_text())
                worker.process.kill()
                worker.process.wait()
            lines = worker.trace_lines()
            with worker.trace.open("a") as trace:
                trace.write('{"t_ns":12,"ev')  # What a process that is killed may leave.
            with served.working("--set", "jobs.lease=2s") as again:
                again.until(lambda: "job.completed" in again.trace.read_text())
                beside = served.run("work", "--trace", str(again.trace))
            self.assertEqual(beside.returncode, 2)
            self.assertIn("another process is writing it", beside.stderr)
            self.assertEqual(again.trace_lines()[:len(lines)], lines)
            second = json.loads(again.trace_lines()[len(lines)])
            self.assertEqual(second["format"], "rehearse-trace")
            self.assertGreater(second["started"], json.loads(lines[0])["started"])
            apart = judged("check", again.trace)
            self.assertEqual(apart.returncode, 0, apart.stdout)
            self.assertEqual(re.findall("(?m)^== (.*)$", apart.stdout), [str(again.trace), f"{again.trace}:{len(lines) + 1}"])
            together = judged("check", "--together", again.trace)
            self.assertEqual(together.returncode, 0, together.stdout)
            self.assertIn("2 traces together", together.stdout)
            which = judged("replay", again.trace)
            self.assertEqual((which.returncode, "accepted: one of them, by --run N" in which.stderr), (2, True), which)
            for number in ("1", "2"):
                # It departs where the first one was killed, and where the second one recovers what that left.
                done = judged("replay", "--run", number, "--out", served.folder / "replay.json", again.trace)
                self.assertIn(done.returncode, (0, 1), done.stderr)
                self.assertEqual(judged("validate", served.folder / "replay.json").returncode, 0)


class WakeUps(unittest.TestCase):
    def test_a_woken_runner_that_stands_still_or_is_dead_is_stood_in_for(self):
        with serving() as served, served.working(name="first") as first, served.working(name="second") as second:
            def completes(worker, job):
                worker.until(lambda: any(f'"job":"{job}"' in line and "job.completed" in line for line in worker.trace_lines()))

            def waiting():
                with served.redis() as redis:
                    return [name.split("/")[0] for name in redis.call("ZRANGEBYSCORE", "job:waiting", 0, 0)]
            second.until(lambda: waiting() == ["first", "second"])
            served.run("enqueue", "a", *JOB)
            completes(first, "a")
            second.until(lambda: waiting() == ["first", "second"])
            first.process.send_signal(signal.SIGSTOP)
            served.run("enqueue", "b", *JOB)
            completes(second, "b")
            first.process.send_signal(signal.SIGCONT)
            second.until(lambda: waiting() == ["first", "second"])
            first.process.kill()
            first.process.wait()
            served.run("enqueue", "c", *JOB)
            completes(second, "c")
            second.until(lambda: waiting() == ["second"])


class Limits(unittest.TestCase):
    def test_another_runner_hears_of_them(self):
        limited = [{"on": "chat", "calls": "1", "do": {"status": 429, "retry_after": "20s"}}]
        with serving(llm=limited) as served, served.working("--set", "profile=fleet", name="first") as first, \
                served.working("--set", "profile=fleet", name="second") as second:
            for worker in (first, second):
                worker.until(lambda: worker.get("/readyz")[0] == 200)
            served.run("enqueue", "a", *JOB)
            for worker in (first, second):
                worker.until(lambda: re.search(r'runner_limit_held_seconds\{credential="llm"\} [1-9]', worker.get("/metrics")[2]))
            for worker in (first, second):  # The one would finish its job.
                worker.process.kill()
                worker.process.wait()


class Log(unittest.TestCase):
    def test_as_json_and_without_secrets(self):
        rules = {"llm": [{"on": "chat", "calls": "1", "do": {"status": 503}}, {"on": "chat", "calls": "2", "do": {"reset": "after"}}]}
        with serving(**rules) as served:
            served.run("enqueue", "a", *JOB)
            with served.working("--set", "runner.log=json", "--set", "llm.retry.initial_delay=10ms") as worker:
                worker.until(lambda: "completed" in worker.log.read_text())
            log, trace = worker.log.read_text(), worker.trace_lines()
        lines, written = [json.loads(line) for line in log.splitlines()], log + "\n".join(trace)
        self.assertGreater(len(lines), 3)
        self.assertEqual(json.loads(trace[-1])["event"], "worker.stopped", "the whole of it")
        for line in lines:
            self.assertTrue({"time", "level", "message"} <= set(line), line)
        for secret in (KEY, "PRIVATE KEY"):
            self.assertNotIn(secret, written)
        self.assertIsNone(re.search(r"Bearer |ghs_|eyJ", written))


if __name__ == "__main__":
    unittest.main()
