#!/usr/bin/env python3
"""The table of bugs is not rotten, and a rotten one is noticed."""

import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.

import table

PROGRAM = Path(__file__).resolve().parent / "mutants.py"
SOURCE = "int attempts = 5;\nint limit = 60;\nbool owned = true;\n"
FILES = {"one.cpp": SOURCE, "other.cpp": "return owned;\n"}


def patched(old, new, *also):
    return table.patched(table.Mutant("bug", "one.cpp", old, new, also), FILES.__getitem__)


class PatchedTest(unittest.TestCase):
    def test_every_change_is_made_and_nothing_else(self):
        texts = patched("attempts = 5", "attempts = 6", ("one.cpp", "true", "false"), ("other.cpp", "owned", "true"))
        self.assertEqual(texts, {"one.cpp": "int attempts = 6;\nint limit = 60;\nbool owned = false;\n",
                                 "other.cpp": "return true;\n"})

    def test_a_text_that_is_not_there_once_is_rotten(self):
        for old, times in (("attempts = 7", 0), ("int", 2)):
            with self.subTest(old), self.assertRaisesRegex(table.Rotten, f"^bug: its text stands {times} times in one.cpp"):
                patched(old, "")
        with self.assertRaisesRegex(table.Rotten, "stands 0 times in other.cpp"):
            patched("true", "false", ("other.cpp", "lost", ""))


class SwitchesTest(unittest.TestCase):
    def test_all_stand_side_by_side(self):
        switches = [table.Switch("four", "one.cpp", "attempts = ", "5", "4"),
                    table.Switch("limit", "one.cpp", "limit = ", "60", "61"),
                    table.Switch("six", "one.cpp", "attempts = ", "5", "6")]
        self.assertEqual(table.with_switches(switches, SOURCE),
                         'int attempts = (core::mutated("four") ? 4 : core::mutated("six") ? 6 : 5);\n'
                         'int limit = (core::mutated("limit") ? 61 : 60);\nbool owned = true;\n')

    def test_an_expression_that_is_not_there_is_rotten(self):
        with self.assertRaisesRegex(table.Rotten, "^four: its text stands 0 times"):
            table.with_switches([table.Switch("four", "one.cpp", "attempts = ", "6", "4")], SOURCE)


class TableTest(unittest.TestCase):
    def test_it_fits_the_core_as_it_is_and_the_document(self):
        checked = subprocess.run([sys.executable, PROGRAM, "--check"], capture_output=True, text=True, check=False)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
