#!/usr/bin/env python3
"""The runner's tools: what `runner tools` says is what docs/tools.md says, and a real runner uses each of them.

usage: tools_test.py BUILD_FOLDER [--write-page] [unittest's own arguments]
"""

import json
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.

from served import BUILD, JOB, LONGEST, serving

PAGE = Path(__file__).resolve().parents[2] / "docs/tools.md"


def tools():
    done = subprocess.run([BUILD / "runner", "tools", "--json"], capture_output=True, text=True, timeout=LONGEST, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows():
    return [f"| `{tool['name']}` | {tool['description']} | {tool['touches']} | {tool['once']} |" for tool in tools()]


def rows_of_page():
    return [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]


def write_page():
    lines = [line for line in PAGE.read_text().splitlines() if not line.startswith("| `")]
    head = lines.index("|---|---|---|---|") + 1
    PAGE.write_text("\n".join(lines[:head] + rows() + lines[head:]) + "\n")


class Tools(unittest.TestCase):
    def test_the_page_has_them_all(self):
        self.assertEqual(rows_of_page(), rows(), "tools_test.py BUILD_FOLDER --write-page writes them anew")

    def test_text_names_each_with_its_example(self):
        text = subprocess.run([BUILD / "runner", "tools"], capture_output=True, text=True, timeout=LONGEST, check=True).stdout
        for tool in tools():
            self.assertIn(f"{tool['name']}\n", text)
            self.assertIn(tool["example"], text)
            self.assertEqual(json.loads(tool["parameters"])["type"], "object")

    def test_a_job_names_only_what_there_is(self):
        with serving() as served:
            done = served.run("enqueue", "a", *JOB, "--tools", "add_labels,nothing")
            self.assertEqual(done.returncode, 2)
            self.assertIn('found "nothing"; accepted: comment_on_issue', done.stderr)

    def test_a_real_runner_uses_each_of_them(self):
        names = [tool["name"] for tool in tools() if tool["name"] != "comment_on_issue"]
        with serving() as served:
            self.assertEqual(served.run("enqueue", "a", *JOB, "--tools", ",".join(names)).returncode, 0)
            with served.working("--set", "llm.max_turns=20") as worker:
                worker.until(lambda: worker.trace.exists() and '"event":"job.completed"' in worker.trace.read_text())
            ended = {event["tool"]: event["event"] for event in map(json.loads, worker.trace_lines())
                     if event.get("event", "").startswith("tool.") and event["event"] != "tool.started"}
        # The job has posted no comment, so that there is none to edit.
        self.assertEqual(ended, {name: "tool.succeeded" for name in names} | {"edit_comment": "tool.failed"})


if __name__ == "__main__":
    if "--write-page" in sys.argv:
        write_page()
    else:
        unittest.main()
