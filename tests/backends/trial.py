"""One scenario run by the real programs: `rehearse serve` and `runner work` on loopback, with the fake Redis or a real one.
Every process is started here, known by its own process, and ended here."""

import calendar
import json
import os
import shutil
import subprocess
import time

from cases import ended, nanoseconds

PATIENCE = 15  # How much longer than the simulated one a real run may take to end.
TICK = 0.005
REDIS = "port 0\nsave \"\"\nappendonly no\n"


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
            job |= {key: entry[key] for key in ("repo", "issue", "installation", "prompt") if key in entry}
            name = entry["id"].replace("{n}", str(number)) if "count" in entry else entry["id"]
            jobs.append((at + (number - 1) * every, json.dumps(job | {"id": name}) + "\n"))
    return sorted(jobs, key=lambda job: job[0])


class Trial:
    def __init__(self, build, folder, key, case, redis):
        self.build, self.folder, self.case, self.redis = build, folder, case, redis
        self.environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.environment |= {"GITHUB_APP_PRIVATE_KEY": str(key), "GITHUB_APP_ID": "12345"}
        self.processes = []
        self.runners = []
        self.ends = 0

    def run(self):
        """The events of all runners, by their clocks, T=0 being the first one's start."""
        self.folder.mkdir()
        try:
            self.serve()
            self.start_redis()
            self.work()
            self.stop(self.runners)
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
        scenario.write_text(json.dumps(self.case.tried))
        with open(told, "wb") as stdout:
            self.start("serve", self.build / "rehearse", "serve", scenario, "--llm", "127.0.0.1:0", "--github",
                       "127.0.0.1:0", "--redis", "127.0.0.1:0", stdout=stdout)
        wait_until("the fakes are ready", 20, lambda: "ready" in told.read_text().split("\n"))
        at = dict(line.split(" ") for line in told.read_text().split("\n") if " " in line)
        config = json.loads(json.dumps(self.case.config))
        root = "/v1" if config["llm"]["protocol"] == "openai" else "/api"
        config["llm"]["url"], config["github"]["url"] = f"http://{at['llm']}{root}", f"http://{at['github']}"
        (self.folder / "config.json").write_text(json.dumps(config))
        self.environment["REDIS_URL"] = f"redis://{at['redis']}"

    def start_redis(self):
        if self.redis == "fake":
            return
        socket = self.folder / "redis.sock"
        redis = self.start("redis", "redis-server", "-", stdin=subprocess.PIPE)
        redis.stdin.write(f'{REDIS}dir "{self.folder}"\nunixsocket "{socket}"\n'.encode())
        redis.stdin.close()
        wait_until("Redis answers", 20, socket.exists)
        self.environment["REDIS_URL"] = f"unix://{socket}"

    def runner(self, command, *arguments):
        return (self.build / "runner", command, *arguments, "--config", self.folder / "config.json")

    def start_runner(self, number):
        name = f"runner-{number}"
        stop = next((entry for entry in self.case.tried.get("world", ()) if entry.get("stop") == name), {})
        drain = stop.get("within", "1h")
        self.runners.append(self.start(
            name, *self.runner("work", "--trace", self.folder / f"{name}.jsonl", "--seed", self.case.tried.get("seed", 1)),
            *("--set", f"runner.name={name}", "--set", "runner.log=json", "--set", "runner.listen=", "--set",
              f"runner.drain={drain}")))

    def work(self):
        """Puts the jobs in and stops runners when it is time to, until as many jobs have ended as in the simulation."""
        jobs = jobs_of(self.case.tried)
        # What is there from the beginning is there when a simulated worker asks for the first time.
        self.put_in([line for at, line in jobs if at == 0])
        for number in range(1, self.case.tried.get("runners", 1) + 1):
            self.start_runner(number)
            wait_until("the runner has started", 20, lambda: self.has_begun(self.runners_logs()[-1]))
        begun = time.monotonic()
        later = self.start("enqueue", *self.runner("enqueue", "-"), stdin=subprocess.PIPE)
        todo = [(at, lambda line=line: self.put(later, line)) for at, line in jobs if at > 0]
        for entry in self.case.tried.get("world", ()):
            process = self.runners[int(entry["stop"].split("-")[1]) - 1]
            todo.append((nanoseconds(entry["at"]) / 1e9, process.terminate))
        todo.sort(key=lambda item: item[0])
        expected, end = ended(self.case.events), self.case.seconds
        while todo or self.jobs_ended() < expected or time.monotonic() - begun < end:
            now = time.monotonic() - begun
            while todo and todo[0][0] <= now:
                todo.pop(0)[1]()
            if now > end + PATIENCE:
                return  # The comparison tells what is missing.
            time.sleep(TICK if todo else 4 * TICK)

    def put_in(self, lines):
        process = self.start("enqueue", *self.runner("enqueue", "-"), stdin=subprocess.PIPE)
        process.communicate("".join(lines).encode())
        if process.returncode != 0:
            raise Broken(f"runner enqueue ended with {process.returncode}")

    def put(self, process, line):
        process.stdin.write(line.encode())
        process.stdin.flush()

    def runners_logs(self):
        return [self.folder / f"runner-{number}.log" for number in range(1, len(self.runners) + 1)]

    def has_begun(self, log):
        return '"worker.started"' in log.read_text()

    def jobs_ended(self):
        texts = [log.read_text() for log in self.runners_logs()]
        return sum(text.count(f'"event":"{event}"') for text in texts for event in ("job.completed", "job.failed"))

    def stop(self, processes):
        """By SIGTERM; what does not end by it in time is killed."""
        processes = [process for process in processes if process.poll() is None]
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for process in self.processes:
            if process.stdin and not process.stdin.closed:
                process.stdin.close()

    def events(self):
        events, first = [], None
        for log in self.runners_logs():
            lines = [json.loads(text) for text in log.with_suffix(".jsonl").read_text().splitlines()]
            whole, _, fraction = lines[0]["started"].rstrip("Z").partition(".")
            started = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction.ljust(9, "0"))
            events += [event | {"t_ns": event["t_ns"] + started} for event in lines[1:]]
        first = min((event["t_ns"] for event in events), default=0)
        return sorted((event | {"t_ns": event["t_ns"] - first} for event in events), key=lambda event: event["t_ns"])
