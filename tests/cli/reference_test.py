#!/usr/bin/env python3
"""What the programs tell of themselves: help in the terminal's width, completions and manual pages that know every option.

usage: reference_test.py BUILD_FOLDER [unittest's own arguments]
"""

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.

BUILD = Path(sys.argv.pop(1)).resolve()
SCENARIO = Path(__file__).resolve().parents[2] / "scenarios/documented/rate-limited-every-layer.json"
PROGRAMS, SHELLS = ("rehearse", "runner"), ("bash", "zsh", "fish")
MARK = b"\0the program has ended\0"


def said(program, *arguments):
    return subprocess.run([BUILD / program, *arguments], capture_output=True, text=True, timeout=60, check=True).stdout


def on_terminal(columns, program, *arguments, **environment):
    """What the program shows on a terminal of that width.

    Linux may report that nobody has the other end any more before it has delivered the last bytes. So the other end stays
    open here, and a mark that is written to it after the program's exit tells where the output ends.
    """
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    clean = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    with subprocess.Popen([BUILD / program, *arguments], stdin=end, stdout=end, stderr=end, env=clean | environment) as child:
        def mark_the_end():
            try:
                child.wait(60)
            except subprocess.TimeoutExpired:
                child.kill()
            os.write(end, MARK)
        watcher = threading.Thread(target=mark_the_end)
        watcher.start()
        shown = b""
        while not shown.endswith(MARK):
            shown += os.read(terminal, 65536)
        watcher.join()
    os.close(terminal)
    os.close(end)
    return shown.removesuffix(MARK).decode().replace("\r\n", "\n")


def commands_of(program):
    """Each command, by the help of the program, and the options by its own."""
    table = said(program, "--help").split("\nCommands:\n")[1].split("\n\n")[0]
    names = re.findall(r"^  ([a-z]+) ", table, re.MULTILINE)
    return {name: options_in(said(program, name, "--help")) for name in names}


def options_in(text):
    found = re.findall(r"^  (-.*?)(?:  |$)", text, re.MULTILINE)
    return [name for signature in found for name in re.findall(r"(?:^|, )(--?[A-Za-z-]+)", signature)]


class Help(unittest.TestCase):
    def test_is_as_wide_as_the_terminal(self):
        for columns in (40, 60, 80, 100):
            lines = on_terminal(columns, "rehearse", "explore", "--help").splitlines()
            widest = max(map(len, lines))
            self.assertLessEqual(widest, columns)
            self.assertGreater(widest, columns - 15)
        self.assertEqual(on_terminal(200, "rehearse", "--help"), on_terminal(100, "rehearse", "--help"))
        self.assertEqual(on_terminal(200, "rehearse", "--help", COLUMNS="60"), on_terminal(60, "rehearse", "--help"))
        self.assertEqual(on_terminal(200, "rehearse", "--help", COLUMNS="x"), on_terminal(200, "rehearse", "--help"))

    def test_is_80_columns_wide_where_there_is_no_terminal(self):
        for program in PROGRAMS:
            for command in ([], *([name] for name in commands_of(program))):
                text = said(program, *command, "--help")
                self.assertLessEqual(max(map(len, text.splitlines())), 80, command)
                self.assertEqual(text, said(program, "help", *command))
        self.assertEqual(said("rehearse", "--help"), on_terminal(80, "rehearse", "--help"))

    def test_names_the_version_in_both_ways(self):
        for program in PROGRAMS:
            self.assertEqual(said(program, "-V"), said(program, "--version"))


class Timelines(unittest.TestCase):
    def test_fit_80_columns_and_are_the_usual_ones_elsewhere(self):
        usual = said("rehearse", "run", SCENARIO).split("\n\n")[1]
        shown = {columns: on_terminal(columns, "rehearse", "run", SCENARIO, NO_COLOR="1").split("\n\n")[1]
                 for columns in (40, 80, 200)}
        self.assertEqual(shown[200], usual)
        for columns in (40, 80):
            self.assertLessEqual(max(map(len, shown[columns].splitlines())), columns)
        lines = shown[80].splitlines()
        self.assertEqual(lines[0], "time  runner    job      JOB > TOOL > REQUEST LEVEL")
        self.assertIn("4.5s  runner-1  abc-123    github.comments.create 1/3 failed: 429 rate_limited", lines)
        self.assertIn("  6s  runner-1  abc-123  COMPLETED", lines)
        # Every word of the usual one is there, in its order, whatever the width.
        words = [word for line in usual.splitlines()[1:] for word in line.split()]
        self.assertEqual([word for line in lines[1:] for word in line.split()], words)
        self.assertIn("runner-1  abc-123\n  0s  run 1 starts\n", shown[40])

    def test_are_coloured_on_terminals_alone(self):
        self.assertIn("\x1b[31mllm.chat 1/5 failed", on_terminal(80, "rehearse", "run", SCENARIO))
        self.assertNotIn("\x1b", on_terminal(80, "rehearse", "run", SCENARIO, NO_COLOR="1"))

    def test_of_two_traces_fit_too(self):
        with tempfile.TemporaryDirectory() as folder:
            one, other = Path(folder) / "one.jsonl", Path(folder) / "other.jsonl"
            said("rehearse", "run", "-q", "--trace", one, SCENARIO)
            other.write_text(one.read_text().replace('"status":200', '"status":500', 1))
            shown = on_terminal(80, "rehearse", "diff", one, other)
        table = shown.split("\n\n")[1]
        self.assertLessEqual(max(map(len, table.splitlines())), 80)
        self.assertRegex(table, r"--> +\d+  A  4s runner-1 abc-123  llm.chat 3/5 ok 200\n +B  4s .* ok 500\n")


class Completions(unittest.TestCase):
    def test_and_pages_know_every_command_and_option(self):
        for program in PROGRAMS:
            commands = commands_of(program)
            self.assertGreaterEqual(len(commands), 12)
            texts = {shell: said(program, "completions", shell) for shell in SHELLS}
            page = said(program, "man").replace("\\-", "-")
            for name, options in commands.items():
                self.assertIn("--help", options)
                parts = {
                    "bash": re.search(rf"^    {name}\)\n(.*?)^      ;;$", texts["bash"], re.DOTALL | re.MULTILINE)[1],
                    "zsh": re.search(rf"^        {name}\)\n(.*?)^          ;;$", texts["zsh"], re.DOTALL | re.MULTILINE)[1],
                    "fish": "\n".join(line for line in texts["fish"].splitlines()
                                      if f"__fish_seen_subcommand_from {name}'" in line),
                    "man": re.search(rf"^\.SS {program} {name} (.*?)(?=^\.SS|\Z)", page, re.DOTALL | re.MULTILINE)[1]}
                for option in options:
                    short = option.lstrip("-")
                    forms = {"bash": rf"(?<!\S|-){option}(?=[ '])|'{option} ", "zsh": rf"'\*{option}\[",
                             "fish": rf" -{'l' if option.startswith('--') else 's'} {short} ", "man": rf"\\fB{option}\\fR"}
                    for form, pattern in forms.items():
                        self.assertRegex(parts[form], pattern, f"{program} {name} {option} in {form}")

    def test_parse_in_their_shells(self):
        for program in PROGRAMS:
            for shell in SHELLS:
                if shutil.which(shell):
                    checked = subprocess.run([shell, "-n"], input=said(program, "completions", shell), capture_output=True,
                                             text=True, timeout=60, check=False)
                    self.assertEqual((checked.returncode, checked.stderr), (0, ""), f"{program} {shell}")

    def completed(self, *words, program="rehearse", folder="."):
        """What bash offers for the last word."""
        script = said(program, "completions", "bash") + (
            "\ncompopt() { :; }\nCOMP_WORDS=(\"$@\")\nCOMP_CWORD=$(($# - 1))\n"
            f"_{program}\n((${{#COMPREPLY[@]}} == 0)) || printf '%s\\n' \"${{COMPREPLY[@]}}\"\n")
        done = subprocess.run(["bash", "-c", script, "bash", program, *words], capture_output=True, text=True, timeout=60,
                              check=True, cwd=folder)
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def test_of_bash_offer_what_fits(self):
        self.assertEqual(self.completed("ru"), ["run"])
        self.assertEqual(self.completed("run", "--se"), ["--seed"])
        self.assertEqual(self.completed("run", "--format", "js"), ["json", "jsonl"])
        self.assertEqual(self.completed("run", "--format", "=", "t"), ["text"])
        self.assertEqual(self.completed("run", "--seed", ""), [])
        self.assertEqual(self.completed("help", "va"), ["validate"])
        self.assertEqual(self.completed("completions", ""), ["bash", "zsh", "fish"])
        self.assertEqual(self.completed("jobs", "--state", "d", program="runner"), ["delayed", "dead"])
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a b.json").write_text("{}")
            self.assertEqual(self.completed("run", "a", folder=folder), ["a b.json"])


class Pages(unittest.TestCase):
    @unittest.skipUnless(shutil.which("groff"), "there is no groff")
    def test_are_pages_without_a_warning(self):
        for program in PROGRAMS:
            page = said(program, "man")
            made = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-P-cbou"], input=page, capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertEqual((made.returncode, made.stderr), (0, ""))
            for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS"):
                self.assertRegex(made.stdout, rf"(?m)^{heading}$")
            self.assertRegex(made.stdout, rf"{program} +- ")


if __name__ == "__main__":
    unittest.main()
