"""The table of what was found, as Markdown."""

import os
from pathlib import Path

HEAD = """# What the harness catches

The harness is worth what it catches. `./dev mutants` breaks the core on purpose, one bug at a time, and looks who
notices. Each row below is one such bug; the change itself stands in [table.py](../tests/mutants/table.py) under the same
name. The first rows are bugs of logic, the last ones each constant of the [retry summary](readings.md) made a little
larger or smaller.

- **found by**: the first scenario that failed - one where an invariant was violated, with its name, before one where only
  an *expectation* was not met - and how many others did. Where no scenario and no random world noticed, the unit or property
  test that did.
- **random worlds**: how many of the first {worlds:,} worlds of `rehearse fuzz --seed 1` violate an invariant, and which ones;
  *alone* where only one did and where, with that one left out (`--without`), nothing at all was seen. Then after how many
  worlds, and in how much time on one thread of a {cores}-core machine, the first one did. Where the first {worlds:,} show nothing
  {further} times as many are tried. Some bugs break no invariant - another number where any number is legal - and can only
  be noticed by what was expected of a run: the constants foremost, because the invariants take them from the configuration.

The core is built as in the release preset. Before anything is broken everything must hold, so that no row is owed to a
fault that was there before.
"""


def cell(text):
    return text.replace("|", "\\|")


def table_text(trials, total, names, worlds, further):
    by_worlds = sum(trial.fuzzed.noticed() for trial in trials)
    killed = sum(trial.killed() for trial in trials)
    lines = [HEAD.format(worlds=worlds, further=further, cores=os.cpu_count())]
    if len(trials) < total:
        lines += [f"**Not complete: {len(trials)} of {total} bugs were tried.**", ""]
    lines += [f"{killed} of {len(trials)} bugs are found, {by_worlds} of them by random worlds, which the invariants alone judge.", "",
              "| bug | file | found by | random worlds |", "|---|---|---|---|"]
    for trial in trials:
        found = trial.found() if trial.killed() else "**survives**"
        lines.append(f"| {trial.mutant.name} | {trial.mutant.file} | {cell(found)} | {cell(trial.fuzzed.text())} |")
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
