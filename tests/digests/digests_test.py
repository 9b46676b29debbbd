#!/usr/bin/env python3
"""tests/digests.sh, run on programs that print what a case wants."""

import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "digests.sh"
SAME = 'echo "digest: $(cksum <"$5" | tr -dc 0-9a-f)"'
# What the other program does, and what must be said of it; nothing means that the two agree.
CASES = (
    ("agrees", SAME, None),
    ("differs in one scenario", f'case $5 in *two.json) echo "digest: 0";; *) {SAME};; esac', "two.json differs"),
    ("prints two digests", f"{SAME}; {SAME}", ".json differs"),
    ("prints no digest", "echo done", "printed no digest"),
    ("fails", f"{SAME}; exit 3", "ended with status 3"),
)


class DigestsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.scenarios = self.folder / "scenarios"
        (self.scenarios / "deep").mkdir(parents=True)
        (self.scenarios / "one.json").write_text('{"title": "one"}')
        (self.scenarios / "deep" / "two.json").write_text('{"title": "two"}')

    def program(self, name, body):
        path = self.folder / name
        path.write_text(f'#!/bin/bash\n[[ "$1 $2 $3 $4" == "run --quiet --format text" ]] || exit 9\n{body}\n')
        path.chmod(0o755)
        return path

    def compare(self, *programs, scenarios=None):
        command = ["bash", SCRIPT, "--scenarios", scenarios or self.scenarios, *programs]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_cases(self):
        reference = self.program("reference", SAME)
        for name, body, complaint in CASES:
            with self.subTest(name):
                result = self.compare(reference, self.program("other", body))
                self.assertEqual(result.returncode, 1 if complaint else 0, result.stderr)
                self.assertIn(complaint or "agrees with", result.stderr if complaint else result.stdout)

    def test_every_program_is_compared(self):
        reference, bad = self.program("reference", SAME), self.program("bad", "echo digest: 0")
        result = self.compare(reference, bad, reference)
        self.assertEqual(result.returncode, 1)
        self.assertIn("agrees with", result.stdout)
        self.assertIn("on 2 of 2 scenarios", result.stdout)

    def test_random_worlds(self):
        body = '[[ $1 == fuzz ]] && { echo "digest: %s"; exit; }\n'
        for other, status in (("1", 0), ("2", 1)):
            reference, program = self.folder / "reference", self.folder / "other"
            for path, digest in ((reference, "1"), (program, other)):
                path.write_text(f"#!/bin/bash\n{body % digest}{SAME}\n")
                path.chmod(0o755)
            command = ["bash", SCRIPT, "--scenarios", self.scenarios, "--worlds", "5", reference, program]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual(result.returncode, status, result.stderr)
            self.assertIn("5 random worlds", result.stdout + result.stderr)
            # Every world differs, so the first is the one whose traces are compared.
            self.assertEqual("fuzz-1-0.json" in result.stderr, status == 1, result.stderr)

    def test_a_reference_that_fails_is_a_failure(self):
        self.assertEqual(self.compare(self.program("bad", "exit 1"), self.program("good", SAME)).returncode, 1)

    def test_no_scenarios_is_a_failure(self):
        empty = self.folder / "empty"
        empty.mkdir()
        reference = self.program("reference", SAME)
        self.assertEqual(self.compare(reference, reference, scenarios=empty).returncode, 1)

    def test_a_folder_that_is_not_there_is_a_failure(self):
        reference = self.program("reference", SAME)
        result = self.compare("--scenarios", self.folder / "gone", reference, reference)
        self.assertEqual(result.returncode, 1)
        self.assertIn("gone", result.stderr)

    def test_one_program_alone_is_bad_usage(self):
        self.assertEqual(self.compare(self.program("reference", SAME)).returncode, 2)


if __name__ == "__main__":
    unittest.main()
