#!/usr/bin/env python3
"""What docs/extending.md says works: its steps are carried out in a scratch copy, which is built and tried.

usage: extending_test.py BUILD_FOLDER [unittest's own arguments]

The copy is BUILD_FOLDER/extending; it is built with the compiler and the cache of the tree itself.
"""

import json
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/extending.md"
STEP = re.compile(r"<!-- (new|insert) (\S+)(?: before: ([^\n]*))? -->\n```cpp\n(.*?)```", re.DOTALL)
LONGEST_BUILD, LONGEST_RUN = 2400, 120  # Seconds.
BUILD = Path(sys.argv.pop(1)).resolve()


def steps(heading):
    section = PAGE.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return STEP.findall(section)


def carry_out(copy, step):
    kind, name, before, text = step
    path = copy / name
    if kind == "new":
        assert not path.exists(), f"{name} is there"
        path.write_text(text)
        return
    old = path.read_text()
    assert old.count(before) == 1, f"{name} has {old.count(before)} of {before!r}, not one"
    path.write_text(old.replace(before, text + before))


class Tool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.copy = BUILD / "extending"
        shutil.rmtree(cls.copy, ignore_errors=True)
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        for name in listed.decode().split("\0"):
            if name and (ROOT / name).is_file():
                (cls.copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, cls.copy / name)
        cls.steps = steps("A tool")
        for step in cls.steps:
            carry_out(cls.copy, step)
        subprocess.run(["cmake", "--preset", "release"], cwd=cls.copy, check=True, capture_output=True, timeout=LONGEST_RUN)
        subprocess.run(["cmake", "--build", "--preset", "release", "--target", "rehearse", "runner"], cwd=cls.copy, check=True,
                       stdout=subprocess.DEVNULL, timeout=LONGEST_BUILD)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.copy, ignore_errors=True)

    def rehearse(self, *arguments):
        return subprocess.run([self.copy / "build/release/rehearse", *arguments], capture_output=True, text=True,
                              timeout=LONGEST_RUN, check=False)

    def scenario(self, **more):
        path = self.copy / "extended.json"
        path.write_text(json.dumps({"title": "extended", "why": "Has one more tool.",
                                    "jobs": [{"id": "a", "tools": ["comment_on_code"]}]} | more))
        return path

    def test_takes_five_files_at_most(self):
        self.assertLessEqual(len({name for _, name, _, _ in self.steps} | {"docs/tools.md"}), 5)

    def test_does_what_it_is_for_once(self):
        lost = [{"on": "code_comments.create", "calls": "1", "do": {"reset": "after"}}]
        done = self.rehearse("run", self.scenario(github=lost, expect={
            "jobs": {"a": "completed"}, "effects": {"code_comments.create": 1},
            "timeline": [{"at": "0s", "event": "call.failed", "api": "github.code_comments.create"},
                         {"within": "400ms", "at": "1s", "event": "call.succeeded", "api": "github.code_comments.list"}]}))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_is_refused_what_it_may_not(self):
        hostile = {"body": "b", "path": "../x", "line": 1, "commit_id": "5a"}
        done = self.rehearse("run", self.scenario(
            llm=[{"calls": "1", "do": {"tool": "comment_on_code", "arguments": hostile}}, {"do": {"text": "Done."}}],
            expect={"jobs": {"a": "completed"}, "effects": {"code_comments.create": 0}}))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_is_explored_and_drawn_by_random_worlds(self):
        done = self.rehearse("explore", self.scenario(), "--depth", "3")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("1 code_comments.create", done.stdout)
        done = self.rehearse("fuzz", "--seed", "1", "--runs", "2000")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_has_settings_and_is_shown(self):
        runner = self.copy / "build/release/runner"
        keys = subprocess.run([runner, "config", "--keys"], capture_output=True, text=True, timeout=LONGEST_RUN, check=True)
        self.assertIn("tools.comment_on_code.timeout", keys.stdout)
        shown = subprocess.run([runner, "tools"], capture_output=True, text=True, timeout=LONGEST_RUN, check=True)
        self.assertIn("comment_on_code\n", shown.stdout)


if __name__ == "__main__":
    unittest.main()
