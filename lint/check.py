#!/usr/bin/env python3
"""Checks the repository against the project's own rules; needs nothing but Python's standard library.

Every finding is a line `path:line: check: the rule. Instead: what to write.` The exit code is 0 when all holds (warnings
included), 1 with findings, 2 when the checks themselves could not run.
"""

import argparse
import ast
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

import structure  # noqa: E402
from pattern_rules import INCLUDE_RULES, RULES, TEXT_RULES, find  # noqa: E402
from source import Source, blank_json_comments  # noqa: E402

CPP = (".h", ".cpp")
TEXT = CPP + (".c", ".py", ".sh", ".cmake", ".txt", ".json", ".lua", ".md", ".yml", ".yaml", ".toml", ".js", ".css", ".html")
# Bad on purpose: what the checks are tested on.
FIXTURES = ("tests/lint/bad/", "tests/lint/good/")
MAX_FILE_LINES, MAX_HEADER_LINES, MAX_FUNCTION_LINES = 500, 150, 70

FAKES_SEE = ("core/api/", "core/time/", "core/random/", "core/http/", "core/redis/", "core/json/", "core/text/", "core/state.h")
REPORTS_SEE = ("core/api/", "core/events/", "core/retry/", "core/time/", "core/random/", "core/json/", "core/text/", "core/state.h")
# What a job is about: the worker and the queue know jobs by their ids, leases and counts alone.
ABOVE_THE_WORKER = ("core/production/", "core/agent/", "core/tools/", "core/llm/", "core/github/")
# Layer, what it may include, and what of that it may not. The first row whose folder holds the file counts.
LAYERS = (
    ("core/production/", ("core/",), ()),
    ("core/queue/", ("core/",), ABOVE_THE_WORKER + ("core/jobs/", "core/worker/")),
    ("core/jobs/", ("core/",), ABOVE_THE_WORKER + ("core/worker/",)),
    ("core/worker/", ("core/",), ABOVE_THE_WORKER),
    ("core/", ("core/",), ("core/production/",)),
    ("fakes/wire/", FAKES_SEE + ("core/production/resp/", "fakes/"), ()),
    ("fakes/", FAKES_SEE + ("fakes/",), ("fakes/wire/",)),
    ("sim/", ("core/", "fakes/", "sim/"), ("core/production/", "fakes/wire/")),
    ("reports/", REPORTS_SEE + ("reports/",), ()),
    ("cli/", ("cli/", "core/json/", "core/text/", "core/state.h"), ()),
    ("runner/", ("core/", "reports/", "cli/", "runner/"), ()),
)

# Layers whose files are compiled several as one by some presets, and the folders whose files are left out of that.
UNITED = ("core/", "fakes/", "sim/", "reports/", "cli/", "runner/", "rehearse/")
ALONE = ("fakes/redis/commands/", "fakes/redis/lua/")

# The checks that are code rather than a pattern: name, rule, what to do instead.
OTHER_RULES = {
    "include-layer": ("A layer includes only the layers below it.", "a seam, or the folder where the code belongs"),
    "coroutine-lambda": (
        "The captures of a coroutine lambda die with the lambda, while the coroutine goes on.",
        "a coroutine function that takes its state as parameters",
    ),
    "await-in-catch": ("gcc 12 miscompiles co_await within a catch block.", "note the error, and await after the block"),
    "name-clash": (
        "Some presets compile several files of a layer as one: what is local to a file has a name of its own in the layer.",
        "one definition in a header, or a name that says which of the two it is",
    ),
    "file-length": (f"A file has at most {MAX_FILE_LINES} lines.", "two files, each with one purpose"),
    "function-length": (
        f"A function has at most {MAX_FUNCTION_LINES} lines, rows of tables and raw strings not counted.",
        "functions that each have a name",
    ),
    "header-length": (f"Headers aim at {MAX_HEADER_LINES} lines.", "a smaller interface (this is a warning)"),
    "pragma-once": ("A header has #pragma once.", "#pragma once after the opening comment"),
    "header-comment": ("A header opens with a comment: what it is, what it guarantees, who owns what.", "that comment"),
    "final-newline": ("A file ends with one newline.", "exactly one newline at the end"),
    "json": ("JSON files parse, and give each key once.", "valid JSON"),
    "shell": ("Shell scripts parse.", "a script that `bash -n` accepts"),
    "python": ("Python scripts parse.", "a script that python3 accepts"),
    "allow-comment": (
        "`// lint-allow(check): reason` and `// lint-allow-file(check): reason` name a check that fires, and a reason.",
        "no such comment",
    ),
}
WARNINGS = ("header-length",)
LAYOUT = ("tab", "trailing-space")
DESCRIPTIONS = {r.name: (r.rule, r.use) for r in RULES + INCLUDE_RULES + TEXT_RULES} | OTHER_RULES
ALLOW = re.compile(r"//.*\blint-allow\(([\w-]+)\): \w")
ALLOW_IN_FILE = re.compile(r"//.*\blint-allow-file\(([\w-]+)\): \w")


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    check: str
    detail: str = ""

    def __str__(self):
        rule, use = DESCRIPTIONS[self.check]
        kind = "warning: " if self.check in WARNINGS else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.path}:{self.line}: {kind}{self.check}: {rule}{detail} Instead: {use}."


def files_of(root):
    """Tracked and new files that git does not ignore; without git, all files but those of the build."""
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = []
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in ("build", ".git", ".cache")]
            listed += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted({path for path in listed if path and (root / path).is_file() and not (root / path).is_symlink()})


def check_layers(path, source):
    for folder, sees, hidden in LAYERS:
        if path.startswith(folder):
            for line, quote, name in source.includes:
                if quote == '"' and (not name.startswith(sees) or name.startswith(hidden)):
                    if "../" not in name:  # parent-include says so already.
                        yield Finding(path, line, "include-layer", f"{folder[:-1]} may not see {name}")
            return


def check_header(path, source):
    if not re.search(r"^#pragma once\b", source.code, re.MULTILINE):
        yield Finding(path, 1, "pragma-once")
    if not source.text.startswith(("//", "/*")):
        yield Finding(path, 1, "header-comment")
    if len(source.lines) - 1 > MAX_HEADER_LINES:
        yield Finding(path, MAX_HEADER_LINES + 1, "header-length", f"{len(source.lines) - 1} lines")


def check_structure(path, source):
    for start, end in structure.functions(source.flat):
        steps = set(range(source.line_at(start), source.line_at(end) + 1)) - source.raw_lines
        for table, table_end in structure.tables(source.flat, start, end):
            steps -= set(range(source.line_at(table), source.line_at(table_end)))
        if len(steps) > MAX_FUNCTION_LINES:
            yield Finding(path, source.line_at(start), "function-length", f"{len(steps)} lines")
    for position in structure.coroutine_lambdas_with_captures(source.flat):
        yield Finding(path, source.line_at(position), "coroutine-lambda")
    for position in structure.awaits_in_catch(source.flat):
        yield Finding(path, source.line_at(position), "await-in-catch")


def lift_allowed(source, findings, waivers):
    """Takes out what comments allow (on the line, filling the line above, or for the file), and finds idle comments."""
    whole_file = {match.group(1): n for n, text in enumerate(source.lines, 1) if (match := ALLOW_IN_FILE.search(text))}
    used = set()
    for finding in findings:
        if finding.check in whole_file:
            used.add(whole_file[finding.check])
            continue
        lifted = False
        for line in (finding.line, finding.line - 1):
            text = source.lines[line - 1] if line >= 1 else ""
            if line != finding.line and not text.lstrip().startswith("//"):
                continue
            allowed = ALLOW.search(text)
            if allowed and allowed.group(1) == finding.check:
                used.add(line)
                lifted = True
            waiver = waivers.get(finding.check)
            lifted = lifted or bool(waiver and re.search(waiver, text))
        if not lifted:
            yield finding
    for number, text in enumerate(source.lines, 1):
        if re.search(r"//.*\blint-allow\b", text) and number not in used:
            yield Finding(source.path, number, "allow-comment")


def check_cpp(path, text):
    source = Source(path, text)
    findings, waivers = [], {}
    for rule in RULES:
        if rule.applies_to(path):
            findings += [Finding(path, source.line_at(at), rule.name) for at in find(rule, source.code)]
            waivers[rule.name] = rule.waiver
    for rule in INCLUDE_RULES:
        if rule.applies_to(path):
            for line, quote, name in source.includes:
                if find(rule, name if quote == '"' else f"<{name}>"):
                    findings.append(Finding(path, line, rule.name, name))
    findings += check_layers(path, source)
    findings += check_structure(path, source)
    if path.endswith(".h"):
        findings += check_header(path, source)
    return list(lift_allowed(source, findings, waivers))


def key_given_once(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"key {key!r} given twice")
    return dict(pairs)


def check_json(path, text):
    if path.startswith(("scenarios/", "tests/")):  # The scenario format has comments.
        text = blank_json_comments(text)
    try:
        json.loads(text, object_pairs_hook=key_given_once)
    except ValueError as error:
        yield Finding(path, getattr(error, "lineno", 1), "json", str(error))


def check_name_clashes(root, paths):
    """Of each name that is local to several files of a layer, all but the first."""
    first = {}
    for path in paths:
        if not path.endswith(".cpp") or not path.startswith(UNITED) or path.startswith(ALONE):
            continue
        source = Source(path, (root / path).read_text(errors="replace"))
        for at, name in structure.local_names(source.flat):
            other = first.setdefault((path.split("/")[0], name), path)
            if other != path:
                yield Finding(path, source.line_at(at), "name-clash", f"{name} is in {other}, too")


def check_script(path, full_path, text):
    first = text.split("\n", 1)[0]
    if path.endswith(".py") or (first.startswith("#!") and "python" in first):
        try:
            ast.parse(text)
        except SyntaxError as error:
            yield Finding(path, error.lineno or 1, "python", error.msg)
    elif path.endswith(".sh") or re.match(r"#!.*\b(?:ba)?sh\b", first):
        result = subprocess.run(["bash", "-n", full_path], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            line = re.search(r"line (\d+)", result.stderr)
            yield Finding(path, int(line.group(1)) if line else 1, "shell", result.stderr.strip().split("\n")[0])


def check_text(path, text):
    data = Source(path, text).raw_lines if path.endswith(CPP) else ()
    for rule in TEXT_RULES:
        for at in find(rule, text) if rule.applies_to(path) else ():
            line = text.count("\n", 0, at) + 1
            if line not in data or rule.name not in LAYOUT:
                yield Finding(path, line, rule.name)
    lines = text.count("\n")
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        yield Finding(path, max(1, len(text.rstrip("\n").split("\n"))), "final-newline")
    if lines > MAX_FILE_LINES and path.endswith(CPP + (".py", ".sh", ".lua")):
        yield Finding(path, MAX_FILE_LINES + 1, "file-length", f"{lines} lines")


def check_file(root, path):
    full_path = root / path
    data = full_path.read_bytes()
    script = data.startswith(b"#!")
    if b"\0" in data or not (path.endswith(TEXT) or script):
        return []
    if "invalid" in Path(path).parts:  # Files that a reader must refuse.
        return []
    text = data.decode(errors="replace")
    findings = list(check_text(path, text))
    if path.endswith(CPP):
        findings += check_cpp(path, text)
    elif path.endswith(".json"):
        findings += check_json(path, text)
    findings += check_script(path, full_path, text)
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent, help="the folder to check")
    parser.add_argument("--rules", action="store_true", help="print every check with its rule, and check nothing")
    parser.add_argument("--cpp-files", action="store_true", help="print the C++ files, and check nothing")
    arguments = parser.parse_args()
    if arguments.rules:
        for name, (rule, use) in sorted(DESCRIPTIONS.items()):
            print(f"{name}: {rule} Instead: {use}.")
        return 0
    root = arguments.root.resolve()
    if not root.is_dir():
        parser.error(f"{root} is not a folder")
    paths = [path for path in files_of(root) if not path.startswith(FIXTURES)]
    if arguments.cpp_files:
        print("\n".join(path for path in paths if path.endswith(CPP)))
        return 0
    findings = sorted(
        [finding for path in paths for finding in check_file(root, path)] + list(check_name_clashes(root, paths))
    )
    for finding in findings:
        print(finding)
    errors = sum(finding.check not in WARNINGS for finding in findings)
    warnings = len(findings) - errors
    print(f"{len(paths)} files, {len(DESCRIPTIONS)} checks: {errors} findings, {warnings} warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
