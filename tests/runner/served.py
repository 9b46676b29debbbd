"""The fakes on sockets, and runner pointed at them: what the tests of its commands and of its operation have in common."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from redis_client import RedisClient  # noqa: E402

BUILD = Path(sys.argv.pop(1)).resolve()
LONGEST = 30  # Seconds for one command.
KEY, PASSWORD = "model-key-5d1e", "redis-password-88b0"
JOB = ["--repo", "octo/hello", "--issue", "1", "--installation", "1", "--prompt", "Say hello"]


def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


class Served:
    """The fakes, and runner pointed at them."""

    def __init__(self, folder, addresses, stop):
        self.folder, self.addresses, self.stop = folder, addresses, stop
        self.environment = {
            "PATH": os.environ["PATH"], "OLLAMA_API_KEY": KEY, "OLLAMA_API_URL": f"http://{addresses['llm']}/api",
            "GITHUB_APP_ID": "12345", "GITHUB_APP_PRIVATE_KEY": str(folder / "app.pem"),
            "REDIS_URL": f"redis://{addresses['redis']}"}

    def redis(self):
        host, port = self.addresses["redis"].rsplit(":", 1)
        return RedisClient((host, int(port)))

    def options(self):
        return ["--set", f"github.url=http://{self.addresses['github']}", "--set", "llm.min_interval=0s",
                "--set", "runner.listen=127.0.0.1:0"]

    def run(self, command, *arguments, stdin="", **environment):
        return subprocess.run([BUILD / "runner", command, *arguments, *self.options()], input=stdin, text=True,
                              capture_output=True, timeout=LONGEST, check=False, env=self.environment | environment)

    @contextmanager
    def working(self, *options, name="runner"):
        """A runner that works; who does not wait for its end asks it to stop, and expects a good end."""
        worker = Worker(self, options, name)
        try:
            yield worker
            if worker.process.poll() is None:
                worker.process.send_signal(signal.SIGTERM)
                worker.ended()
        finally:
            worker.process.kill()
            worker.process.wait()

    def jobs(self, state):
        done = self.run("jobs", "--json", "--state", state)
        assert done.returncode == 0, done.stderr
        return {job["id"]: job for job in map(json.loads, done.stdout.splitlines())}


class Worker:
    def __init__(self, served, options, name):
        self.trace, self.log = served.folder / f"{name}.jsonl", served.folder / f"{name}.log"
        options = ["--set", f"runner.name={name}", *options]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([BUILD / "runner", "work", "--trace", self.trace, *served.options(), *options],
                                            stdout=log, stderr=log, env=served.environment)

    def until(self, what, seconds=LONGEST):
        for _ in range(seconds * 20):
            if what():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"it does not come true; the worker ({self.process.poll()}) said: {self.log.read_text()}")

    def ended(self, code=0):
        if self.process.wait(LONGEST) != code:
            raise AssertionError(f"ended with {self.process.returncode}: {self.log.read_text()}")

    def trace_lines(self):
        return self.trace.read_text().splitlines()

    def address(self):
        """Where it serves health and metrics: host and port."""
        found = None

        def begun():
            nonlocal found
            found = re.search(r"metrics are at http://([0-9.]+):(\d+)", self.log.read_text())
            return found
        self.until(begun)
        return found[1], int(found[2])

    def get(self, path, method="GET"):
        """Status, type and text."""
        connection = http.client.HTTPConnection(*self.address(), timeout=LONGEST)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type"), answer.read().decode()
        finally:
            connection.close()


@contextmanager
def serving(**rules):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenario = {"title": "served", "why": "For the commands of runner.", "jobs": []} | rules
        (folder / "served.json").write_text(json.dumps(scenario))
        subprocess.run(["openssl", "genrsa", "-out", folder / "app.pem", "2048"], check=True, capture_output=True)
        fakes = subprocess.Popen([BUILD / "rehearse", "serve", folder / "served.json", "--llm", "127.0.0.1:0", "--github",
                                  "127.0.0.1:0", "--redis", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        try:
            addresses = {}
            for line in fakes.stdout:
                if line == "ready\n":
                    break
                service, address = line.split()
                addresses[service] = address
            yield Served(folder, addresses, fakes.kill)
        finally:
            fakes.terminate()
            fakes.communicate(timeout=LONGEST)
