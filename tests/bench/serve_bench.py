#!/usr/bin/env python3
"""How fast the fakes are on sockets, side by side with the real servers, in one run.

The fake Redis answers redis-benchmark in turn with a redis-server that keeps nothing on disk; the fake model and the fake
GitHub answer wrk in turn with an nginx that serves a file of the same bytes. One server is asked at a time, ours and the
other in turn, and each figure is the median of the repetitions. Beside the rates stands the processor time that the servers
themselves took for a request: who asks may be slower than both. Everything listens on loopback, on ports that are free, and is
ended here by its own process.
"""

import argparse
import base64
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = {"redis-server": "redis-server", "redis-benchmark": "redis-tools", "redis-cli": "redis-tools", "nginx": "nginx",
            "wrk": "wrk"}
KEYS = 100000
CLIENTS = 50
# Name, the command for redis-benchmark, and by how much a run is shorter than one of GET.
COMMANDS = (
    ("PING", ["PING"], 1),
    ("SET", ["SET", "key:__rand_int__", "xxx"], 1),
    ("GET", ["GET", "key:__rand_int__"], 1),
    ("INCR", ["INCR", "counter:__rand_int__"], 1),
    ("LPUSH", ["LPUSH", "mylist", "xxx"], 1),
    ("LPOP", ["LPOP", "mylist"], 1),
    ("HSET", ["HSET", "myhash", "element:__rand_int__", "xxx"], 1),
    ("ZADD", ["ZADD", "myzset", "__rand_int__", "element:__rand_int__"], 1),
    ("ZPOPMIN", ["ZPOPMIN", "myzset"], 1),
    ("EVALSHA, 11 commands", ["EVALSHA", "{turn}", "1", "bench:", "__rand_int__", "payload"], 8),
)
NGINX = """daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000000; open_file_cache max=100;
  default_type application/json;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""
CHAT = {"model": "glm-4.6", "messages": [{"role": "user", "content": "Say hi to the reporter of this issue."}]}


class Broken(Exception):
    """The measurement itself cannot go on."""


def wait_until(what, is_so, seconds=20):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise Broken(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def is_listening(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def output_of(command, seconds=300):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    if done.returncode != 0 or "error" in done.stdout.lower():
        raise Broken(f"{command[0]}: {done.stderr.strip()} {done.stdout.strip()[-400:]}")
    return done.stdout


class Servers:
    def __init__(self, build, folder):
        self.folder = folder
        self.started = []
        try:
            self.start_all(build)
        except BaseException:
            self.stop()
            raise

    def start(self, name, command):
        with open(self.folder / f"{name}.out", "wb") as out:
            self.started.append(subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL))
        return self.started[-1]

    def start_all(self, build):
        scenario = self.folder / "bench.json"
        scenario.write_text('{"title": "bench", "why": "Nothing goes wrong."}\n')
        self.serve = self.start("serve", [build / "rehearse", "serve", scenario, "--llm", "127.0.0.1:0", "--github",
                                          "127.0.0.1:0", "--redis", "127.0.0.1:0"])
        self.redis, self.nginx = free_port(), free_port()
        self.redis_server = self.start("redis", ["redis-server", "--bind", "127.0.0.1", "--port", str(self.redis), "--save",
                                                 "", "--appendonly", "no", "--dir", self.folder])
        (self.folder / "www").mkdir()
        (self.folder / "nginx.conf").write_text(NGINX.format(folder=self.folder, port=self.nginx))
        self.nginx_server = self.start("nginx", ["nginx", "-p", self.folder, "-e", self.folder / "nginx.log", "-c",
                                                 self.folder / "nginx.conf"])
        told = self.folder / "serve.out"
        wait_until("rehearse serve", lambda: "ready\n" in told.read_text())
        ports = dict(re.findall(r"^(\w+) 127\.0\.0\.1:(\d+)$", told.read_text(), re.MULTILINE))
        self.fake_redis, self.llm, self.github = (int(ports[name]) for name in ("redis", "llm", "github"))
        for port in (self.redis, self.nginx):
            wait_until(f"port {port}", lambda port=port: is_listening(port))

    def stop(self):
        for process in self.started:
            process.terminate()
        for process in self.started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def redis_rate(port, command, pipeline, requests):
    line = ["redis-benchmark", "-h", "127.0.0.1", "-p", str(port), "-c", str(CLIENTS), "-P", str(pipeline), "-n",
            str(requests), "-r", str(KEYS), "--csv", *command]
    rows = output_of(line).strip().splitlines()
    return float(rows[-1].rsplit('","', 7)[1].strip('"')), requests


def http_rate(url, seconds, script):
    told = output_of(["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "-s", str(script), url])
    if "Non-2xx" in told or "Socket errors" in told:
        raise Broken(f"wrk: {told}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told).group(1)), int(re.search(r"(\d+) requests in", told).group(1))


def processor_seconds(process):
    """User and system time of all threads until now."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def turn_of(server, ask):
    """Requests a second, and microseconds of the server's processor time for one. `ask` gives the rate and the number."""
    before = processor_seconds(server)
    rate, requests = ask()
    return rate, (processor_seconds(server) - before) * 1e6 / requests


def head(asker, other):
    print(f"\n| {asker} | rehearse serve/s | {other}/s | ratio | processor us of rehearse serve | of {other} |\n"
          "|---|---|---|---|---|---|")


def measure(name, repetitions, ours, other):
    """In turn, so that whatever else the machine does meets both. The ratio is of neighbours in time."""
    pairs = [(turn_of(*ours), turn_of(*other)) for _ in range(repetitions)]
    rates, times = ([statistics.median(pair[side][what] for pair in pairs) for side in (0, 1)] for what in (0, 1))
    ratio = statistics.median(ours[0] / other[0] for ours, other in pairs)
    print(f"| {name} | {rates[0]:,.0f} | {rates[1]:,.0f} | {ratio:.2f} | {times[0]:.2f} | {times[1]:.2f} |", flush=True)


def measure_redis(servers, options):
    turn = (HERE / "queue_turn.lua").read_text()
    ports = (servers.fake_redis, servers.redis)
    sha = {output_of(["redis-cli", "-p", str(port), "script", "load", turn]).strip() for port in ports}
    if len(sha) != 1:
        raise Broken(f"two names for one script: {sha}")
    sha = sha.pop()
    for port in ports:  # So that GET finds nearly all of its keys.
        redis_rate(port, ["SET", "key:__rand_int__", "xxx"], 100, 3 * KEYS)
    head(f"redis-benchmark -c {CLIENTS}", "redis-server")
    for pipeline in options.pipelines:
        for name, words, part in COMMANDS:
            title = f"{name}, -P {pipeline}"
            if not re.search(options.only, title):
                continue
            command = [word.format(turn=sha) for word in words]
            requests = (options.requests if pipeline == 1 else 5 * options.requests) // part
            ours, other = (lambda port=port: redis_rate(port, command, pipeline, requests) for port in ports)
            measure(title, options.repetitions, (servers.serve, ours), (servers.redis_server, other))


def fetch(url, headers, body=None):
    request = urllib.request.Request(url, data=body, headers=headers)
    # Never through a proxy.
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        return answer.read()


def installation_token(base):
    """The fake takes any App's signature where the scenario has no key."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    now = int(time.time())
    jwt = f"{part({'alg': 'RS256'})}.{part({'iat': now - 10, 'exp': now + 500, 'iss': '1'})}.c2lnbmVk"
    answer = fetch(f"{base}/app/installations/1/access_tokens", {"authorization": f"Bearer {jwt}", "user-agent": "bench"}, b"")
    return json.loads(answer)["token"]


def measure_http(servers, options):
    llm, github = (f"http://127.0.0.1:{port}" for port in (servers.llm, servers.github))
    as_json = {"content-type": "application/json", "user-agent": "bench"}
    token = {"authorization": f"Bearer {installation_token(github)}", "user-agent": "bench"}
    chat = json.dumps({**CHAT, "stream": False}).encode()
    cases = (("GET /api/version of the model", f"{llm}/api/version", {"user-agent": "bench"}, None),
             ("POST /api/chat of the model", f"{llm}/api/chat", as_json, chat),
             ("POST /api/chat, streamed", f"{llm}/api/chat", as_json, json.dumps(CHAT).encode()),
             ("GET an issue of GitHub", f"{github}/repos/octo/hello/issues/1", token, None))
    head(f"wrk -t1 -c{CLIENTS}", "nginx")
    plain = servers.folder / "plain.lua"
    plain.write_text('wrk.headers["user-agent"] = "bench"\n')
    for number, (name, url, headers, body) in enumerate(cases):
        if not re.search(options.only, name):
            continue
        # What a client gets, without the frames of a stream.
        (servers.folder / "www" / f"{number}.json").write_bytes(fetch(url, headers, body))
        script = servers.folder / f"{number}.lua"
        lines = [f"wrk.headers[{json.dumps(key)}] = {json.dumps(value)}" for key, value in headers.items()]
        if body is not None:
            lines += ['wrk.method = "POST"', f"wrk.body = [[{body.decode()}]]"]
        script.write_text("\n".join(lines) + "\n")
        file = f"http://127.0.0.1:{servers.nginx}/{number}.json"
        measure(name, options.repetitions, (servers.serve, lambda: http_rate(url, options.seconds, script)),
                (servers.nginx_server, lambda: http_rate(file, options.seconds, plain)))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="the folder of the built programs")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--requests", type=int, default=100000, help="of a run of redis-benchmark; pipelined: five times as many")
    parser.add_argument("--seconds", type=int, default=2, help="of a run of wrk")
    parser.add_argument("--pipelines", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--only", default="", metavar="PATTERN", help="the rows whose name has a match")
    return parser.parse_args()


def main():
    options = parse()
    missing = sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})
    if missing:
        print(f"serve_bench: packages are missing: {' '.join(missing)} (./dev bench fakes installs them)", file=sys.stderr)
        return 2
    # Either ends what was started; a shell that runs this in the background has Ctrl-C ignored otherwise.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="rehearse-bench-") as name:
        servers = None
        try:
            servers = Servers(options.build.resolve(), Path(name))
            measure_redis(servers, options)
            measure_http(servers, options)
        except KeyboardInterrupt:
            print("serve_bench: stopped", file=sys.stderr)
            return 130
        except (Broken, OSError, ValueError) as wrong:
            print(f"serve_bench: {wrong}", file=sys.stderr)
            return 1
        finally:
            if servers is not None:
                servers.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
