"""The processes of a campaign: a Redis that keeps its promises, the fakes on sockets, the runners. Each is started here,
known by its own process, and ended here; nothing else is touched."""

import json
import os
import signal
import subprocess
import time

from redis_client import RedisClient
from judge import Ended

PASSWORD = "reliability-redis-password-5e81"
API_KEY = "reliability-model-key-c07d"
REQUEUES = 5
SCENARIO = "reliability.json"  # In the campaign's folder; a scenario's title is its file's name.
# Short, so that much happens in little time: the lease of a dead runner runs out in two seconds. It stays more than
# three times as long as the tool's timeout, which is what the core asks for (decision 4).
SETTINGS = ("jobs.lease=2s", "jobs.concurrency=3", "jobs.recoveries=1000000", f"jobs.retry.requeues={REQUEUES}", "jobs.retry.initial_delay=100ms",
            "jobs.retry.max_delay=1s", "llm.min_interval=1ms", "llm.timeout=2s", "llm.retry.attempts=3",
            "llm.retry.initial_delay=50ms", "llm.retry.max_delay=500ms", "github.token.timeout=2s",
            "github.token.retry.initial_delay=50ms", "github.token.retry.max_delay=500ms", "github.tools.timeout=600ms",
            "github.tools.retry.initial_delay=50ms", "github.tools.retry.max_delay=500ms", "redis.retry.initial_delay=20ms",
            "redis.retry.max_delay=200ms", "runner.listen=127.0.0.1:0", "runner.drain=5s")
# A promise is only a promise when it is on disk: with `always` Redis answers after its file was written and synced, so
# that what a runner was told is there after a kill. Any weaker setting would let Redis forget what it has confirmed.
# It is never rewritten to be shorter: every change that there ever was stays in the file, and is counted.
REDIS = "appendonly yes\nappendfsync always\nauto-aof-rewrite-percentage 0\nsave \"\"\nport 0\n"


class Broken(Exception):
    """The campaign itself cannot go on."""


class Died(Exception):
    """A runner ended that nobody had ended."""


def wait_until(what, seconds, is_so):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise Broken(f"{what}: not within {seconds} s")
        time.sleep(0.02)


class Parts:
    def __init__(self, build, folder, traces):
        self.build = build
        self.folder = folder
        self.traces = traces
        self.scenario = folder / SCENARIO
        self.socket = folder / "redis.sock"
        self.started = []  # Pairs of a process and what is to be said of it.
        self.redis = None
        self.serve = None
        self.github = None
        self.runners = {}  # Number -> its process now.
        self.lives = {}    # Number -> how often it was started.
        self.environment = dict(os.environ)
        self.secrets = {"the model's key": API_KEY.encode(), "Redis' password": PASSWORD.encode()}

    def start(self, name, *command, allowed=(0,), **streams):
        said = open(self.folder / f"{name}.log", "ab")
        with said:
            streams = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said} | streams
            process = subprocess.Popen([str(word) for word in command], env=self.environment, **streams)
        self.started.append((process, Ended(name, None, allowed=allowed)))
        return process

    def start_redis(self):
        # Its configuration goes by stdin: the password then stands in no file, and need not be left out of the search.
        self.redis = self.start("redis", "redis-server", "-", stdin=subprocess.PIPE)
        settings = f"{REDIS}dir \"{self.folder}\"\nunixsocket \"{self.socket}\"\nrequirepass {PASSWORD}\n"
        self.redis.stdin.write(settings.encode())
        self.redis.stdin.close()

    def redis_answers(self):
        if self.redis.poll() is not None:
            raise Broken(f"redis-server ended by itself with {self.redis.returncode}")
        try:
            with self.ask_redis() as redis:
                return redis.call("PING") == "PONG"
        except (OSError, RuntimeError):
            return False  # Not there yet, or loading.

    def ask_redis(self):
        return RedisClient(self.socket, PASSWORD)

    def start_serve(self):
        # It ends with 1 when it finds fault with the client, which is not what is judged here.
        told = self.folder / "serve.out"
        with open(told, "wb") as stdout:
            self.serve = self.start("serve", self.build / "rehearse", "serve", self.scenario, "--llm", "127.0.0.1:0",
                                    "--github", "127.0.0.1:0", "--requests", self.folder / "requests.jsonl",
                                    "--max-attempts", 1000, allowed=(0, 1), stdout=stdout)
        wait_until("the fakes are ready", 20, lambda: "ready" in told.read_text().split("\n"))
        self.addresses = dict(line.split(" ") for line in told.read_text().split("\n") if " " in line)
        self.github = self.addresses["github"]

    def set_environment(self):
        made = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True, check=True).stdout
        for number, line in enumerate(made.split("\n")[1:-2], 1):
            self.secrets[f"line {number} of the private key"] = line.encode()
        self.environment |= {
            "OLLAMA_API_KEY": API_KEY, "OLLAMA_API_URL": f"http://{self.addresses['llm']}/api", "GITHUB_APP_ID": "12345",
            "GITHUB_APP_PRIVATE_KEY": made, "REDIS_URL": f"unix://:{PASSWORD}@{self.socket}"}

    def options(self):
        settings = [*SETTINGS, f"github.url=http://{self.github}"]
        return [word for setting in settings for word in ("--set", setting)]

    def start_runner(self, number):
        life = self.lives[number] = self.lives.get(number, 0) + 1
        name = f"runner-{number}.{life}"
        self.runners[number] = self.start(
            name, self.build / "runner", "work", "--trace", self.traces / f"{name}.jsonl", "--set", f"runner.name={name}",
            *self.options())

    def start_enqueue(self, lines, said):
        """Puts jobs in; its words on stdout go to `said`. It may end with 1: Redis is killed meanwhile."""
        return self.start("enqueue", self.build / "runner", "enqueue", "-", *self.options(), allowed=(0, 1, 3), stdin=lines,
                          stdout=said)

    def check(self, traces):
        """What `rehearse check` has to say of the traces of all runners."""
        done = subprocess.run([self.build / "rehearse", "check", "--together", "--format", "json", *traces],
                              capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise Broken(f"rehearse check ended with {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout)[0]

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.record(process).killed = True

    def record(self, process):
        return next(ended for known, ended in self.started if known is process)

    def nobody_left_alone(self):
        """Between the kills everything that was started must go on by itself."""
        for process in (self.redis, self.serve, *self.runners.values()):
            if process.poll() is not None:
                wrong = Broken if process in (self.redis, self.serve) else Died
                raise wrong(f"{self.record(process).name} ended by itself with {process.returncode}")

    def stop(self, processes, seconds=15):
        """By SIGTERM; what does not end by it in time is killed, and is judged as not having ended."""
        processes = [process for process in processes if process and process.poll() is None]
        for process in processes:
            process.terminate()
        end = time.monotonic() + seconds
        for process in processes:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.record(process).name += " (had to be killed)"
                self.record(process).allowed = ()
                process.kill()
                process.wait()

    def stop_everything(self):
        """Whatever has happened: after this nothing that was started is running."""
        self.stop([process for process, _ in self.started if process not in (self.serve, self.redis)])
        self.stop([self.serve, self.redis])

    def ended(self):
        for process, record in self.started:
            record.code = process.poll()
            yield record
