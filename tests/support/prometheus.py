"""Where promtool and Prometheus are: unpacked by ./dev setup, or installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def program(name):
    unpacked = Path(os.environ.get("REHEARSE_PACKAGES", ROOT / "build/packages")) / "usr/bin" / name
    found = unpacked if unpacked.is_file() else shutil.which(name)
    if not found:
        sys.exit(f"there is no {name}: ./dev setup unpacks it (packages.unpacked.txt)")
    return str(found)


def promtool(*arguments, text=None):
    """How it ended, and all that it said."""
    done = subprocess.run([program("promtool"), *map(str, arguments)], input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    return done.returncode, done.stdout
