"""A redis-server of the test's own, in a temporary folder, and what it counts of its clients."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from redis_client import RedisClient  # noqa: E402

LONGEST = 20  # Seconds for it to start or to end.


class RealRedis:
    """`settings`: lines of its configuration. It has a unix socket, and a port if the settings say so."""

    def __init__(self, *settings):
        self.settings = settings

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.socket = Path(self.folder.name) / "redis.sock"
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        self.process = subprocess.Popen(["redis-server", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        lines = ["port 0", f"dir {self.folder.name}", f"unixsocket {self.socket}", 'save ""', *self.settings]
        self.process.stdin.write("\n".join(lines) + "\n")
        self.process.stdin.close()
        self.until(self.answers)

    def stop(self):
        self.process.terminate()
        self.process.wait(LONGEST)

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    def until(self, what):
        end = time.monotonic() + LONGEST
        while not what():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"redis-server ({self.process.poll()}): it does not come true")
            time.sleep(0.02)

    def answers(self):
        if not self.socket.exists():
            return False
        try:
            return self.call("PING") == "PONG"
        except ConnectionError:
            return False  # Its socket is there before it listens.
        except RuntimeError:
            return True  # A sentinel, or one that asks for a password.

    def call(self, *words):
        with RedisClient(self.socket) as client:
            return client.call(*words)

    def url(self, user="", password=""):
        return f"unix://{user}:{password}@{self.socket}" if password else f"unix://{self.socket}"

    def calls_of(self, *commands):
        """How often these were called."""
        counted = dict(line.split(":", 1) for line in self.call("INFO", "commandstats").splitlines() if ":" in line)
        values = (counted.get("cmdstat_" + command, "calls=0,") for command in commands)
        return sum(int(value.removeprefix("calls=").split(",")[0]) for value in values)

    def connections_made(self):
        stats = dict(line.split(":", 1) for line in self.call("INFO", "stats").splitlines() if ":" in line)
        return int(stats["total_connections_received"])
