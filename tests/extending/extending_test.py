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
STEP = re.compile(r"<!-- (new|insert) (\S+)(?: (before|after): ([^\n]*))? -->\n```cpp\n(.*?)```", re.DOTALL)
LONGEST_BUILD, LONGEST_RUN = 2400, 120  # Seconds.
BUILD = Path(sys.argv.pop(1)).resolve()
COPY = BUILD / "extending"


def steps(heading):
    section = PAGE.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return STEP.findall(section)


def files(heading):
    return {name for _, name, _, _, _ in steps(heading)}


def carry_out(step):
    kind, name, where, place, text = step
    path = COPY / name
    if kind == "new":
        assert not path.exists(), f"{name} is there"
        path.write_text(text)
        return
    old = path.read_text()
    assert old.count(place) == 1, f"{name} has {old.count(place)} of {place!r}, not one"
    between = "" if text.startswith(",") else "\n"
    path.write_text(old.replace(place, text + place if where == "before" else place + between + text.rstrip("\n")))


def build(*targets):
    built = subprocess.run(["cmake", "--build", "--preset", "release", "--target", *targets], cwd=COPY, check=False,
                           capture_output=True, text=True, timeout=LONGEST_BUILD)
    if built.returncode != 0:
        raise AssertionError(f"the copy cannot be built:\n{built.stdout[-5000:]}{built.stderr[-1000:]}")


def setUpModule():
    unittest.addModuleCleanup(shutil.rmtree, COPY, ignore_errors=True)
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, COPY / name)
    for heading in ("A tool", "A fault", "An event with a field", "A guard"):
        for step in steps(heading):
            carry_out(step)
    subprocess.run(["cmake", "--preset", "release"], cwd=COPY, check=True, capture_output=True, timeout=LONGEST_RUN)
    build("rehearse", "runner")


class Extended(unittest.TestCase):
    def rehearse(self, *arguments, status=0):
        done = subprocess.run([COPY / "build/release/rehearse", *arguments], capture_output=True, text=True,
                              timeout=LONGEST_RUN, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def config_keys(self):
        return subprocess.run([COPY / "build/release/runner", "config", "--keys"], capture_output=True, text=True,
                              timeout=LONGEST_RUN, check=True).stdout

    def scenario(self, **more):
        path = COPY / "extended.json"
        path.write_text(json.dumps({"title": "extended", "why": "Has one more of a kind.", "jobs": [{"id": "a"}]} | more))
        return path


class Tool(Extended):
    def scenario(self, **more):
        return super().scenario(**({"jobs": [{"id": "a", "tools": ["comment_on_code"]}]} | more))

    def test_takes_five_files_at_most(self):
        self.assertLessEqual(len(files("A tool")), 5)

    def test_does_what_it_is_for_once(self):
        lost = [{"on": "code_comments.create", "calls": "1", "do": {"reset": "after"}}]
        self.rehearse("run", self.scenario(github=lost, expect={
            "jobs": {"a": "completed"}, "effects": {"code_comments.create": 1},
            "timeline": [{"at": "0s", "event": "call.failed", "api": "github.code_comments.create"},
                         {"within": "400ms", "at": "1s", "event": "call.succeeded", "api": "github.code_comments.list"}]}))

    def test_is_refused_what_it_may_not(self):
        hostile = {"body": "b", "path": "../x", "line": 1, "commit_id": "5a"}
        self.rehearse("run", self.scenario(
            llm=[{"calls": "1", "do": {"tool": "comment_on_code", "arguments": hostile}}, {"do": {"text": "Done."}}],
            expect={"jobs": {"a": "completed"}, "effects": {"code_comments.create": 0}}))

    def test_is_explored(self):
        self.assertIn("1 code_comments.create", self.rehearse("explore", self.scenario(), "--depth", "3"))

    def test_has_settings_and_is_shown(self):
        self.assertIn("tools.comment_on_code.timeout", self.config_keys())
        shown = subprocess.run([COPY / "build/release/runner", "tools"], capture_output=True, text=True, timeout=LONGEST_RUN,
                               check=True)
        self.assertIn("comment_on_code\n", shown.stdout)


class Fault(Extended):
    PAGE = [{"on": "chat", "calls": "1", "do": {"proxy_page": 502}}]

    def test_takes_four_files(self):
        self.assertLessEqual(len(files("A fault")), 4)

    def test_is_met_and_recovered_from(self):
        self.rehearse("run", self.scenario(llm=self.PAGE, config={"llm": {"retry": {"jitter": "none"}}}, expect={
            "jobs": {"a": "completed"},
            "timeline": [{"at": "0s", "event": "call.failed", "api": "llm.chat", "status": 502, "failure": "server_error"},
                         {"at": "1s", "event": "call.succeeded", "api": "llm.chat"}]}))

    def test_is_read_with_its_errors(self):
        wrong = self.scenario(llm=[{"do": {"proxy_page": 404}}])
        done = subprocess.run([COPY / "build/release/rehearse", "validate", wrong], capture_output=True, text=True,
                              timeout=LONGEST_RUN, check=False)
        self.assertIn("do/proxy_page: found the number 404; accepted: a whole number from 500 to 599", done.stderr)

    def test_is_drawn_written_and_read_again(self):
        texts = (self.rehearse("fuzz", "--world", str(number)) for number in range(300))
        drawn = next(text for text in texts if "proxy_page" in text)
        path = COPY / f"{json.loads(drawn)['title']}.json"
        path.write_text(drawn)
        self.rehearse("run", path)
        self.rehearse("fuzz", "--seed", "1", "--runs", "2000")

    def test_is_explored(self):
        help_text = subprocess.run([BUILD / "rehearse", "explore", "--help"], capture_output=True, text=True, check=True).stdout
        outcomes = int(re.search(r"each has (\d+) outcomes", help_text)[1])
        self.assertIn(f"each has {outcomes + 1} outcomes", self.rehearse("explore", "--help"))


class EventWithAField(Extended):
    def test_takes_three_files(self):
        self.assertLessEqual(len(files("An event with a field")), 3)

    def test_can_be_expected_and_stands_in_timeline_and_trace(self):
        minted = {"at": "0s", "event": "token.minted", "runner": "runner-1", "lifetime": "55m"}
        path = self.scenario(expect={"timeline": [minted]})
        self.assertIn("token.minted lifetime=3300s", self.rehearse("run", path))
        self.assertIn('"event":"token.minted","runner":"runner-1","lifetime_ns":3300000000000',
                      self.rehearse("run", path, "--format", "json"))
        self.rehearse("run", self.scenario(expect={"timeline": [minted | {"lifetime": "54m"}]}), status=1)


class Guard(Extended):
    ON = {"quiet": {"enabled": True, "after_failure": "3s"}, "llm": {"min_interval": "0s", "retry": {"jitter": "none"}},
          "jobs": {"concurrency": 2}}

    def worlds(self, *more):
        """How all sequences of outcomes end of a scenario in which what the guard knows decides, two calls later, whether a
        token is had by the job's deadline."""
        patient = self.ON | {"quiet": {"enabled": True, "after_failure": "20s"}, "github": {"token": {"retry": {"attempts": 1}}}}
        path = self.scenario(config=patient, jobs=[{"id": "a", "deadline": "15s"}])
        told = self.rehearse("explore", path, "--depth", "3", *more)
        return re.findall(r"^ {6,}([\d,]+  .*)$", told, re.MULTILINE)

    def test_takes_three_files(self):
        self.assertLessEqual(len(files("A guard")), 3)

    def test_has_settings(self):
        self.assertIn("quiet.after_failure", self.config_keys())

    def test_holds_back(self):
        self.rehearse("run", self.scenario(
            config=self.ON, jobs=[{"id": "a"}, {"id": "b", "at": "500ms"}],
            llm=[{"on": "chat", "job": "a", "calls": "1", "do": {"status": 503}}],
            expect={"jobs": {"*": "completed"},
                    "timeline": [{"at": "0s", "event": "call.failed", "job": "a", "api": "llm.chat"},
                                 {"at": "3s", "event": "call.started", "job": "b", "api": "llm.chat"}]}))

    def test_is_merged_rightly_by_the_explorer_if_it_says_what_it_knows(self):
        self.assertEqual(self.worlds(), self.worlds("--unmerged"))
        path = COPY / "core/guards/quiet.cpp"
        told = path.read_text()
        silent = told.replace("operations_.describe_state(out, now); }", "(void)out, (void)now; }", 1)
        self.assertNotEqual(told, silent)
        try:
            path.write_text(silent)
            build("rehearse")
            self.assertNotEqual(self.worlds(), self.worlds("--unmerged"))
        finally:
            path.write_text(told)
            build("rehearse")


if __name__ == "__main__":
    unittest.main()
