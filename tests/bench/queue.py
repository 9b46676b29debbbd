#!/usr/bin/env python3
"""Jobs a second of one worker process and pick-up latency of an idle one, side by side with BullMQ on one redis-server.

The jobs do nothing; Redis keeps every change in its append-only file (everysec) and does not rewrite it meanwhile. Both sides
lease a job to one worker, give it to another when the lease runs out, and keep a job that has ended to be looked up. BullMQ
also writes a stream of events and times of each job, and by default keeps it for ever; ours keeps it for a day.

Jobs that do nothing end in bunches, which is the best case for ends that are recorded together: --work-ms gives each of them
a time of its own, from nothing to so many milliseconds. The sides take turns, each pair begins with the other; what is printed
are medians. BullMQ comes from npm, into build/bench/queue. Everything that is started listens in a folder of its own and is
ended here.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "bench" / "queue"
PLACE = ROOT / "build" / "bench" / "queue"
LONGEST = 300  # Seconds for one program.


class Broken(Exception):
    """The benchmark cannot go on."""


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=LONGEST, **options)
    if done.returncode != 0:
        raise Broken(f"{Path(command[0]).name} {command[1]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def redis_server():
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        options = {"--port": "0", "--unixsocket": socket, "--save": "", "--appendonly": "yes", "--appendfsync": "everysec",
                   "--auto-aof-rewrite-percentage": "0", "--dir": folder}
        command = ["redis-server", *(str(word) for option in options.items() for word in option)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            for _ in range(100):
                if socket.exists():
                    break
                time.sleep(0.05)
            yield socket
        finally:
            server.terminate()
            server.wait()


def redis_seconds(socket):
    """Processor time that the server has used."""
    fields = dict(line.split(":", 1) for line in run("redis-cli", "-s", socket, "info", "cpu").splitlines() if ":" in line)
    return float(fields["used_cpu_sys"]) + float(fields["used_cpu_user"])


class Ours:
    name = "rehearse"

    def __init__(self, build):
        self.program = build / "queue_bench"

    def call(self, command, socket, *arguments):
        return run(self.program, command, f"unix://{socket}", *arguments)


class BullMq:
    name = "BullMQ"

    def __init__(self):
        PLACE.mkdir(parents=True, exist_ok=True)
        for file in ("package.json", "bullmq_bench.js"):
            shutil.copy(HERE / file, PLACE / file)
        run("npm", "install", "--no-audit", "--no-fund", cwd=PLACE)
        self.version = run("node", "-p", "require('bullmq/package.json').version", cwd=PLACE).strip()

    def call(self, command, socket, *arguments):
        return run("node", PLACE / "bullmq_bench.js", command, socket, *arguments)


def throughput(side, socket, jobs, concurrency, work_ms):
    """Jobs a second, and the share of the time in which Redis was at work."""
    run("redis-cli", "-s", socket, "flushall")
    side.call("fill", socket, jobs)
    used = redis_seconds(socket)
    rate = float(side.call("work", socket, jobs, concurrency, work_ms))
    share = (redis_seconds(socket) - used) / (jobs / rate)
    return rate, share


def latencies(side, socket, jobs):
    run("redis-cli", "-s", socket, "flushall")
    return sorted(float(line) for line in side.call("pickup", socket, jobs).split() if line not in ("begun", "over"))


def percentile(sorted_values, percent):
    return sorted_values[min(len(sorted_values) - 1, len(sorted_values) * percent // 100)]


def while_they_wait(program, socket, *arguments):
    """What the program prints between "begun" and its end, and how often Redis did each command meanwhile."""
    run("redis-cli", "-s", socket, "flushall")
    with subprocess.Popen([program, *map(str, arguments)], stdout=subprocess.PIPE, text=True) as process:
        if process.stdout.readline() != "begun\n":
            raise Broken(f"{arguments[0]} did not begin")
        run("redis-cli", "-s", socket, "config", "resetstat")
        lines = []
        for line in process.stdout:
            if line == "over\n":
                break
            lines.append(line.strip())
        stats = run("redis-cli", "-s", socket, "info", "commandstats")
        process.communicate(timeout=LONGEST)
    counts = {}
    for line in stats.splitlines():
        if line.startswith("cmdstat_"):
            name, rest = line.removeprefix("cmdstat_").split(":", 1)
            counts[name.split("|")[0]] = int(rest.split(",")[0].removeprefix("calls="))
    return lines, counts


def script_calls(counts):
    return counts.get("evalsha", 0) + counts.get("eval", 0)


def wake_ups(program, options):
    """What one job costs beside so many idle workers, and what they cost while no job comes."""
    print("idle workers  script calls a job  wake-ups a job  pick-up p50 us  p99 us  idle: script calls a second")
    with redis_server() as socket:
        for workers in options.idle:
            lines, counts = while_they_wait(program, socket, "pickup", f"unix://{socket}", options.pickups, workers)
            waits = sorted(float(line) for line in lines)
            _, idle = while_they_wait(program, socket, "idle", f"unix://{socket}", options.seconds, workers)
            print(f"{workers:12} {script_calls(counts) / options.pickups:19.2f} {counts.get('publish', 0) / options.pickups:15.2f}"
                  f" {percentile(waits, 50):15.0f} {percentile(waits, 99):7.0f} {script_calls(idle) / options.seconds:28.2f}")


def compare(sides, options):
    rates = {side.name: [] for side in sides}
    shares = {side.name: [] for side in sides}
    waits = {side.name: [] for side in sides}
    with redis_server() as socket:
        for repetition in range(options.repetitions):
            for side in sides if repetition % 2 == 0 else reversed(sides):
                jobs = options.jobs if side.name == Ours.name else options.jobs // 4  # Both work for about as long.
                rate, share = throughput(side, socket, jobs, options.concurrency, options.work_ms)
                rates[side.name].append(rate)
                shares[side.name].append(share)
                waits[side.name].append(latencies(side, socket, options.pickups))
                print(f"{repetition + 1}/{options.repetitions} {side.name}: {rate:,.0f} jobs/s", file=sys.stderr)
    for side in sides:
        rate, share = statistics.median(rates[side.name]), statistics.median(shares[side.name])
        p50, p99 = (statistics.median(percentile(run_of, percent) for run_of in waits[side.name]) for percent in (50, 99))
        print(f"{side.name:10} {rate:9,.0f} jobs/s  Redis at work {share:4.0%}  pick-up p50 {p50:5.0f} us, p99 {p99:5.0f} us")
    ratio = statistics.median(a / b for a, b in zip(*(rates[side.name] for side in sides)))
    print(f"{sides[0].name} : {sides[1].name} = {ratio:.2f} (median of {options.repetitions} pairs)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release", help="the build folder (build/release)")
    parser.add_argument("--jobs", type=int, default=100_000, help="jobs of one repetition (100000); a quarter for BullMQ")
    parser.add_argument("--pickups", type=int, default=1_000, help="jobs put in one by one in each repetition (1000)")
    parser.add_argument("--concurrency", type=int, default=50, help="jobs at once (50)")
    parser.add_argument("--work-ms", type=int, default=0, help="each job waits for 0 to so many milliseconds (0)")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--idle", type=int, nargs="+", metavar="WORKERS",
                        help="instead: what a job costs beside so many idle workers, for example 1 10 50 200")
    parser.add_argument("--seconds", type=int, default=30, help="with --idle: how long they wait for nothing (30)")
    options = parser.parse_args()
    try:
        if options.idle:
            return wake_ups(Ours(options.build).program, options)
        bullmq = BullMq()
        print(f"BullMQ {bullmq.version}, Node {run('node', '--version').strip()}, {run('redis-server', '--version').split()[2]}, "
              f"{os.cpu_count()} cores", file=sys.stderr)
        compare([Ours(options.build), bullmq], options)
    except (Broken, OSError, subprocess.TimeoutExpired) as error:
        sys.exit(f"queue.py: {error}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
