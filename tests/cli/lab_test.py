#!/usr/bin/env python3
"""docs/lab.md says what `rehearse lab` measures, and the command shows its progress on a terminal.

usage: lab_test.py BUILD_FOLDER [unittest's own arguments]
       lab_test.py BUILD_FOLDER --write-page   measures the tables of docs/lab.md anew: some minutes

In the page a block of code that begins with `$ build/release/rehearse lab ...` holds what that command prints.
"""

import os
import pty
import re
import shlex
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.

BUILD = Path(sys.argv.pop(1)).resolve()
PAGE = Path(__file__).resolve().parents[2] / "docs/lab.md"
BLOCK = re.compile(r"^```\n\$ build/release/rehearse (lab[^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def said(command):
    """Missed targets are a result, too: exit code 1."""
    run = subprocess.run([BUILD / "rehearse", *shlex.split(command)], capture_output=True, text=True, timeout=600)
    if run.returncode not in (0, 1):
        raise RuntimeError(f"{command}: exit code {run.returncode}: {run.stderr}")
    return run.stdout


def write_page():
    def measured(block):
        return f"```\n$ build/release/rehearse {block[1]}\n{said(block[1])}```"
    PAGE.write_text(BLOCK.sub(measured, PAGE.read_text()))


class Page(unittest.TestCase):
    """Rows are the same whichever others are measured beside them: some of each table are tried."""

    def rows_of(self, command):
        rows = [line for line in said(command).splitlines() if re.match(r" +\d+  ", line)]
        self.assertTrue(rows)
        return rows

    def test_has_the_rows_that_the_command_prints(self):
        tables = {command: text.splitlines() for command, text in BLOCK.findall(PAGE.read_text())}
        self.assertEqual(set(tables), {"lab --only fleet", "lab --only fleet --clients 1000", "lab --only jitter"})
        for command, more in (("lab --only fleet", "--clients 10 --service openai"),
                              ("lab --only fleet", "--clients 10 --service ollama"),
                              ("lab --only fleet --clients 1000", "--service ollama --strategy spread"),
                              ("lab --only jitter", "--clients 40")):
            for row in self.rows_of(f"{command} {more}"):
                self.assertIn(row, tables[command], f"{command} {more}")


class Terminal(unittest.TestCase):
    def test_shows_how_far_it_is(self):
        terminal, end = pty.openpty()
        shown = b""
        command = [BUILD / "rehearse", "lab", "--only", "fleet", "--clients", "1", "--limit", "1", "--windows", "1"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=end) as child:
            child.wait(60)
            os.close(end)
            try:
                while part := os.read(terminal, 65536):
                    shown += part
            except OSError:  # Nobody has the other end any more.
                pass
        os.close(terminal)
        self.assertIn(b"36 of 36 cells are measured", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write-page"]:
        write_page()
    else:
        unittest.main()
