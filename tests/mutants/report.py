"""The table of what was found, as Markdown."""

import os
from pathlib import Path

HEAD = """# What the harness catches

The harness is worth what it catches. `./dev mutants` breaks the core on purpose, one bug at a time, and looks who
notices. Each row below is one such bug; the change itself stands in [tests/mutants](../tests/mutants/table.py) under the same
name.

- **found by**: the first scenario that failed - one where an invariant was violated, with its name, before one where only
  an *expectation* was not met - and how many others did. Where no scenario, no random world and no exploration noticed, the
  test that did.
- **random worlds**: how many of the first {worlds:,} worlds of `rehearse fuzz --seed 1` violate an invariant, and which ones;
  *alone* where only one did and where, with that one left out (`--without`), nothing at all was seen. Then after how many
  worlds, and in how much time on one thread of a {cores}-core machine, the first one did. Where the first {worlds:,} show nothing
  {further} times as many are tried. Some bugs break no invariant - another number where any number is legal - and can only
  be noticed by what was expected of a run: the constants foremost, because the invariants take them from the configuration.
- **exploration**: the invariants that `rehearse explore --crashes` sees violated in two small scenarios.

The core is built as in the release preset. Before anything is broken everything must hold, so that no row is owed to a
fault that was there before.
"""

COLUMNS = ("bugs", "found", "by scenarios", "by random worlds", "by exploration", "by worlds or exploration", "by any of the three",
           "by tests alone", "by nothing")


def cell(text):
    return text.replace("|", "\\|")


def counts(trials):
    """In the order of COLUMNS: how many of the bugs each saw."""
    def number(holds):
        return sum(map(bool, map(holds, trials)))

    return [len(trials), number(lambda trial: trial.killed()), number(lambda trial: trial.scenarios),
            number(lambda trial: trial.fuzzed.noticed()), number(lambda trial: trial.explored),
            number(lambda trial: trial.searched()), number(lambda trial: trial.scenarios or trial.searched()),
            number(lambda trial: trial.tests and not trial.scenarios and not trial.searched()),
            number(lambda trial: not trial.killed())]


def table_text(groups, total, names, worlds, further):
    """`groups`: pairs of a title and trials."""
    trials = [trial for _, group in groups for trial in group]
    lines = [HEAD.format(worlds=worlds, further=further, cores=os.cpu_count())]
    if len(trials) < total:
        lines += [f"**Not complete: {len(trials)} of {total} bugs were tried.**", ""]
    lines += ["| " + " | ".join(("", *COLUMNS)) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += ["| " + " | ".join([title, *map(str, counts(group))]) + " |" for title, group in groups if group]
    for title, group in groups:
        lines += ["", f"## {title[0].upper()}{title[1:]}", "", "| bug | file | found by | random worlds | exploration |", "|---|---|---|---|---|"]
        for trial in group:
            found = trial.found() if trial.killed() else "**survives**"
            lines.append(f"| {trial.mutant.name} | {trial.mutant.file} | {cell(found)} | {cell(trial.fuzzed.text())} | {trial.explored or '-'} |")
    lines += ["", "## What each invariant alone catches", "",
              "With an invariant left out, the bugs beside it are no longer seen by any of the random worlds above. An invariant",
              "without such a bug would be idle, and `./dev mutants` fails.", "",
              "| without | these survive |", "|---|---|"]
    for name in names:
        only = [trial.mutant.name for trial in trials if trial.fuzzed.needed == name]
        lines.append(f"| `{name}` | {', '.join(only) or '-'} |")
    return "\n".join(lines) + "\n"


def write_beside_and_rename(path: Path, text):
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.replace(path)
