"""One scenario run by the real programs: `rehearse serve` and `runner work` on loopback, with the fake Redis or a real one.
Every process is started here, known by its own process, and ended here."""

import calendar
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time

from cases import by_the_fakes_clock, ended_by_runners, nanoseconds, served

PATIENCE = 15  # How much longer than the simulated one a real run may take to end.
TICK = 0.005
LEAD = 400_000_000  # How much sooner the fakes' clock begins.
# How a real Redis comes to be so, and is no more.
LIMITS = {"full": (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
          "read_only": (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE"))}
REDIS = "port 0\nsave \"\"\nappendonly yes\n"


class Broken(Exception):
    """The trial itself cannot go on."""


def simulate(build, folder, title, scenario):
    """What `rehearse run` makes of it."""
    path = folder / f"{title}.json"
    path.write_text(json.dumps(scenario))
    done = subprocess.run([build / "rehearse", "run", "--format", "json", path], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise Broken(f"rehearse run ended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)[0]


def wait_until(what, seconds, is_so):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise Broken(f"{what}: not within {seconds:.0f} s")
        time.sleep(TICK)


def jobs_of(scenario):
    """Pairs of a time in seconds and the line that puts a job in, in the order in which they come."""
    jobs = []
    for entry in scenario["jobs"]:
        at, every = (nanoseconds(entry.get(key, "0s")) / 1e9 for key in ("at", "every"))
        for number in range(1, entry.get("count", 1) + 1):
            job = {"repo": "octo/hello", "issue": 1, "installation": 1, "prompt": "Comment on the issue."}
            job |= {key: entry[key] for key in ("repo", "issue", "installation", "prompt", "deadline", "tools") if key in entry}
            name = entry["id"].replace("{n}", str(number)) if "count" in entry else entry["id"]
            jobs.append((at + (number - 1) * every, json.dumps(job | {"id": name}) + "\n"))
    return sorted(jobs, key=lambda job: job[0])


class Trial:
    def __init__(self, build, folder, key, case, redis):
        self.build, self.folder, self.case, self.redis = build, folder, case, redis
        self.environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.environment |= {"GITHUB_APP_PRIVATE_KEY": str(key), "GITHUB_APP_ID": "12345"}
        self.redis_urls = {}  # Of "work" and of "enqueue", which no rule touches.
        self.socket, self.redis_data = folder / "redis.sock", folder / "appendonlydir"  # Of a real one.
        self.processes = []
        self.redis_kills = 0
        self.kept = []  # Folders of its data, the oldest first.
        self.client, self.lines = None, []  # The one that puts in later jobs, and what it was given.
        self.lives = []  # Pairs of a runner's name and a process, in the order of their starts.

    def run(self):
        """The events of all runners, by their clocks, T=0 being the first one's start."""
        self.folder.mkdir()
        try:
            if self.redis == "real":
                self.start_redis()
            self.serve()
            self.work()
            self.stop([process for _, process in self.lives])
            events = self.events()
        finally:
            self.stop(self.processes)
        shutil.rmtree(self.folder)
        return events

    def start(self, name, *command, **streams):
        with open(self.folder / f"{name}.log", "ab") as said:
            streams = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said} | streams
            process = subprocess.Popen([str(word) for word in command], env=self.environment, **streams)
        self.processes.append(process)
        return process

    def serve(self):
        scenario, told = self.folder / f"{self.case.title}.json", self.folder / "serve.out"
        scenario.write_text(json.dumps(served(self.case.tried, LEAD, self.redis)))
        services = ("llm", "github", "redis", "redis-untouched")
        command = [word for service in services for word in (f"--{service}", "127.0.0.1:0")]
        if self.redis == "real":
            command += ["--redis-upstream", self.socket]
        with open(told, "wb") as stdout:
            self.start("serve", self.build / "rehearse", "serve", scenario, *command, stdout=stdout)
        wait_until("the fakes are ready", 20, lambda: "ready" in told.read_text().split("\n"))
        self.runners_start = time.monotonic() + LEAD / 1e9
        at = dict(line.split(" ") for line in told.read_text().split("\n") if " " in line)
        config = json.loads(json.dumps(self.case.tried["config"]))
        root = "/v1" if config["llm"]["protocol"] == "openai" else "/api"
        config["llm"]["url"], config["github"]["url"] = f"http://{at['llm']}{root}", f"http://{at['github']}"
        (self.folder / "config.json").write_text(json.dumps(config))
        self.redis_urls = {"work": f"redis://{at['redis']}", "enqueue": f"redis://{at['redis-untouched']}"}
        if self.redis == "real":
            # Without rules nothing is to stand between it and its clients.
            own = f"unix://{self.socket}"
            self.redis_urls = {"work": self.redis_urls["work"] if self.case.tried.get("redis") else own, "enqueue": own}

    def start_redis(self):
        self.socket.unlink(missing_ok=True)  # A killed one leaves it.
        self.real_redis = self.start("redis", "redis-server", "-", stdin=subprocess.PIPE)
        self.real_redis.stdin.write(f'{REDIS}dir "{self.folder}"\nunixsocket "{self.socket}"\n'.encode())
        self.real_redis.stdin.close()
        wait_until("Redis answers", 20, self.socket.exists)

    def keep_redis_data(self, kept):
        """What a restart will go back to. Redis has written a command to its file before it answers it."""
        shutil.copytree(self.redis_data, kept)
        self.kept.append(kept)

    def kill_redis(self, back_to):
        self.real_redis.kill()
        self.real_redis.wait()
        self.redis_kills += 1
        if back_to:
            # What was kept since is of a time that has not been.
            for later in (self.redis_data, *self.kept[self.kept.index(back_to) + 1:]):
                shutil.rmtree(later)
                shutil.copytree(back_to, later)

    def runner(self, command, *arguments):
        return (self.build / "runner", command, *arguments, "--config", self.folder / "config.json", "--set",
                f"runner.redis_url={self.redis_urls['work' if command == 'work' else 'enqueue']}")

    def start_runner(self, name):
        stop = next((entry for entry in self.case.tried.get("world", ()) if entry.get("stop") == name), {})
        drain = stop.get("within", "1h")
        number = len(self.lives)
        log = self.folder / f"life-{number}.log"
        self.lives.append((name, self.start(
            f"life-{number}", *self.runner("work", "--trace", self.folder / f"life-{number}.jsonl",
                                           "--seed", self.case.tried.get("seed", 1) + self.lives_of(name)),
            *("--set", f"runner.name={name}", "--set", "runner.log=json", "--set", "runner.listen=", "--set",
              f"runner.drain={drain}"))))
        wait_until("the runner has started", 20, lambda: '"worker.started"' in log.read_text())

    def lives_of(self, name):
        return sum(known == name for known, _ in self.lives)

    def latest_of(self, name):
        return [process for known, process in self.lives if known == name][-1]

    def pause(self, begin, end, name):
        """Of the process that the runner is by then, if it is up."""
        paused = []

        def stop():
            process = self.latest_of(name)
            if process.poll() is None:
                process.send_signal(signal.SIGSTOP)
                paused.append(process)

        def go_on():
            for process in paused:
                process.send_signal(signal.SIGCONT)

        return [(begin, stop), (end, go_on)]

    def tell_redis(self, *command):
        subprocess.run(["redis-cli", "-s", self.socket, *command], stdout=subprocess.DEVNULL, check=True)

    def jobs_meant_by(self, entry):
        """An operator's command, as the arguments that say which jobs it is for."""
        if "job" in entry:
            return (entry["job"],)
        if entry["operator"] == "retry":
            return ("--all",)
        if entry["operator"] in ("cancel", "drop"):
            return tuple(json.loads(line)["id"] for _, line in jobs_of(self.case.tried))
        return ()

    def world(self, begun):
        """Pairs of a time in seconds, from `begun`, and what is done then. To the fake Redis it is done by who serves it; to a real
        one at the same time, by the fakes' clock: what a runner does in the same instant comes after it."""
        runners_start = self.runners_start - begun
        planned, kills = [], 0
        for entry in sorted(self.case.tried.get("world", ()), key=lambda entry: nanoseconds(entry["at"])):
            at = nanoseconds(entry["at"]) / 1e9
            for key, act in (("stop", lambda name: self.latest_of(name).terminate()),
                             ("crash", lambda name: self.latest_of(name).kill()), ("start", self.start_runner)):
                if key in entry:
                    planned.append((at, lambda act=act, name=entry[key]: act(name)))
            if "pause" in entry:
                planned += self.pause(at, at + nanoseconds(entry["for"]) / 1e9, entry["pause"])
            if "enqueue" in entry:
                line = next(line for _, line in jobs_of(self.case.tried) if json.loads(line)["id"] == entry["enqueue"])
                planned.append((at, lambda line=line: self.put(line)))
            if "operator" in entry:
                command, which = entry["operator"], self.jobs_meant_by(entry)
                planned.append((at, lambda command=command, which=which: self.start(command, *self.runner(command, *which))))
            if "redis" in entry and self.redis == "real":
                on, off = LIMITS[entry["redis"]]
                end = at + nanoseconds(entry["for"]) / 1e9
                planned += [(runners_start + at, lambda on=on: self.tell_redis(*on)),
                            (runners_start + end, lambda off=off: self.tell_redis(*off))]
            if "restart" in entry and self.redis == "real":
                kills += 1
                at += runners_start
                kept = self.folder / f"kept-{kills}" if "lose" in entry else None
                if kept:
                    planned.append((at - nanoseconds(entry["lose"]) / 1e9, lambda kept=kept: self.keep_redis_data(kept)))
                planned.append((at, lambda kept=kept: self.kill_redis(kept)))
                # Unless it is killed once more while it is down.
                planned.append((at + nanoseconds(entry["down"]) / 1e9,
                                lambda kills=kills: self.redis_kills == kills and self.start_redis()))
        return planned

    def work(self):
        """Puts the jobs in and does what the world does when it is time to, until as many jobs have ended as in the simulation."""
        jobs = jobs_of(self.case.tried)
        # What is there from the beginning is there when a simulated worker asks for the first time.
        self.put_in([line for at, line in jobs if at == 0])
        if by_the_fakes_clock(self.case.tried):
            time.sleep(max(self.runners_start - time.monotonic(), 0))
        for number in range(1, self.case.tried.get("runners", 1) + 1):
            self.start_runner(f"runner-{number}")
        self.insist()
        begun = time.monotonic()
        todo = [(at, lambda line=line: self.put(line)) for at, line in jobs if at > 0]
        todo = sorted(todo + self.world(begun), key=lambda item: item[0])
        expected, end = ended_by_runners(self.case.events), self.case.seconds
        while todo or self.jobs_ended() < expected or time.monotonic() - begun < end:
            now = time.monotonic() - begun
            while todo and todo[0][0] <= now:
                todo.pop(0)[1]()
            self.insist()
            if now > end + PATIENCE:
                return  # The comparison tells what is missing.
            time.sleep(TICK if todo else 4 * TICK)

    def put_in(self, lines):
        process = self.start("enqueue", *self.runner("enqueue", "-"), stdin=subprocess.PIPE)
        process.communicate("".join(lines).encode())
        if process.returncode not in (0, 3):  # 3: some were there already.
            raise Broken(f"runner enqueue ended with {process.returncode}")

    def put(self, line):
        self.lines.append(line)
        try:
            self.client.stdin.write(line.encode())
            self.client.stdin.flush()
        except BrokenPipeError:
            self.client.wait()

    def insist(self):
        """`runner enqueue` gives up when Redis does not answer for long, as no simulated client does."""
        if self.client and self.client.poll() is None:
            return
        self.client = self.start("enqueue", *self.runner("enqueue", "-"), stdin=subprocess.PIPE)
        again, self.lines = self.lines, []
        for line in again:
            self.put(line)

    def logs(self):
        return [self.folder / f"life-{number}.log" for number in range(len(self.lives))]

    def jobs_ended(self):
        texts = [log.read_text() for log in self.logs()]
        return sum(text.count(f'"event":"{event}"') for text in texts for event in ("job.completed", "job.failed"))

    def stop(self, processes):
        """By SIGTERM; what does not end by it in time is killed."""
        processes = [process for process in processes if process.poll() is None]
        for process in processes:
            process.send_signal(signal.SIGCONT)  # One that stands still would not hear the other.
            process.terminate()
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for process in self.processes:
            if process.stdin and not process.stdin.closed:
                with contextlib.suppress(BrokenPipeError):  # What it did not take before it ended.
                    process.stdin.close()

    def events(self):
        events, first = [], None
        for log in self.logs():
            # The last line of one that was killed may be cut.
            whole_lines = log.with_suffix(".jsonl").read_text().split("\n")[:-1]
            lines = [json.loads(text) for text in whole_lines]
            whole, _, fraction = lines[0]["started"].rstrip("Z").partition(".")
            started = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction.ljust(9, "0"))
            events += [event | {"t_ns": event["t_ns"] + started} for event in lines[1:]]
        first = min((event["t_ns"] for event in events), default=0)
        return sorted((event | {"t_ns": event["t_ns"] - first} for event in events), key=lambda event: event["t_ns"])
