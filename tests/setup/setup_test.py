#!/usr/bin/env python3
"""Runs copies of ./dev on made-up machines: which packages are installed there, and what the archive has, is the test's own.

usage: setup_test.py [TEST...]

Nothing of this machine is changed: apt and dpkg are given folders of their own, and a dpkg that fails.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Machine:
    """A folder with a copy of ./dev, an archive of small packages, and a list of those that are installed."""

    def __init__(self, folder):
        self.folder, self.source, self.archive = folder, folder / "source", folder / "archive"
        for made in ("source", "archive", "state/lists/partial", "cache/archives/partial", "dpkg/info", "bin"):
            (folder / made).mkdir(parents=True)
        (self.source / "dev").write_bytes((ROOT / "dev").read_bytes())
        (self.source / "dev").chmod(0o755)
        (folder / "bin/sudo").write_text('#!/bin/sh\nexec "$@"\n')
        (folder / "bin/sudo").chmod(0o755)
        (folder / "sources.list").write_text(f"deb [trusted=yes] file:{self.archive} ./\n")
        (folder / "dpkg/status").touch()
        (folder / "apt.conf").write_text(
            f'Dir::State "{folder}/state";\nDir::State::status "{folder}/dpkg/status";\nDir::Cache "{folder}/cache";\n'
            f'Dir::Etc::sourcelist "{folder}/sources.list";\nDir::Etc::sourceparts "/dev/null";\nDir::Etc::preferencesparts "/dev/null";\n'
            'Dir::Bin::dpkg "/bin/false";\nDebug::NoLocking "true";\nAcquire::Languages "none";\nAPT::Sandbox::User "";\n')

    def wants(self, packages, exclusive="", unpacked=""):
        (self.source / "packages.txt").write_text(packages)
        (self.source / "packages.exclusive.txt").write_text(exclusive)
        (self.source / "packages.unpacked.txt").write_text(unpacked)

    def has(self, package, **fields):
        with (self.folder / "dpkg/status").open("a") as status:
            status.write(self.paragraph(package, Status="install ok installed", **fields) + "\n")

    def offers(self, package, **fields):
        """The package has one file, usr/share/PACKAGE."""
        tree = self.folder / "trees" / package
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "usr/share").mkdir(parents=True)
        (tree / "usr/share" / package).write_text("ours\n")
        control = self.paragraph(package, **fields)
        (tree / "DEBIAN/control").write_text(control)
        deb = self.archive / f"{package}.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, deb], check=True, capture_output=True)
        digest = subprocess.run(["sha256sum", deb], check=True, capture_output=True, text=True).stdout.split()[0]
        with (self.archive / "Packages").open("a") as index:
            index.write(f"{control}Filename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n\n")

    @staticmethod
    def paragraph(package, **fields):
        fields = {"Version": "1", "Architecture": "all", "Maintainer": "nobody <nobody@localhost>",
                  "Description": "for a test", **fields}
        return f"Package: {package}\n" + "".join(f"{name}: {value}\n" for name, value in fields.items())

    def setup(self, *arguments):
        environment = {**os.environ, "APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C.UTF-8",
                       "DPKG_ADMINDIR": str(self.folder / "dpkg"), "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        done = subprocess.run([self.source / "dev", "setup", *arguments], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def unpacked(self):
        folder = self.source / "build/packages"
        return sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.exists() else None


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.machine = Machine(Path(folder.name))

    def has_another_boost(self):
        self.machine.has("boost-old-dev")
        self.machine.offers("boost-new-dev", Conflicts="boost-old-dev", Depends="boost-new")
        self.machine.offers("boost-new", Conflicts="boost-old-dev")
        self.machine.wants("boost-new-dev # ours\n", "# what goes together\nboost-new-dev boost-new\n")

    def test_says_what_it_would_do(self):
        self.machine.offers("tool")
        self.machine.wants("tool\n")
        self.assertEqual(self.machine.setup()[0], 1, "dpkg fails here, whatever it is to install")
        self.assertEqual(self.machine.setup("--dry-run"), (0, "install: tool\nunpack: \n"))

    def test_unpacks_what_excludes_a_package_of_the_machine(self):
        self.has_another_boost()
        status, said = self.machine.setup()
        self.assertEqual(status, 0, said)
        self.assertIn("unpacking into build/packages", said)
        self.assertEqual(self.machine.unpacked(), ["boost-new", "boost-new-dev", "list"])

    def test_unpacks_what_is_never_to_be_installed(self):
        self.machine.offers("server", Depends="library")
        self.machine.offers("library")
        self.machine.offers("tool")
        self.machine.wants("server # for tests\ntool\n", unpacked="# a service\nserver\n")
        self.assertEqual(self.machine.setup()[0], 1, "dpkg fails here, whatever it is to install")
        self.assertEqual(self.machine.unpacked(), ["list", "server"])
        self.assertEqual(self.machine.setup("--dry-run"), (0, "install: tool\nunpack: \n"))
        self.machine.has("tool")
        self.assertEqual(self.machine.setup()[0], 0)

    def test_leaves_alone_what_was_installed_though_it_need_not_be(self):
        self.machine.has("server")
        self.machine.offers("server")
        self.machine.wants("server\n", unpacked="server\n")
        self.assertEqual(self.machine.setup()[0], 0)
        self.assertIsNone(self.machine.unpacked())

    def test_does_nothing_the_second_time(self):
        self.has_another_boost()
        self.assertEqual(self.machine.setup()[0], 0)
        (self.machine.folder / "apt.conf").write_text("nonsense")
        status, said = self.machine.setup()
        self.assertEqual(status, 0, said)

    def test_keeps_what_was_unpacked_before(self):
        self.has_another_boost()
        self.assertEqual(self.machine.setup()[0], 0)
        self.machine.has("cxx-old")
        self.machine.offers("cxx-new", Conflicts="cxx-old")
        self.machine.wants("boost-new-dev\ncxx-new\n", "boost-new-dev boost-new\ncxx-new\n")
        self.assertEqual(self.machine.setup()[0], 0)
        self.assertEqual(self.machine.unpacked(), ["boost-new", "boost-new-dev", "cxx-new", "list"])

    def test_leaves_nothing_half_unpacked(self):
        self.has_another_boost()
        deb = self.machine.archive / "boost-new.deb"
        content = deb.read_bytes()
        deb.write_bytes(content[:-512])
        status, said = self.machine.setup()
        self.assertEqual(status, 1, said)
        self.assertIn("apt-get download failed", said)
        self.assertIsNone(self.machine.unpacked())
        deb.write_bytes(content)
        self.assertEqual(self.machine.setup()[0], 0)

    def test_unpacks_the_excluded_and_installs_the_rest(self):
        self.has_another_boost()
        self.machine.offers("tool")
        self.machine.wants("boost-new-dev\ntool\n", "boost-new-dev boost-new\n")
        self.assertEqual(self.machine.setup()[0], 1, "dpkg fails here")
        self.assertEqual(self.machine.unpacked(), ["boost-new", "boost-new-dev", "list"])
        self.assertEqual(self.machine.setup("--dry-run"), (0, "install: tool\nunpack: \n"))

    def test_removes_nothing_for_a_package_that_cannot_be_unpacked(self):
        self.has_another_boost()
        self.machine.wants("boost-new-dev\n")
        status, said = self.machine.setup()
        self.assertEqual(status, 1, said)
        self.assertIn("apt-get would remove boost-old-dev for it", said)
        self.assertIsNone(self.machine.unpacked())

    def test_tells_apart_what_apt_does_not_know(self):
        self.machine.offers("tool")
        self.machine.wants("tool\nunheard-of\n")
        status, said = self.machine.setup()
        self.assertEqual(status, 1, said)
        self.assertIn("Unable to locate package unheard-of", said)


if __name__ == "__main__":
    unittest.main()
