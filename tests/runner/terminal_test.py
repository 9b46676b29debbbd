#!/usr/bin/env python3
"""What foreign producers, services and command lines put into runner's output is shown, and never obeyed: by no terminal, by no
CI system.

usage: terminal_test.py BUILD_FOLDER [unittest's own arguments]
"""

import json
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # The sources' folders stay clean.

from served import BUILD, JOB, LONGEST, serving

FORMATTING = "\x7f\x85\x9b2J\u061c\u200e\u202e\u2066\u2028\u2029"
HOSTILE = f"x\x1b[31m\x07{FORMATTING}\r\nRAW-LINE\n::error::pwned\n \xa0::set-output name=a::b\n##vso[x]\n##[error]pwned"
# What enqueue accepts as an id.
HOSTILE_ID = f"::error::x{FORMATTING[1:]}RAW-LINE##[error]x##vso[y]"
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|^RAW-LINE|^\\s*::|##\\w*\\[", re.M)


class Terminal(unittest.TestCase):
    def shown(self, done, code, is_json=False):
        """The output, which nobody obeys; as values where it is JSON, a line each."""
        self.assertEqual(done.returncode, code, done)
        self.assertTrue(done.stdout + done.stderr, done.args)
        for text in (done.stdout, done.stderr):
            self.assertIsNone(RAW.search(text), done)
        return [json.loads(line) for line in done.stdout.splitlines()] if is_json else done.stdout

    def test_shows_what_stands_in_redis(self):
        with serving() as served, served.redis() as redis:
            for job in (HOSTILE, HOSTILE_ID):
                redis.call("HSET", f"job:data:{job}", "payload", HOSTILE, "reason", HOSTILE, "last_error", HOSTILE,
                           f"effect:{HOSTILE}", HOSTILE)
                redis.call("RPUSH", "job:dead", job)
            redis.call("RPUSH", "job:ready", HOSTILE_ID + "-ready")
            redis.call("RPUSH", "job:ready", b"not\xffutf-8\x9b")
            redis.call("ZADD", "job:leases", "1", HOSTILE + "-runs")
            redis.call("HSET", "job:owners", HOSTILE + "-runs", HOSTILE)
            for command in ("jobs", "dead"):
                self.assertIn("x\\u001b[31m", self.shown(served.run(command), 0))
                self.assertIn(HOSTILE, [job["id"] for job in self.shown(served.run(command, "--json"), 0, is_json=True)])
            for job in (HOSTILE, HOSTILE_ID, HOSTILE + "-runs"):
                self.shown(served.run("show", job), 0)
                self.assertEqual(self.shown(served.run("show", job, "--json"), 0, is_json=True)[0]["id"], job)
            for arguments, code in ((["cancel", HOSTILE], 1), (["retry", "none" + HOSTILE], 1), (["retry", HOSTILE], 0),
                                    (["drop", HOSTILE], 1), (["drop", HOSTILE_ID, "--json"], 0), (["show", "none" + HOSTILE], 1),
                                    (["enqueue", HOSTILE_ID + "-ready", *JOB], 0), (["enqueue", HOSTILE_ID + "-ready", *JOB], 3)):
                self.shown(served.run(*arguments), code, is_json="--json" in arguments)

    def test_shows_what_stands_on_the_command_line_and_on_stdin(self):
        with serving() as served:
            (served.folder / "config.json").write_text(json.dumps({HOSTILE: HOSTILE, "llm": {"model": HOSTILE}}))
            (served.folder / "model.json").write_text(json.dumps({"llm": {"model": HOSTILE_ID}}))
            for arguments in ([HOSTILE], ["--" + HOSTILE], ["jobs", "--" + HOSTILE], ["jobs", "--limit", HOSTILE], ["help", HOSTILE],
                              ["jobs", "--state", HOSTILE], ["jobs", "--config", HOSTILE], ["jobs", "--set", HOSTILE],
                              ["jobs", "--set", f"llm.model={HOSTILE}", HOSTILE], ["enqueue", HOSTILE, *JOB],
                              ["enqueue", "a", *JOB[2:], "--repo", HOSTILE], ["jobs", "--config", "/proc/self/" + HOSTILE],
                              ["config", "--config", str(served.folder / "config.json")], ["work", "--trace", f"/nowhere/{HOSTILE}"],
                              ["jobs", "--set", f"redis.url={HOSTILE}"], ["jobs", "--set", f"llm.timeout={HOSTILE}"]):
                self.shown(served.run(*arguments), 2)
            for options in ([], ["--json"]):
                self.assertIn("u202e", self.shown(served.run("config", "--config", str(served.folder / "model.json"), *options), 0))
            lines = [HOSTILE, json.dumps({"id": HOSTILE}), json.dumps({HOSTILE: 1}), "{\x1b", json.dumps(HOSTILE)]
            self.shown(served.run("enqueue", "-", stdin="\n".join(lines) + "\n"), 2)
        done = subprocess.run([BUILD / "runner", HOSTILE, "--help"], capture_output=True, text=True, timeout=LONGEST, check=False)
        self.shown(done, 2)

    def test_shows_what_services_answer(self):
        with serving(redis=[{"on": "eval", "do": {"error": "ERR " + HOSTILE_ID}}], llm=[{"do": {"status": 401, "body": HOSTILE}}]) as served:
            self.assertIn("FAILED", self.shown(served.run("check"), 1))
            self.shown(served.run("jobs"), 1)
            self.shown(served.run("enqueue", "a", *JOB), 1)

    def test_logs_what_jobs_are_called_and_models_say(self):
        for options in ([], ["--set", "runner.log=json"]):
            with serving(llm=[{"calls": "1", "do": {"status": 400, "body": HOSTILE}}, {"do": {"text": HOSTILE}}]) as served:
                served.run("enqueue", HOSTILE_ID, *JOB)
                served.run("enqueue", HOSTILE_ID + "2", *JOB)
                with served.working(*options) as worker:
                    worker.until(lambda: worker.trace.exists() and all(
                        f'"event":"{event}"' in worker.trace.read_text() for event in ("job.failed", "job.completed")))
                log = worker.log.read_text()
                self.assertIn("error::x", log)
                self.assertIsNone(RAW.search(log), log)
                if options:
                    self.assertIn(HOSTILE_ID, {json.loads(line).get("job") for line in log.splitlines()})


if __name__ == "__main__":
    unittest.main()
