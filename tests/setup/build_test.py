#!/usr/bin/env python3
"""Which targets the commands of ./dev build, and where CMake finds the libraries that ./dev setup has unpacked.

The first are copies of ./dev with a cmake that only notes what it is called for.

usage: build_test.py
"""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CMAKE = """#!/bin/sh
if [ "$1" != --build ]; then
  for preset; do continue; done  # The last one.
  mkdir -p "build/$preset" && touch "build/$preset/build.ninja"
  exit 0
fi
folder=$2
while [ "$1" != --target ]; do shift; done
shift
echo "$@" >>targets
for target; do
  printf '#!/bin/sh\\necho ran %s "$@"\\n' "$target" >"$folder/$target" && chmod +x "$folder/$target"
done
"""
# Its answer is what the test last said that the program runs.
PROFDATA = """#!/bin/sh
[ "$1 $2" = "merge -o" ] && cat runs >"$3"
"""

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(finds LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH ROOT/cmake)
include(rehearse_packages)
rehearse_use_unpacked_libcxx()
find_package(Boost 1.81)
get_directory_property(options COMPILE_OPTIONS)
get_directory_property(linked LINK_OPTIONS)
message(STATUS "found: ${Boost_DIR} ${options} ${linked}")
"""


class Targets(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = Path(folder.name)
        for name, content in (("dev", (ROOT / "dev").read_text()), ("bin/cmake", CMAKE), ("bin/ctest", "#!/bin/sh\n"),
                              ("bin/llvm-profdata-19", PROFDATA)):
            (self.source / name).parent.mkdir(exist_ok=True)
            (self.source / name).write_text(content)
            (self.source / name).chmod(0o755)
        (self.source / "cmake").mkdir()
        for name in ("packages.txt", "cmake/profiled_packages.txt", "CMakePresets.json"):
            (self.source / name).touch()

    def built_by(self, *arguments):
        (self.source / "targets").unlink(missing_ok=True)
        done = subprocess.run([self.source / "dev", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={**os.environ, "PATH": f"{self.source}/bin:{os.environ['PATH']}"})
        targets = (self.source / "targets").read_text().splitlines()
        return targets, done.stdout

    def test_of_build_are_the_programs_alone(self):
        for preset in ((), ("release",), ("debug",), ("clang",), ("asan",)):
            self.assertEqual(self.built_by("build", *preset)[0], ["rehearse runner"], preset)
        self.assertEqual(self.built_by("build", "libcxx")[0], ["rehearse"])

    def test_of_profiled_is_rehearse_twice_and_all_of_it_for_a_new_profile(self):
        built = self.source / "build/profiled/built before"
        for runs, stays in (("a", False), ("a", True), ("b", False)):
            (self.source / "runs").write_text(runs)
            targets, said = self.built_by("build", "profiled")
            self.assertEqual(targets, ["rehearse", "rehearse"], said)
            self.assertIn("ran rehearse fuzz", said)
            self.assertEqual(built.exists(), stays, runs)
            built.touch()

    def test_of_test_are_all(self):
        self.assertEqual(self.built_by("test", "--quick")[0], ["all"])

    def test_of_demo_are_all_programs_that_the_readme_names(self):
        named = set(re.findall(r"\bbuild/release/(\w+)", (ROOT / "README.md").read_text()))
        self.assertEqual(named, {"rehearse", "runner"})
        targets, said = self.built_by("demo")
        self.assertEqual(set(targets[0].split()), named)
        self.assertIn("ran rehearse run scenarios/documented", said)


class Unpacked(unittest.TestCase):
    def found(self, folder, environment):
        (folder / "CMakeLists.txt").write_text(PROJECT.replace("ROOT", str(ROOT)))
        done = subprocess.run(["cmake", "-S", folder, "-B", folder / "out"], env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return re.search("found: (.*)", done.stdout)[1]

    def test_is_found_before_what_is_installed(self):
        environment = {name: value for name, value in os.environ.items() if name != "REHEARSE_PACKAGES"}
        for place, told in (("build/packages", {}), ("elsewhere", {"REHEARSE_PACKAGES": "elsewhere"})):
            with tempfile.TemporaryDirectory() as folder:
                folder = Path(folder)
                told = {name: str(folder / value) for name, value in told.items()}
                usr = folder / place / "usr"
                boost = usr / "lib/cmake/Boost-1.81.0"
                boost.mkdir(parents=True)
                (boost / "BoostConfig.cmake").write_text("set(Boost_FOUND TRUE)\n")
                (boost / "BoostConfigVersion.cmake").write_text(
                    "set(PACKAGE_VERSION 1.81.0)\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n")
                (usr / "lib/llvm-19/include/c++/v1").mkdir(parents=True)
                found = self.found(folder, environment | told)
                self.assertIn(str(boost), found)
                self.assertIn("-nostdinc++", found)
                self.assertIn(f"-isystem{usr}/lib/llvm-19/include/c++/v1", found)
                self.assertIn(f"-L{usr}/lib/llvm-19/lib", found)

    def test_changes_nothing_where_there_is_none(self):
        with tempfile.TemporaryDirectory() as folder:
            found = self.found(Path(folder), {**os.environ, "REHEARSE_PACKAGES": f"{folder}/none"})
            self.assertNotIn(folder, found)
            self.assertNotIn("-nostdinc++", found)


if __name__ == "__main__":
    unittest.main()
