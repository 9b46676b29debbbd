"""What earlier campaigns found, kept under build/mutants for `--continue`."""

import hashlib
import json

import report
from scratch import ROOT, SCRATCH, git_files
from trial import Fuzzed, Trial

FILE = SCRATCH / "results.json"
# What is broken, and what it runs in. Scenarios and tests may have been added since: what was found stays found.
JUDGED = ("core/", "fakes/", "sim/", "rehearse/", "reports/", "cmake/")
NOT_JUDGED = ("core/production/", "fakes/wire/")


def key_of_core():
    digest = hashlib.sha256()
    for name in git_files():
        if name.startswith(JUDGED) and not name.startswith(NOT_JUDGED):
            digest.update(name.encode() + b"\0" + hashlib.sha256((ROOT / name).read_bytes()).digest())
    return digest.hexdigest()


class Results:
    def __init__(self, worlds):
        self.key = f"{key_of_core()} {worlds}"
        self.kept = {}

    def load(self, mutants):
        """The trials of these bugs that were found in the same core by as many worlds, by name."""
        try:
            kept = json.loads(FILE.read_text())
        except (OSError, ValueError):
            return {}
        if kept.get("key") != self.key:
            return {}
        self.kept = kept["trials"]
        trials = {}
        for mutant in mutants:
            entry = self.kept.get(mutant.name)
            if entry and entry["mutant"] == repr(mutant):
                fuzzed = Fuzzed(**{**entry["fuzzed"], "invariants": tuple(entry["fuzzed"]["invariants"])})
                trials[mutant.name] = Trial(mutant, entry["scenarios"], fuzzed, entry["explored"], entry["tests"], entry["seconds"])
        return {name: trial for name, trial in trials.items() if trial.killed()}

    def keep(self, trial):
        self.kept[trial.mutant.name] = {**trial._asdict(), "mutant": repr(trial.mutant), "fuzzed": trial.fuzzed._asdict()}
        report.write_beside_and_rename(FILE, json.dumps({"key": self.key, "trials": self.kept}, indent=1))
