#!/usr/bin/env python3
"""Installs the build into a folder of its own, and builds and runs a program that finds it there.

usage: package_test.py BUILD_FOLDER
"""

import subprocess
import sys
import tempfile
from pathlib import Path

CONSUMER = Path(__file__).resolve().parent / "consumer"
SOURCES = CONSUMER.parents[2]


def run(*command):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def main():
    build = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        prefix, consumer = Path(folder) / "prefix", Path(folder) / "consumer"
        run("cmake", "--install", build, "--prefix", prefix)
        for program in ("runner", "rehearse"):
            assert run(prefix / "bin" / program, "--version").startswith(program)
            # What is installed beside a program is of that very program.
            for installed, made in ((f"man/man1/{program}.1", ["man"]),
                                    (f"bash-completion/completions/{program}", ["completions", "bash"]),
                                    (f"zsh/vendor-completions/_{program}", ["completions", "zsh"]),
                                    (f"fish/vendor_completions.d/{program}.fish", ["completions", "fish"])):
                assert (prefix / "share" / installed).read_text() == run(prefix / "bin" / program, *made), installed
        assert (prefix / "lib/systemd/system/runner.service").is_file()
        headers = [path.relative_to(prefix) for path in (prefix / "include").rglob("*.h")]
        assert headers and not [path for path in headers if "production" in path.parts], headers
        # What is installed must not lean on the tree that it came from.
        described = list((prefix / "lib").rglob("*.cmake"))
        assert described, "no description of the package was installed"
        for text in described:
            for name, tree in (("build folder", build), ("sources", SOURCES)):
                assert str(tree) not in text.read_text(), f"{text} names the {name}"
        run("cmake", "-S", CONSUMER, "-B", consumer, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", consumer)
        said = run(consumer / "consumer").strip()
        assert said == "1s", said


if __name__ == "__main__":
    main()
