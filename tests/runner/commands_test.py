#!/usr/bin/env python3
"""runner's commands as a person uses them, against the fakes on sockets: what they print, what they refuse, how they end.

usage: commands_test.py BUILD_FOLDER [unittest's own arguments]
"""

import json
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True  # The sources' folders stay clean.

from served import BUILD, JOB, KEY, LONGEST, PASSWORD, closed_port, serving


class Check(unittest.TestCase):
    def test_all_well(self):
        with serving() as served:
            done = served.run("check")
        self.assertEqual([line.split()[:2] for line in done.stdout.splitlines()],
                         [["redis", "ok"], ["github", "ok"], ["model", "ok"]])
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_each_that_refuses_is_told_with_a_cause(self):
        old = "ERR Wrong number of args calling Redis command From Lua script"
        with serving(redis=[{"on": "eval", "do": {"error": old}}], github=[{"do": {"status": 401}}],
                     llm=[{"do": {"status": 503}}]) as served:
            done = served.run("check")
        redis, github, model = done.stdout.splitlines()
        self.assertRegex(redis, "^redis +FAILED .*Redis 6.2 or later is needed$")
        self.assertRegex(github, "^github +FAILED .*401.*is it this App's key")
        self.assertRegex(model, "^model +FAILED .*503")
        self.assertEqual(done.returncode, 1)

    def test_each_that_is_not_there_is_told_once_and_no_secret(self):
        with serving() as served:
            nowhere = f"127.0.0.1:{closed_port()}"
            served.addresses["github"] = nowhere
            done = served.run("check", OLLAMA_API_URL=f"http://{nowhere}/api", REDIS_URL=f"redis://:{PASSWORD}@{nowhere}")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stdout.splitlines()), 3)
        for line in done.stdout.splitlines():
            self.assertRegex(line, f"FAILED .*{nowhere}.*(refused|connect)")
            self.assertEqual(line.count(f"http://{nowhere}:"), 0 if line.startswith("redis") else 1, line)
        for secret in (KEY, PASSWORD):
            self.assertNotIn(secret, done.stdout + done.stderr)


class Enqueue(unittest.TestCase):
    def test_one_and_again(self):
        with serving() as served:
            first, again = served.run("enqueue", "a", *JOB), served.run("enqueue", "a", *JOB)
            self.assertEqual(list(served.jobs("ready")), ["a"])
            as_json = [served.run("enqueue", job, *JOB, "--json") for job in ("a", "b")]
            served.run("cancel", "b")
            ended = served.run("enqueue", "b", *JOB, "--json")
        self.assertEqual((first.returncode, first.stdout), (0, "enqueued 1, already there 0, refused 0\n"))
        self.assertEqual((again.returncode, again.stdout), (3, "enqueued 0, already there 1, refused 0\n"))
        self.assertIn('"a" is already there (waiting), and was left as it is', again.stderr)
        self.assertEqual([(done.returncode, json.loads(done.stdout)) for done in as_json], [
            (3, {"id": "a", "result": "already_there", "state": "waiting"}), (0, {"id": "b", "result": "enqueued"})])
        self.assertEqual((ended.returncode, json.loads(ended.stdout)),
                         (3, {"id": "b", "result": "already_there", "state": "failed", "reason": "cancelled"}))

    def test_what_is_missing_or_wrong_on_the_command_line(self):
        with serving() as served:
            missing = served.run("enqueue", "a", "--repo", "octo/hello")
            wrong = served.run("enqueue", "a\n", *JOB[2:], "--repo", "octo")
            both = served.run("enqueue", "-", "--repo", "octo/hello")
            self.assertEqual(served.jobs("ready"), {})
        self.assertEqual((missing.returncode, wrong.returncode, both.returncode), (2, 2, 2))
        self.assertIn("--issue, --installation, --prompt", missing.stderr)
        self.assertIn('--repo: found "octo"; accepted: owner/name', wrong.stderr)
        self.assertIn("ID: found", wrong.stderr)
        self.assertIn("--repo", both.stderr)

    def test_lines(self):
        line = {"id": "b", "repo": "octo/hello", "issue": 1, "installation": 1, "prompt": "p"}
        lines = [json.dumps(line), "nonsense", "", json.dumps(line | {"id": "c", "isue": 1}), json.dumps(line | {"id": "d"})]
        with serving() as served:
            done = served.run("enqueue", "-", stdin="\n".join(lines))
            self.assertEqual(set(served.jobs("ready")), {"b", "d"})
        self.assertEqual((done.returncode, done.stdout), (2, "enqueued 2, already there 0, refused 2\n"))
        self.assertIn("stdin:2: not JSON", done.stderr)
        self.assertIn('stdin:4: /isue: unknown key "isue"', done.stderr)

    def test_a_line_that_is_too_long(self):
        line = {"id": "b", "repo": "octo/hello", "issue": 1, "installation": 1, "prompt": "p"}
        lines = [json.dumps(line), json.dumps(line | {"id": "c", "prompt": "x" * 1024 * 1024}), json.dumps(line | {"id": "d"})]
        with serving() as served:
            done = served.run("enqueue", "-", stdin="\n".join(lines))
            self.assertEqual(set(served.jobs("ready")), {"b", "d"})
        self.assertEqual((done.returncode, done.stdout), (2, "enqueued 2, already there 0, refused 1\n"))
        self.assertIn("stdin:2: the line is longer than 1048576 bytes", done.stderr)

    def test_without_redis_it_says_so_and_ends(self):
        with serving() as served:
            done = served.run("enqueue", "a", *JOB, REDIS_URL=f"redis://:{PASSWORD}@127.0.0.1:{closed_port()}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Redis did not take the job", done.stderr)
        self.assertNotIn(PASSWORD, done.stderr)


class DeadJobs(unittest.TestCase):
    def test_malformed_jobs_are_dead_with_a_reason_and_the_worker_goes_on(self):
        payloads = {"text": "nonsense", "fields": '{"repo": "octo/hello"}', "type": "[]", "bytes": b"\xff\xfe\x00",
                    "large": '{"prompt": "' + "x" * 10_000_000 + '"}', "nul\0and\x1b[31mred": "{}", "none": ""}
        with serving() as served, served.redis() as redis:
            for job, payload in payloads.items():
                redis.call("HSET", "job:data:" + job, "payload", payload)
                redis.call("RPUSH", "job:ready", job)
            served.run("enqueue", "good", *JOB)
            with served.working() as worker:
                worker.until(lambda: len(served.jobs("dead")) == len(payloads) and not served.jobs("ready")
                             and not served.jobs("running"))
            self.assertEqual(set(served.jobs("dead")), set(payloads))
            self.assertEqual({job["reason"] for job in served.jobs("dead").values()}, {"malformed"})
            shown = served.run("dead", "--limit", "100")
        self.assertEqual(shown.returncode, 0)
        self.assertEqual(shown.stdout.splitlines()[0], f"{len(payloads)} dead")
        self.assertFalse(set("\0\x1b") & set(shown.stdout), "it belongs on a terminal")

    def test_they_are_brought_back(self):
        with serving(llm=[{"calls": "1-2", "do": {"status": 400}}]) as served:
            for job in ("a", "b"):
                served.run("enqueue", job, *JOB)
            with served.working() as worker:
                worker.until(lambda: len(served.jobs("dead")) == 2)
            unknown = served.run("retry", "a", "zzz")
            self.assertEqual((unknown.returncode, set(served.jobs("dead")), set(served.jobs("ready"))), (1, {"b"}, {"a"}))
            rest = served.run("retry", "--all")
            self.assertEqual((rest.returncode, set(served.jobs("ready"))), (0, {"a", "b"}))
            with served.working() as worker:
                worker.until(lambda: not any(served.jobs(state) for state in ("ready", "running", "delayed", "dead")))
            nothing = served.run("retry", "--all")
        self.assertIn('"zzz" is neither on the dead-letter list nor waiting for a retry', unknown.stderr)
        self.assertEqual(nothing.returncode, 0)


class Operator(unittest.TestCase):
    def test_the_runners_own_trace_of_a_day_with_retries_is_judged_and_replayed(self):
        with serving(llm=[{"calls": "1-2", "do": {"status": 404}}]) as served:
            for job in ("a", "b", "c"):
                served.run("enqueue", job, *JOB)
            with served.working() as worker:
                worker.until(lambda: len(served.jobs("dead")) == 2 and not served.jobs("ready"))
                self.assertEqual(served.run("retry", "--all").returncode, 0)
                worker.until(lambda: 'runner_jobs_total{result="completed"} 3' in worker.get("/metrics")[2])
            for command, said in (("check", "all invariants hold"), ("replay", "the replay makes the same decisions")):
                done = subprocess.run([BUILD / "rehearse", command, worker.trace], capture_output=True, text=True,
                                      timeout=LONGEST, check=False)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn(said, done.stdout)

    def test_a_job_is_shown_wherever_it_is(self):
        with serving(llm=[{"job": "dead", "do": {"status": 400}}, {"job": "runs", "latency": "20s"}]) as served:
            for job in ("dead", "runs", "waits"):
                served.run("enqueue", job, *JOB)
            with served.working() as worker:
                worker.until(lambda: served.jobs("dead") and served.jobs("running"))
                shown = served.run("show", "dead", "runs", "waits", "nobody")
                runs = json.loads(served.run("show", "runs", "--json").stdout)
                worker.process.kill()
                worker.process.wait()
        self.assertEqual((shown.returncode, shown.stderr), (1, 'error: there is no job "nobody"\n'))
        for line in ("  state       failed\n", "  reason      not_retryable\n", "Request failed with status code 400",
                     "  state       running, leased for ", "  state       waiting, 0 before it\n", '"issue":1'):
            self.assertIn(line, shown.stdout)
        self.assertEqual((runs["state"], runs["runs"], runs["retry_count"], runs["journal"]), ("running", 1, 0, {}))
        self.assertEqual(json.loads(runs["payload"])["repo"], "octo/hello")

    def test_jobs_are_cancelled_and_dropped(self):
        with serving(llm=[{"job": "runs", "latency": "4s"}]) as served:
            for job in ("runs", "waits"):
                served.run("enqueue", job, *JOB)
            with served.working("--set", "jobs.lease=3s") as worker:
                worker.until(lambda: served.jobs("running"))
                early = served.run("drop", "waits")
                cancelled = served.run("cancel", "runs", "waits")
                worker.until(lambda: "Lost the lease of job runs" in worker.log.read_text())
                again = served.run("cancel", "runs", "--json")
                dropped = served.run("drop", "runs")
                gone = served.run("drop", "runs")
            left = served.run("jobs").stdout
        self.assertEqual((early.returncode, early.stderr), (1, 'error: "waits" has not ended; `runner cancel` ends it\n'))
        self.assertEqual((cancelled.returncode, cancelled.stdout), (0, "cancelled: runs\ncancelled: waits\n"))
        self.assertEqual(json.loads(again.stdout), {"command": "cancel", "id": "runs", "done": False})
        self.assertEqual((again.returncode, again.stderr), (1, 'error: "runs" has ended already\n'))
        self.assertEqual((dropped.returncode, dropped.stdout), (0, "dropped: runs\n"))
        self.assertEqual((gone.returncode, gone.stderr), (1, 'error: there is no job "runs"\n'))
        self.assertEqual(left, "0 ready\n0 delayed\n0 running\n0 dead\n")

    def test_the_dead_are_dropped_together(self):
        with serving(llm=[{"do": {"status": 400}}]) as served:
            for job in ("a", "b"):
                served.run("enqueue", job, *JOB)
            with served.working() as worker:
                worker.until(lambda: len(served.jobs("dead")) == 2)
            dropped = served.run("drop", "--dead")
            self.assertEqual((dropped.returncode, dropped.stdout), (0, "dropped: a\ndropped: b\n"))
            self.assertEqual(served.jobs("dead"), {})

    def test_the_dead_are_chosen_by_what_failed_and_when(self):
        with serving(llm=[{"job": "model", "do": {"status": 400}}],
                     github=[{"on": "comments.create", "job": "issue", "do": {"status": 404}}]) as served:
            for job in ("model", "issue"):
                served.run("enqueue", job, *JOB)
            with served.redis() as redis:
                redis.call("HSET", "job:data:bad", "payload", "nonsense")
                redis.call("RPUSH", "job:ready", "bad")
            with served.working() as worker:
                worker.until(lambda: len(served.jobs("dead")) == 3)

            def dead(*options):
                done = served.run("dead", "--json", *options)
                self.assertEqual(done.returncode, 0, done.stderr)
                return {job["id"]: job for job in map(json.loads, done.stdout.splitlines())}
            everything = dead()
            self.assertEqual({job: told.get("error_api") for job, told in everything.items()},
                             {"model": "llm.chat", "issue": "github.comments.create", "bad": None})
            self.assertEqual((everything["issue"]["error_status"], everything["model"]["error_status"]), (404, 400))
            self.assertEqual(set(dead("--api", "github")), {"issue"})
            self.assertEqual(set(dead("--reason", "malformed")), {"bad"})
            self.assertEqual(set(dead("--newer-than", "1h")), set(everything))
            self.assertEqual(set(dead("--older-than", "1h")), set())
            shown = served.run("dead", "--older-than", "1h")
            self.assertEqual(shown.stdout, "3 dead\n  none that was meant\n")
            self.assertIn("last error: github.comments.create, status 404: ", served.run("dead", "--api", "github").stdout)
            self.assertIn("last error  llm.chat, status 400: ", served.run("show", "model").stdout)
            none = served.run("retry", "--all", "--older-than", "1h")
            self.assertEqual((none.returncode, none.stdout, none.stderr), (0, "", ""))
            back = served.run("retry", "--all", "--api", "github.comments", "--newer-than", "1h")
            self.assertEqual((back.returncode, back.stdout), (0, "back in the queue: issue\n"))
            dropped = served.run("drop", "--dead", "--reason", "malformed")
            self.assertEqual((dropped.returncode, dropped.stdout), (0, "dropped: bad\n"))
            self.assertEqual((set(dead()), set(served.jobs("ready"))), ({"model"}, {"issue"}))

    def test_a_filter_that_means_nothing_is_refused(self):
        with serving() as served:
            for options in (("retry", "--api", "llm"), ("retry", "a", "--reason", "exhausted"),
                            ("dead", "--reason", "nonsense"), ("dead", "--older-than", "soon"),
                            ("dead", "--newer-than", "-5s")):
                done = served.run(*options)
                self.assertEqual((done.returncode, done.stdout), (2, ""), options)
                self.assertIn("--", done.stderr)
            self.assertIn("accepted: a duration", served.run("dead", "--older-than", "soon").stderr)

    def test_the_runners_are_shown_with_what_they_do(self):
        with serving(llm=[{"job": "runs", "latency": "20s"}]) as served:
            def runners():
                done = served.run("runners", "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                return {runner["runner"]: runner for runner in map(json.loads, done.stdout.splitlines())}
            self.assertEqual(served.run("runners").stdout, "0 runners, 0 running jobs\n")
            with served.working(name="one") as one, served.working(name="two") as two:
                two.until(lambda: sorted(told["state"] for told in runners().values()) == ["idle", "idle"])
                served.run("enqueue", "runs", *JOB)
                one.until(lambda: any(told["state"] == "running" for told in runners().values()))
                name = next(name for name, told in runners().items() if told["state"] == "running")
                self.assertEqual([job["id"] for job in runners()[name]["jobs"]], ["runs"])
                served.run("pause")
                text = served.run("runners").stdout
                self.assertTrue(text.startswith("2 runners, 1 running job; the queue is paused\n"), text)
                self.assertIn(f"  {name}  running  1 job: runs\n", text)
                for worker in (one, two):
                    worker.process.kill()
                    worker.process.wait()
            self.assertEqual({told["state"] for told in runners().values()}, {"silent", "gone"})

    def test_the_queue_is_paused_and_resumed(self):
        with serving() as served, served.working() as worker:
            worker.until(lambda: worker.get("/readyz")[0] == 200)
            first, again = served.run("pause"), served.run("pause", "--json")
            served.run("enqueue", "a", *JOB)
            time.sleep(0.5)
            self.assertEqual(list(served.jobs("ready")), ["a"])
            resumed, not_paused = served.run("resume"), served.run("resume")
            worker.until(lambda: 'runner_jobs_total{result="completed"} 1' in worker.get("/metrics")[2])
        self.assertEqual((first.returncode, first.stdout),
                         (0, "paused: no runner takes a job until `runner resume`\n"))
        self.assertEqual((again.returncode, json.loads(again.stdout)), (0, {"command": "pause", "changed": False}))
        self.assertEqual((resumed.returncode, resumed.stdout), (0, "resumed\n"))
        self.assertEqual((not_paused.returncode, not_paused.stdout), (0, "already resumed\n"))

    def test_a_redis_that_is_not_there_is_told(self):
        with serving() as served:
            served.addresses["redis"] = f"127.0.0.1:{closed_port()}"
            for arguments in (["show", "a"], ["cancel", "a"], ["drop", "a"], ["pause"], ["resume"]):
                done = served.run(*arguments, REDIS_URL=f"redis://:{PASSWORD}@{served.addresses['redis']}")
                self.assertEqual(done.returncode, 1, arguments)
                self.assertRegex(done.stderr, "^error: .*refused", arguments)
                self.assertNotIn(PASSWORD, done.stdout + done.stderr)


class Usage(unittest.TestCase):
    def test_all_that_is_wrong_is_told_at_once_and_before_the_first_job(self):
        with serving() as served:
            (served.folder / "runner.json").write_text('{"jobs": {"lease": "soon", "concurency": 3}}')
            done = served.run("work", "--config", str(served.folder / "runner.json"), "--set", "llm.timeout=-1s",
                              REDIS_URL="ftp://x", GITHUB_APP_PRIVATE_KEY="no key at all", OLLAMA_API_URL="")
        self.assertEqual(done.returncode, 2)
        for part in ("/jobs/lease", 'did you mean "concurrency"', "llm.timeout", "REDIS_URL", "GITHUB_APP_PRIVATE_KEY"):
            self.assertIn(part, done.stderr)
        self.assertNotIn("no key at all", done.stderr)

    def test_secrets_are_masked_and_origins_told(self):
        with serving() as served:
            for arguments in ([], ["--json"]):
                done = served.run("config", *arguments, REDIS_URL=f"redis://:{PASSWORD}@127.0.0.1:6379")
                self.assertEqual(done.returncode, 0, done.stderr)
                for secret in (KEY, PASSWORD, "PRIVATE KEY"):
                    self.assertNotIn(secret, done.stdout + done.stderr)
            plain = served.run("config", "--set", "llm.timeout=7s").stdout
        self.assertRegex(plain, r'llm\.timeout +"7s" +option --set llm\.timeout')
        self.assertRegex(plain, r"llm\.api_key +\S+ +environment variable OLLAMA_API_KEY")
        self.assertRegex(plain, r"llm\.max_turns +10 +default")

    def test_every_setting_has_a_variable_that_is_shown_and_read(self):
        with serving() as served:
            keys = served.run("config", "--keys")
            shown = served.run("config", "--set", "profile=fleet", REHEARSE_LLM_RETRY_ATTEMPTS="3", REHEARSE_GITHUB_TOOLS_TIMEOUT="4s",
                               REHEARSE_JOBS_RETRY_STRATEGY_DELAYS="1s,5s,30s", REHEARSE_LLM_RETRY_MAX_DELY="4s")
            wrong = served.run("work", REHEARSE_LLM_RETRY_ATTEMPTS="none")
            both = served.run("config", "--keys", "--json")
        self.assertEqual((keys.returncode, keys.stderr), (0, ""))
        self.assertRegex(keys.stdout, r"(?m)^jobs\.retry\.requeues +REHEARSE_JOBS_RETRY_REQUEUES +How often a job is put back")
        self.assertEqual(shown.returncode, 0)
        for row in (r"llm\.retry\.attempts +3 +environment variable REHEARSE_LLM_RETRY_ATTEMPTS",
                    r'github\.tools\.timeout +"4s" +environment variable REHEARSE_GITHUB_TOOLS_TIMEOUT',
                    r'jobs\.retry\.strategy\.delays +\["1s","5s","30s"\] +environment variable REHEARSE_JOBS_',
                    r"limits\.adaptive +true +profile fleet, option --set profile"):
            self.assertRegex(shown.stdout, row)
        self.assertRegex(shown.stderr, 'REHEARSE_LLM_RETRY_MAX_DELY: it sets nothing.* mean "REHEARSE_LLM_RETRY_MAX_DELAY"')
        self.assertEqual(wrong.returncode, 2)
        self.assertIn('REHEARSE_LLM_RETRY_ATTEMPTS:1: /llm/retry/attempts: found "none"', wrong.stderr)
        self.assertEqual(both.returncode, 2)

    def test_what_does_not_exist(self):
        rows = [(["wrok"], "work"), (["jobs", "--state", "nosuch"], "accepted: dead, delayed, ready, running"),
                (["jobs", "--limit", "-1"], "--limit"), (["retry"], "--all"), (["retry", "a", "--all"], "--all"),
                (["drop"], "--dead"), (["drop", "a", "--dead"], "--dead"), (["cancel"], "id"), (["show"], "id"),
                (["pause", "a"], "a"), ([], "")]
        for arguments, said in rows:
            done = subprocess.run([BUILD / "runner", *arguments], capture_output=True, text=True, timeout=LONGEST, check=False)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(said, done.stderr, arguments)

    def test_every_command_has_help(self):
        for command in ("work", "enqueue", "jobs", "dead", "show", "retry", "cancel", "drop", "pause", "resume", "config",
                        "check"):
            done = subprocess.run([BUILD / "runner", command, "--help"], capture_output=True, text=True, timeout=LONGEST,
                                  check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("--config", done.stdout)


if __name__ == "__main__":
    unittest.main()
