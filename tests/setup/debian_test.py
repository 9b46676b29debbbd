#!/usr/bin/env python3
"""Asks Debian's own package lists what `./dev setup` would do on machines that have other versions of our libraries.

usage: debian_test.py

Nothing is installed, removed or fetched: apt simulates, on lists of installed packages that are made here. Without the lists
of Debian 12 on this machine (apt-get update) it ends with 77, which stands for a test that was left out.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUR_BOOST, OUR_LIBCXX = "libboost1.81-dev", "libc++-19-dev"
ALWAYS = "prometheus"  # Nobody installs it.
LIBCXX = "libc++-19-dev libc++1-19 libc++abi-19-dev libc++abi1-19 libunwind-19-dev libunwind-19"
# What a machine has installed by hand; what set-up unpacks there.
MACHINES = (
    ("bare", (), ALWAYS),
    ("Debian's default development packages", ("libboost-dev", "libasio-dev", "libc++-14-dev", "libc++abi-14-dev"),
     f"{ALWAYS} {OUR_BOOST} {LIBCXX}"),
    ("programs that use libc++ 14", ("libc++1-14",), f"{ALWAYS} {LIBCXX}"),
    ("another libunwind", ("libunwind-dev",), f"{ALWAYS} {LIBCXX}"),
    ("an installed Prometheus", ("prometheus",), ""),
)


def apt(environment, *arguments):
    """apt-get's words, for a machine that may be another."""
    done = subprocess.run(["apt-get", "-s", "-y", "--no-install-recommends", *arguments], env=environment,
                          capture_output=True, text=True)
    assert done.returncode == 0, f"apt-get {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def installed_by(said):
    """The packages and versions of lines like "Inst libfmt9 (9.1.0+ds1-2 Debian:12.11/stable [amd64])"."""
    return [f"{name}={version}" for name, version in re.findall(r"^Inst (\S+) (?:\[.*?\] )?\((\S+) ", said, re.MULTILINE)]


def names_of(said):
    return {chosen.split("=")[0] for chosen in installed_by(said)}


def machine(folder, packages):
    """The environment of a machine on which these are installed, with what they need."""
    (folder / "dpkg/info").mkdir(parents=True)
    status = folder / "dpkg/status"
    status.touch()
    (folder / "apt.conf").write_text(f'Dir::State::status "{status}";\nDir::Cache "{folder.parent}/cache";\n'
                                     'Debug::NoLocking "true";\nAPT::Get::Simulate "true";\n')
    environment = {**os.environ, "APT_CONFIG": str(folder / "apt.conf"), "DPKG_ADMINDIR": str(folder / "dpkg"),
                   "LC_ALL": "C.UTF-8"}
    chosen = installed_by(apt(environment, "install", *packages)) if packages else []
    if chosen:
        known = subprocess.run(["apt-cache", "show", *chosen], env=environment, check=True, capture_output=True, text=True)
        # Where the archive keeps a package is nothing that dpkg knows of an installed one.
        fields = re.sub(r"^(Filename|Size|MD5sum|SHA256): .*\n", "", known.stdout, flags=re.MULTILINE)
        status.write_text(re.sub(r"^(Package: .*)$", r"\1\nStatus: install ok installed", fields, flags=re.MULTILINE))
    return environment


def check(folder, name, packages, expected):
    with tempfile.TemporaryDirectory(dir=folder) as folder:
        environment = machine(Path(folder), packages)
        # A copy, beside which nothing has been unpacked yet.
        for part in ("dev", "packages.txt", "packages.exclusive.txt", "packages.unpacked.txt"):
            (Path(folder) / part).write_bytes((ROOT / part).read_bytes())
        done = subprocess.run(["bash", Path(folder) / "dev", "setup", "--dry-run"], env=environment, capture_output=True,
                              text=True)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        install, unpack = re.fullmatch(r"install: (.*)\nunpack: (.*)\n", done.stdout).groups()
        assert unpack == expected, f"{name}: unpacked is {unpack!r}, not {expected!r}"
        assert len(install.split()) >= 20, f"{name}: installed is {install!r}"
        said = apt(environment, "install", *install.split())
        removed = re.findall(r"^Remv (\S+)", said, re.MULTILINE)
        assert not removed, f"{name}: {removed} would be removed"
        assert not set(unpack.split()) & names_of(said), said
        # That packages exclude each other is why: the machine is as it should be, and the check can fail.
        excluded = unpack.removeprefix(ALWAYS).split()
        if excluded:
            instead = apt(environment, "install", *excluded)
            assert re.search(r"^Remv ", instead, re.MULTILINE), f"{name}: {unpack} could be installed"
            lacking = names_of(instead) - names_of(said) - set(excluded)
            assert not lacking, f"{name}: what is unpacked needs {lacking}"


def main():
    known = subprocess.run(["apt-cache", "show", OUR_BOOST, OUR_LIBCXX, "libboost1.74-dev", "libc++-14-dev"], capture_output=True)
    if known.returncode != 0:
        print("left out: this machine has no package lists of Debian 12")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "cache/archives/partial").mkdir(parents=True)
        for name, packages, expected in MACHINES:
            check(folder, name, packages, expected)
            print(f"ok  {name}")


if __name__ == "__main__":
    main()
