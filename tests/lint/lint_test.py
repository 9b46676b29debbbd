#!/usr/bin/env python3
"""Every check of lint/ fires on its bad files, exactly where they say so, and nowhere else.

tests/lint/bad/<check>/ and tests/lint/good/ are small repositories of their own. A line that a check must find ends in
`expect: <check>`. Files that would be large, or that hold words which this repository must not, are written here.
"""

import re
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
CHECK = HERE.parent.parent / "lint" / "check.py"
FINDING = re.compile(r"^(?P<path>[^:]+):(?P<line>\d+): (?:warning: )?(?P<check>[\w-]+): ")


def lint(root):
    result = subprocess.run([sys.executable, CHECK, "--root", root], capture_output=True, text=True, check=False)
    matches = [FINDING.match(line) for line in result.stdout.splitlines()]
    found = Counter((m["path"], int(m["line"]), m["check"]) for m in matches if m)
    return result, found


def expected_in(root):
    expected = Counter()
    for path in root.rglob("*"):
        if path.is_file():
            for number, line in enumerate(path.read_text().splitlines(), 1):
                for check in re.findall(r"expect: ([\w-]+)", line):
                    expected[(str(path.relative_to(root)), number, check)] += 1
    return expected


def function_of(lines):
    return "void f(int a) {\n" + "  a = 1;\n" * (lines - 2) + "}\n"


# Check, path, text, line of the finding.
WRITTEN = (
    ("unfinished-word", "core/a.cpp", "// TO" "DO: later\n", 1),
    ("unfinished-word", "tests/a.sh", "\n# FIX" "ME\n", 2),
    ("machine-path", "cmake/a.cmake", 'set(x "/wor' 'k/x")\n', 1),
    ("machine-path", "a.txt", "see /hom" "e/someone\n", 1),
    ("tab", "core/a.cpp", "int a;\n\tint b;\n", 2),
    ("trailing-space", "a.txt", "one\ntwo \nthree\n", 2),
    ("trailing-space", "a.txt", "one\r\n", 1),
    ("file-length", "sim/a.cpp", "int a;\n" * 501, 501),
    ("header-length", "sim/a.h", "// About.\n#pragma once\n" + "int f();\n" * 149, 151),
    ("function-length", "sim/a.cpp", "namespace sim {\n" + function_of(71) + "}\n", 2),
    ("function-length", "sim/a.cpp", "struct A {\n public:\n  int b{1};\n" + function_of(71) + "};\n", 4),
    ("function-length", "sim/a.cpp", "A::A(int x)\n    : a_{x},\n      b_(1) {\n" + "  f();\n" * 67 + "}\n", 1),
    ("function-length", "sim/a.cpp", "template <class T = B<int>>\nauto f(T x = {}) -> T {\n" + "  f();\n" * 68 + "}\n", 1),
    ("function-length", "sim/a.cpp", "void f() {\n  Row rows[] = {\n      {1},\n  };\n" + "  f();\n" * 68 + "}\n", 1),
    ("trailing-space", "tests/a.cpp", 'auto a = R"(\n \n)"; \n', 3),
    ("function-length", "tests/unit/a_test.cpp", "TEST(A, b) {\n" + "  f();\n" * 69 + "}\n", 1),
)
# What must not be found, though it is close.
SILENT = (
    ("sim/a.cpp", "namespace sim {\n" + function_of(70) + function_of(70) + "}\n"),
    ("sim/a.cpp", "struct A {\n" + "  int f() { return 1; }\n" * 80 + "};\n"),
    ("sim/a.cpp", "constexpr Row kTable[] = {\n" + "    {1, f(2)},\n" * 80 + "};\n"),
    ("sim/a.cpp", "Row row{\n" + "    {1, f(2)},\n" * 80 + "};\n"),
    ("sim/a.cpp", "int a;\n" * 500),
    ("tests/a.cpp", "TEST(A, b) {\n  const Row rows[] = {\n" + "      {1, f(2)},\n" * 80 + "  };\n}\n"),
    ("tests/a.cpp", 'TEST(A, b) {\n  check(R"(\n' + "set a 1 \n\tget a\n" * 40 + ')");\n}\n'),
    ("scenarios/invalid/a.json", "{\n\t"),
    ("tests/data/a.json", "// What it is for.\n{}\n"),
    ("sim/a.h", "// About.\n#pragma once\n" + "int f();\n" * 148),
    ("a.json", '{"a": {"x": 1}, "b": {"x": 1}}\n'),
)


class LintTest(unittest.TestCase):
    maxDiff = None

    def test_every_check_fires_on_its_bad_files_and_nowhere_else(self):
        for folder in sorted((HERE / "bad").iterdir()):
            with self.subTest(folder.name):
                result, found = lint(folder)
                expected = expected_in(folder)
                self.assertIn(folder.name, {check for _, _, check in expected})
                self.assertEqual(found, expected)
                self.assertEqual(result.returncode, 1)

    def test_written_files(self):
        for check, path, text, line in WRITTEN:
            with self.subTest(f"{check} {path}"), tempfile.TemporaryDirectory() as folder:
                target = Path(folder) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(text.encode())
                result, found = lint(folder)
                self.assertEqual(found, Counter({(path, line, check): 1}))
                self.assertEqual(result.returncode, 0 if check == "header-length" else 1)

    def test_files_that_are_close_to_bad_pass(self):
        for path, text in SILENT:
            with self.subTest(path), tempfile.TemporaryDirectory() as folder:
                target = Path(folder) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
                result, found = lint(folder)
                self.assertEqual(found, Counter())
                self.assertEqual(result.returncode, 0)

    def test_good_files_pass(self):
        result, found = lint(HERE / "good")
        self.assertEqual(found, Counter())
        self.assertEqual(result.returncode, 0)
        self.assertNotIn("\n0 files", "\n" + result.stdout)

    def test_every_check_has_a_bad_file(self):
        listed = subprocess.run([sys.executable, CHECK, "--rules"], capture_output=True, text=True, check=True).stdout
        checks = {line.split(":")[0] for line in listed.splitlines()}
        shown = {folder.name for folder in (HERE / "bad").iterdir()} | {check for check, *_ in WRITTEN}
        self.assertEqual(checks, shown)

    def test_a_folder_that_does_not_exist_is_an_error(self):
        result, _ = lint(HERE / "nowhere")
        self.assertEqual(result.returncode, 2)


if __name__ == "__main__":
    unittest.main()
