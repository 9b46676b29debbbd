#!/usr/bin/env python3
"""runner and a real redis-server that lets it do less than it needs, is full, forgets jobs, is a cluster or a Sentinel: what is
found out before a job meets it, and how it is told.

usage: redis_test.py BUILD_FOLDER [unittest's own arguments]
"""

import json
import re
import socket
import socketserver
import subprocess
import sys
import threading
import time
import unittest
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True  # The sources' folders stay clean.

from real_redis import RealRedis
from served import JOB, LONGEST, PASSWORD, closed_port, serving

PREFIX = "rehearse:"
PAGE = Path(__file__).resolve().parents[2] / "docs/production.md"


def documented_rights():
    """The words of the one line of docs/production.md."""
    line = re.search(r"^ACL SETUSER runner .*$", PAGE.read_text(), re.MULTILINE)[0]
    return line.replace("<prefix>", PREFIX).replace("<password>", PASSWORD).split(" ")


class WithRedis(unittest.TestCase):
    settings = ()

    def setUp(self):
        stack = ExitStack()
        self.addCleanup(stack.close)
        self.served = stack.enter_context(serving())
        self.redis = stack.enter_context(RealRedis(*self.settings))
        self.served.environment["REDIS_URL"] = self.redis.url()

    def run_with_prefix(self, command, *arguments, prefix=PREFIX, **environment):
        return self.served.run(command, *arguments, "--set", f"redis.key_prefix={prefix}", **environment)

    def check(self, **environment):
        """The lines about Redis, and the exit code."""
        done = self.run_with_prefix("check", **environment)
        self.assertEqual(done.stderr, "")
        return [line for line in done.stdout.splitlines() if line.startswith("redis")], done.returncode


class Rights(WithRedis):
    def setUp(self):
        super().setUp()
        self.rights = documented_rights()
        self.redis.call(*self.rights)
        self.served.environment["REDIS_URL"] = self.redis.url("runner", PASSWORD)

    def test_the_documented_ones_are_enough_for_a_jobs_whole_life_and_for_operators(self):
        self.assertEqual([line.split()[:2] for line in self.check()[0]], [["redis", "ok"]])
        with self.served.working("--set", f"redis.key_prefix={PREFIX}") as worker:
            worker.until(lambda: worker.get("/readyz")[0] == 200)
            for command, *arguments in (("pause",), ("enqueue", "a", *JOB), ("enqueue", "b", *JOB), ("show", "a"), ("jobs",),
                                        ("dead",), ("cancel", "b"), ("drop", "b"), ("resume",)):
                done = self.run_with_prefix(command, *arguments)
                self.assertEqual((done.returncode, done.stderr), (0, ""), command)
            worker.until(lambda: 'runner_jobs_total{result="completed"} 1' in worker.get("/metrics")[2])
            self.assertIn("runner_queue_up 1\n", worker.get("/metrics")[2])
            log = worker.log.read_text()
        self.assertNotRegex(log, " (error|warning) ")
        self.assertEqual(self.redis.call("ACL", "LOG"), [], "nothing was refused")

    def test_each_that_is_missing_is_named(self):
        rows = [(["-evalsha"], "may not run: evalsha$"), (["-eval"], "may not run: eval$"),
                (["-pubsub"], r"may not run: pubsub\|channels pubsub\|numsub$"), (["-publish"], "may not run: publish$"),
                (["-subscribe"], "may not run: subscribe$"), (["-hstrlen", "-lpos"], "may not run: hstrlen lpos$"),
                (["-set", "-del"], "may not run: .*del.* set"),
                (["resetchannels"], "may not use the channels: rehearse:job:wake rehearse:job:wake:\\*$"),
                (["resetchannels", "&rehearse:job:wake"], "may not use the channels: rehearse:job:wake rehearse:job:wake:\\*$"),
                (["resetkeys", "~rehearse:job:", "~rehearse:job:[^l]*"], "may not read and write the keys: rehearse:job:leases$"),
                (["resetkeys", "~rehearse:job:", "~rehearse:job:[^d]*", "%R~rehearse:job:*"],
                 "may not read and write the keys: rehearse:job:data:\\* rehearse:job:dead rehearse:job:delayed$"),
                (["resetkeys", "~rehearse:job:", "~rehearse:job:[^o]*", "%W~rehearse:job:*"],
                 "may not read and write the keys: rehearse:job:owners$"),
                (["resetkeys", "~rehearse:job:?*"], "may not read and write the keys: rehearse:job:$"), (["resetkeys", "~other:*"], "may not read and write the keys: rehearse:job:$")]
        for taken, said in rows:
            self.redis.call(*self.rights)
            self.redis.call("ACL", "SETUSER", "runner", *taken)
            before = self.redis.call("KEYS", "*")
            lines, code = self.check()
            self.assertEqual((len(lines), code), (1, 1), (taken, lines))
            self.assertRegex(lines[0], "^redis +FAILED +unix://runner:\\*\\*\\*@.*: this user " + said)
            self.assertEqual(self.redis.call("KEYS", "*"), before)

    def test_every_command_of_a_script_is_tried(self):
        """Each is taken away alone."""
        self.redis.call(*self.rights)
        scripts = (PAGE.parents[1] / "core/queue/scripts").rglob("*.lua")
        words = {word for script in scripts if script.name != "rights.lua"
                 for word in re.findall(r"'([A-Z]+)'", script.read_text())}
        commands = words - {"LIMIT", "WITHSCORES", "PX", "NX", "NUMSUB", "CHANNELS", "WRONGTYPE"}
        self.assertGreater(len(commands), 30)
        for command in sorted(commands):
            self.redis.call("ACL", "SETUSER", "runner", "-" + command.lower())
            lines, _ = self.check()
            self.assertRegex(lines[0], f"may not run: {command.lower()}", command)
            self.redis.call("ACL", "SETUSER", "runner", "+" + command.lower())

    def test_work_says_it_before_the_first_job_and_goes_on(self):
        self.redis.call("ACL", "SETUSER", "runner", "resetchannels")
        self.run_with_prefix("enqueue", "a", *JOB)
        with self.served.working("--set", f"redis.key_prefix={PREFIX}") as worker:
            worker.until(lambda: "Completed" in worker.log.read_text())
            log = worker.log.read_text()
        self.assertRegex(log.splitlines()[1], "error +runner Redis: this user may not use the channels: rehearse:job:wake ")

    def test_what_enqueue_is_refused_is_told_in_redis_words(self):
        self.redis.call("ACL", "SETUSER", "runner", "-exists")
        rows = [({}, "answered: ERR The user executing the script can't run this command or subcommand$"),
                ({"REDIS_URL": self.redis.url("runner", "wrong-password")}, "AUTH with: WRONGPASS invalid username-password pair"),
                ({"REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:{closed_port()}"}, "cannot connect to .*: Connection refused$")]
        for environment, said in rows:
            done = self.run_with_prefix("enqueue", "a", *JOB, "--set", "redis.retry.initial_delay=10ms", **environment)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr.strip(), "^error: Redis did not take the job: .*" + said)
            for secret in (PASSWORD, "wrong-password"):
                self.assertNotIn(secret, done.stderr)


class PlainRedis(WithRedis):
    def test_a_password_that_is_not_given(self):
        self.redis.call("CONFIG", "SET", "requirepass", PASSWORD)
        (line,), code = self.check()
        self.assertEqual(code, 1)
        self.assertRegex(line, "FAILED .*answered CLIENT SETNAME with: NOAUTH Authentication required$")

    def test_a_full_one(self):
        self.redis.call("CONFIG", "SET", "maxmemory", "1")
        (line,), code = self.check()
        self.assertEqual(code, 1)
        self.assertRegex(line, "FAILED .*: it answered: OOM command not allowed when used memory > 'maxmemory'$")
        done = self.run_with_prefix("enqueue", "a", *JOB, "--set", "redis.retry.initial_delay=10ms")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "^error: Redis did not take the job: .*answered: OOM command not allowed when used memory")
        done = self.run_with_prefix("pause")
        self.assertRegex(done.stderr, "^error: .*answered: OOM command")

    def test_one_that_forgets(self):
        self.redis.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        lines, code = self.check()
        self.assertEqual(([line.split()[1] for line in lines], code), (["warning", "ok"], 0))
        self.assertIn("maxmemory-policy is allkeys-lru: when memory is full Redis deletes jobs; set noeviction", lines[0])
        self.redis.call("ACL", "SETUSER", "default", "-info")
        self.assertEqual(self.check()[0], lines, "CONFIG tells it, too")
        self.redis.call("ACL", "SETUSER", "default", "-config")
        self.assertEqual(self.check(), (lines[1:], 0), "nobody tells")

    def test_a_replica(self):
        self.redis.call("REPLICAOF", "127.0.0.1", closed_port())
        (line,), code = self.check()
        self.assertEqual(code, 1)
        self.assertRegex(line, "FAILED .*: it answered: READONLY You can't write against a read only replica$")

    def test_a_certificate_that_does_not_convince(self):
        folder, port = self.served.folder, closed_port()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1",
                        "-keyout", folder / "tls.key", "-out", folder / "tls.crt"], check=True, capture_output=True)
        for setting, value in (("tls-cert-file", folder / "tls.crt"), ("tls-key-file", folder / "tls.key"),
                               ("tls-auth-clients", "no"), ("tls-port", port)):
            self.redis.call("CONFIG", "SET", setting, value)
        url = f"rediss://localhost:{port}"
        self.assertRegex(self.check(REDIS_URL=url)[0][0], "FAILED .*TLS with .*certificate verify failed.*self-signed certificate")
        done = self.run_with_prefix("enqueue", "a", *JOB, "--set", "redis.retry.initial_delay=10ms", REDIS_URL=url)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "did not take the job: TLS with .*self-signed certificate")


class Cluster(unittest.TestCase):
    def test_needs_a_tag_and_is_followed_where_the_keys_are(self):
        with ExitStack() as stack:
            ports = [closed_port() for _ in range(2)]
            served = stack.enter_context(serving())
            nodes = [stack.enter_context(RealRedis(f"port {port}", "bind 127.0.0.1", "cluster-enabled yes",
                                                   f"cluster-port {closed_port()}")) for port in ports]
            nodes[0].call("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
            nodes[1].call("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
            bus = nodes[1].call("CONFIG", "GET", "cluster-port")[1]
            nodes[0].call("CLUSTER", "MEET", "127.0.0.1", ports[1], bus)
            for node in nodes:
                node.until(lambda node=node: "cluster_state:ok" in node.call("CLUSTER", "INFO")
                           and "cluster_known_nodes:2" in node.call("CLUSTER", "INFO"))
            served.environment["REDIS_URL"] = f"redis://127.0.0.1:{ports[0]}"
            for prefix in ("", "rehearse:", "{}:", "{:", "}{"):
                with self.subTest(prefix):
                    self.refused(served, prefix, nodes)
            # {a} lies on the other node, {b} on this one.
            for prefix in ("{a}:", "jobs-{b}:"):
                done = served.run("check", "--set", f"redis.key_prefix={prefix}")
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                done = served.run("enqueue", "a", *JOB, "--set", f"redis.key_prefix={prefix}")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                with served.working("--set", f"redis.key_prefix={prefix}") as worker:
                    worker.until(lambda: "Completed" in worker.log.read_text())
                    self.assertNotIn(" error ", worker.log.read_text())

    def refused(self, served, prefix, nodes):
        for command, *arguments in (("enqueue", "a", *JOB), ("check",), ("work",), ("jobs",), ("pause",)):
            done = served.run(command, *arguments, "--set", f"redis.key_prefix={prefix}")
            self.assertEqual(done.returncode, 2 if command in ("enqueue", "work") else 1, (command, done.stderr))
            self.assertRegex(done.stdout + done.stderr, r"is a node of a cluster, .*: give redis.key_prefix a \{tag\}")
        self.assertEqual([node.call("DBSIZE") for node in nodes], [0, 0])


class MovingRedis(socketserver.ThreadingTCPServer):
    """Lets everybody in, and says that all keys are on a machine that nobody has (RFC 5737)."""
    allow_reuse_address, daemon_threads = True, True

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while line := self.rfile.readline():
                words = []
                for _ in range(int(line[1:])):
                    size = int(self.rfile.readline()[1:])
                    words.append(self.rfile.read(size + 2)[:-2])
                replies = {b"PING": b"+PONG", b"AUTH": b"+OK", b"CLIENT": b"+OK", b"HELLO": b"*2\r\n+mode\r\n+standalone"}
                self.wfile.write(replies.get(words[0], b"-MOVED 3999 203.0.113.5:6379") + b"\r\n")


class Moved(unittest.TestCase):
    SAID = (r"says that our keys are at 203\.0\.113\.5:6379 \(MOVED\), where the password would be sent without TLS: it is not "
            "followed; give a rediss:// address, or set runner.redis_follow_moved to any")

    def test_is_not_followed_where_the_password_would_go_in_clear(self):
        with serving() as served, MovingRedis(("127.0.0.1", 0), MovingRedis.Handler) as redis:
            thread = threading.Thread(target=redis.serve_forever, daemon=True)
            thread.start()
            served.environment["REDIS_URL"] = f"redis://:{PASSWORD}@127.0.0.1:{redis.server_address[1]}"
            for command, *arguments in (("enqueue", "a", *JOB), ("check",), ("work",), ("jobs",)):
                done = served.run(command, *arguments, "--set", "redis.retry.initial_delay=10ms")
                self.assertEqual(done.returncode, 2 if command == "work" else 1, (command, done.stdout, done.stderr))
                self.assertRegex(done.stdout + done.stderr, self.SAID)
                self.assertNotIn(PASSWORD, done.stdout + done.stderr)
            redis.shutdown()
            thread.join()
            done = served.run("work", "--set", "runner.redis_follow_moved=some")
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, 'redis_follow_moved.*accepted: .*same_host.*any')


class Sentinel(unittest.TestCase):
    def test_is_refused_by_name(self):
        with serving() as served:
            port, settings = closed_port(), served.folder / "sentinel.conf"
            settings.write_text(f"port {port}\nbind 127.0.0.1\ndir {served.folder}\n")
            sentinel = subprocess.Popen(["redis-server", settings, "--sentinel"], stdout=subprocess.DEVNULL)
            try:
                self.until_it_listens(port)
                served.environment["REDIS_URL"] = f"redis://127.0.0.1:{port}"
                for command, *arguments in (("enqueue", "a", *JOB), ("check",), ("work",)):
                    done = served.run(command, *arguments)
                    self.assertEqual(done.returncode, 1 if command == "check" else 2, (command, done.stderr))
                    self.assertIn("is a Redis Sentinel, which holds no jobs: give the address of the Redis itself",
                                  done.stdout + done.stderr)
            finally:
                sentinel.terminate()
                sentinel.wait(LONGEST)
            done = served.run("check", REDIS_URL=f"redis+sentinel://:{PASSWORD}@10.0.0.1:26379/mymaster")
        self.assertEqual(done.returncode, 2)
        self.assertIn("the address of a Redis Sentinel, which is not asked; accepted: that of the Redis itself", done.stderr)
        self.assertNotIn(PASSWORD, done.stderr)

    def until_it_listens(self, port):
        end = time.monotonic() + LONGEST
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
