#!/usr/bin/env python3
"""Installs the build into a folder of its own, and builds and runs programs that find it there.

usage: package_test.py BUILD_FOLDER
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONSUMER, EXAMPLE = ROOT / "tests/package/consumer", ROOT / "examples/retry"
# Where ./dev setup has unpacked libraries that it did not install.
UNPACKED = Path(os.environ.get("REHEARSE_PACKAGES", ROOT / "build/packages")) / "usr"


def run(*command, cwd=None):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def check_programs(prefix):
    for program in ("runner", "rehearse"):
        assert run(prefix / "bin" / program, "--version").startswith(program)
        # What is installed beside a program is of that very program.
        for installed, made in ((f"man/man1/{program}.1", ["man"]),
                                (f"bash-completion/completions/{program}", ["completions", "bash"]),
                                (f"zsh/vendor-completions/_{program}", ["completions", "zsh"]),
                                (f"fish/vendor_completions.d/{program}.fish", ["completions", "fish"])):
            assert (prefix / "share" / installed).read_text() == run(prefix / "bin" / program, *made), installed
    assert (prefix / "lib/systemd/system/runner.service").is_file()
    for referred in re.findall(r"runbook: ([^#]+)#", (prefix / "share/doc/rehearse/alerts.yml").read_text()):
        assert (prefix / "share/doc/rehearse" / referred).is_file(), referred
    assert (prefix / "share/doc/rehearse/copyright").read_text() == (ROOT / "LICENSE").read_text()


def check_debian_package(build, folder):
    run("cpack", "-G", "DEB", "-B", folder / "deb", cwd=build)
    (package,) = (folder / "deb").glob("*.deb")
    content = run("dpkg-deb", "--contents", package)
    for path in ("bin/runner", "bin/rehearse", "share/doc/rehearse/copyright"):
        assert f" ./usr/{path}\n" in content, f"{path} is not in {package.name}:\n{content}"
    assert "/include/" not in content, content


def check_library(prefix, build, folder):
    headers = [str(path.relative_to(prefix / "include/rehearse")) for path in (prefix / "include").rglob("*.h")]
    strangers = [path for path in headers
                 if not re.match(r"core/(?!production/)|core/production/(time|http)/|sim/kernel/", path)]
    assert headers and not strangers, strangers
    # What is installed must not lean on the tree that it came from, nor on where it was put or built.
    described = list((prefix / "lib").rglob("*.cmake"))
    assert described, "no description of the package was installed"
    for text in described:
        for name, place in (("build folder", build), ("sources", ROOT), ("folder of installation", folder), ("libraries", "/usr/lib")):
            assert str(place) not in text.read_text(), f"{text} names the {name}"
    for source, said in ((EXAMPLE, {"stock": EXAMPLE_SAYS, "stock_test": "held\n", "quadratic_test": "held\n"}),
                         (CONSUMER, {"consumer": "1s\n", "transport": "connection refused\n"})):
        built = folder / source.name
        run("cmake", "-S", source, "-B", built, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix};{UNPACKED}")
        run("cmake", "--build", built)
        for program, words in said.items():
            assert run(built / program) == words, program


EXAMPLE_SAYS = """call.started attempt=1
call.failed attempt=1
call.retry attempt=2 delay=50ms
call.started attempt=2
call.failed attempt=2
call.retry attempt=3 delay=100ms
call.started attempt=3
call.succeeded attempt=3
7 in stock
"""


def check_document():
    """The page about the library shows the example as it is."""
    sources = "".join(path.read_text() for path in EXAMPLE.iterdir())
    shown = re.findall(r"```(?:cpp|cmake)\n(.*?)```", (ROOT / "docs/library.md").read_text(), re.DOTALL)
    assert shown, "docs/library.md shows nothing"
    for block in shown:
        assert block in sources, f"docs/library.md shows what examples/retry does not have:\n{block}"


def main():
    build = Path(sys.argv[1]).resolve()
    check_document()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        run("cmake", "--install", build, "--prefix", folder / "prefix")
        check_programs(folder / "prefix")
        check_debian_package(build, folder)
        # The library alone, and moved after it was installed.
        run("cmake", "--install", build, "--prefix", folder / "first", "--component", "library")
        assert not (folder / "first/bin").exists()
        (folder / "first").rename(folder / "moved")
        check_library(folder / "moved", build, folder)


if __name__ == "__main__":
    main()
