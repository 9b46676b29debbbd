#!/usr/bin/env python3
"""--watch: a look at the queue that is taken again and again, until it is ended.

usage: watch_test.py BUILD_FOLDER [unittest's own arguments]
"""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True  # The sources' folders stay clean.

from real_redis import RealRedis
from served import BUILD, JOB, LONGEST, serving


class Watch(unittest.TestCase):
    def setUp(self):
        self.served = self.enterContext(serving())
        self.redis = self.enterContext(RealRedis())
        self.served.environment["REDIS_URL"] = self.redis.url()

    def watching(self, *arguments, **streams):
        process = subprocess.Popen([BUILD / "runner", *arguments], env=self.served.environment, text=True,
                                   **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams)

        def end():
            process.kill()
            process.communicate()
        self.addCleanup(end)
        return process

    def ended(self, process, sent):
        process.send_signal(sent)
        rest, told = process.communicate(timeout=LONGEST)
        self.assertEqual(process.returncode, 0, told)
        return rest, told

    def test_looks_again_and_ends_well_at_a_signal(self):
        for command in (["jobs"], ["dead"], ["runners"], ["show", "a"]):
            self.served.run("enqueue", "a", *JOB)
            for sent in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(command=command, sent=sent):
                    process = self.watching(*command, "--watch", "1")
                    lines = [process.stdout.readline()]
                    while sum(line.startswith("--- ") for line in lines) < 2:
                        lines.append(process.stdout.readline())
                    self.assertRegex(lines[0], r"^--- \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, every 1s\n$")
                    self.assertEqual(self.ended(process, sent)[1], "")
                    self.assertNotIn("\x1b", "".join(lines))

    def test_shows_what_has_changed_and_survives_a_redis_that_is_away(self):
        process = self.watching("jobs", "--watch", "1", "--json")
        self.served.run("enqueue", "a", *JOB)
        self.assertEqual(json.loads(process.stdout.readline())["id"], "a")
        self.redis.stop()
        self.assertRegex(process.stderr.readline(), "^error: the queue cannot be read: cannot connect to .*")
        self.redis.start()
        self.served.run("enqueue", "b", *JOB)
        while json.loads(process.stdout.readline())["id"] != "b":
            continue
        rest, told = self.ended(process, signal.SIGTERM)
        for line in rest.splitlines():
            json.loads(line)
        self.assertRegex(told, "^(error: the queue cannot be read: .*\n)*$")

    def test_is_quiet_when_the_reader_leaves(self):
        process = self.watching("jobs", "--watch", "1")
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(LONGEST), -signal.SIGPIPE)
        self.assertEqual(process.stderr.read(), "")

    def test_begins_at_the_top_of_a_terminal_each_time(self):
        ours, theirs = pty.openpty()
        process = self.watching("jobs", "--watch", stdout=theirs)
        os.close(theirs)
        shown, end = b"", time.monotonic() + LONGEST
        while shown.count(b"\x1b[H\x1b[J--- ") < 2 and time.monotonic() < end:
            if select.select([ours], [], [], 1)[0]:
                shown += os.read(ours, 4096)
        os.close(ours)
        self.assertEqual(shown.count(b"\x1b[H\x1b[J--- "), 2, shown)
        self.assertIn(b", every 2s", shown)
        process.kill()

    def test_refuses_other_intervals(self):
        for value in ("0", "-1", "3601", "1.5", "1s", "x", "99999999999999999999", " 1"):
            done = self.served.run("jobs", f"--watch={value}")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertRegex(done.stderr, f"^error: .*--watch: found \"{re.escape(value)}\"; accepted: whole seconds from 1 to 3600")
        done = self.served.run("pause", "--watch")
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
