"""Scratch copies of the tree, in which the core is broken and built, and the programs that are run there."""

import fcntl
import os
import signal
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import table

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / "build" / "mutants"
LONGEST_WAIT = 7200  # Seconds, for whatever hangs without using the processor.


class Broken(Exception):
    """The trial itself cannot go on."""


class Stopped(Exception):
    """The user wants no more."""


class DoesNotEnd(Exception):
    """A program used up the processor time that it may use: another measure would blame it for a busy machine."""


class Children:
    """The programs that are running. Each has a session of its own, so that Ctrl-C reaches this program alone."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = set()
        self.stopping = False

    def run(self, command, **options):
        with self.lock:
            if self.stopping:
                raise Stopped
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                     errors="replace", start_new_session=True, **options)
            self.running.add(child)
        try:
            out, err = child.communicate(timeout=LONGEST_WAIT)
        except BaseException:  # Ctrl-C too: whatever ends the wait ends the program.
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            raise
        finally:
            with self.lock:
                self.running.discard(child)
        if self.stopping:
            raise Stopped
        return subprocess.CompletedProcess(command, child.returncode, out, err)

    def stop(self):
        with self.lock:
            self.stopping = True
            for child in self.running:
                os.killpg(child.pid, signal.SIGTERM)


CHILDREN = Children()


@contextmanager
def sole_user():
    """Two campaigns in the same scratch copies would break each other's core."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with (SCRATCH / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Broken(f"another one is at work in {SCRATCH.relative_to(ROOT)}") from None
        yield


def git_files():
    """The files that git knows, and new ones that it would take."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout
    return [name for name in os.fsdecode(listed).split("\0") if name and (ROOT / name).is_file()]


class Tree:
    """One scratch copy, built like the release preset and at the same place in it: ccache has most of it already."""

    def __init__(self, name):
        self.name = name
        self.source = SCRATCH / name
        self.build_folder = self.source / "build" / "release"
        self.environment = dict(os.environ)

    def run(self, command, environment=()):
        return CHILDREN.run(command, cwd=self.source, env={**self.environment, **dict(environment)})

    def run_program(self, name, arguments, processor_seconds, environment=()):
        """One that was built here."""
        limit = ["prlimit", f"--cpu={processor_seconds}", "--core=0"]
        done = self.run([*limit, str(self.build_folder / name), *arguments], environment)
        if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            raise DoesNotEnd
        return done

    def prepare(self):
        self.source.mkdir(parents=True, exist_ok=True)
        self.copy()
        done = self.run(["cmake", "--preset", "release"])
        if done.returncode != 0:
            raise Broken("cmake failed:\n" + done.stderr[-2000:])

    def copy(self):
        """The files that git knows, as they stand; unchanged ones keep their times, so that nothing is rebuilt."""
        names = git_files()
        for name in names:
            self.write(name, self.content_of(name), (ROOT / name).stat().st_mode)
        known = set(names) | self.own_files()
        for path in sorted(self.source.rglob("*")):
            name = path.relative_to(self.source)
            if path.is_file() and name.parts[0] != "build" and str(name) not in known:
                path.unlink()

    def content_of(self, name):
        return (ROOT / name).read_bytes()

    def own_files(self):
        return set()

    def write(self, name, content, mode):
        target = self.source / name
        if target.is_file() and target.read_bytes() == content:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(mode)

    def build(self, jobs, *targets):
        done = self.run(["cmake", "--build", str(self.build_folder), "-j", str(jobs), "--target", *targets])
        if done.returncode != 0:
            errors = [line for line in done.stdout.splitlines() if "error:" in line]
            raise Broken("it does not build: " + "; ".join(errors[:3] or done.stdout.splitlines()[-5:]))

    @contextmanager
    def broken(self, mutant):
        """While it is open, the tree has that bug."""
        originals = {}
        try:
            for name, text in table.patched(mutant, lambda name: (self.source / name).read_text()).items():
                path = self.source / name
                originals[path] = path.read_text()
                path.write_text(text)
            yield
        finally:
            for path, text in originals.items():
                path.write_text(text)


class SwitchTree(Tree):
    """Has all switches of the table built in, each off: one build serves them all. REHEARSE_MUTANT turns one on."""

    HEADER = "core/retry/mutated.h"  # Where every layer that reads a policy can see it.
    HEADER_TEXT = """// Whether the environment asks for that bug.
#pragma once

#include <cstdlib>
#include <string_view>

namespace core {

inline bool mutated(std::string_view name) {
  static const char* const chosen = std::getenv("REHEARSE_MUTANT");
  return chosen != nullptr && name == chosen;
}

}  // namespace core
"""

    def prepare(self):
        self.write(self.HEADER, self.HEADER_TEXT.encode(), 0o644)
        super().prepare()

    def own_files(self):
        return {self.HEADER}

    def content_of(self, name):
        content = super().content_of(name)
        switches = [switch for switch in table.SWITCHES if switch.file == name]
        if not switches:
            return content
        text = table.with_switches(switches, content.decode())
        return text.replace("#pragma once\n", f'#pragma once\n\n#include "{self.HEADER}"\n', 1).encode()

    @contextmanager
    def broken(self, mutant):
        self.environment["REHEARSE_MUTANT"] = mutant.name
        try:
            yield
        finally:
            del self.environment["REHEARSE_MUTANT"]
