#!/usr/bin/env python3
"""Attacks on the listener of health and metrics: whatever one client does, the others are served, and Redis and the worker
hardly notice.

usage: probes_test.py BUILD_FOLDER [unittest's own arguments]
"""

import re
import socket
import sys
import time
import unittest
from contextlib import ExitStack

sys.dont_write_bytecode = True  # The sources' folders stay clean.

from real_redis import RealRedis
from served import JOB, LONGEST, serving

MOST_CONNECTIONS = 64


class Attacked(unittest.TestCase):
    def setUp(self):
        stack = ExitStack()
        self.addCleanup(stack.close)
        self.served = stack.enter_context(serving())
        self.worker = stack.enter_context(self.served.working())
        self.worker.until(lambda: self.worker.get("/readyz")[0] == 200)
        found = re.search(r"metrics are at http://([0-9.]+):(\d+)", self.worker.log.read_text())
        self.address = (found[1], int(found[2]))

    def connect(self, sent=b""):
        attacker = socket.create_connection(self.address, timeout=LONGEST)
        self.addCleanup(attacker.close)
        attacker.sendall(sent)
        return attacker

    def everybody_is_served(self):
        for _ in range(8):
            begun = time.monotonic()
            self.assertEqual(self.worker.get("/healthz")[0], 200)
            self.assertEqual(self.worker.get("/readyz")[0], 200)
            self.assertLess(time.monotonic() - begun, 2)
        self.served.run("enqueue", "a", *JOB)
        self.worker.until(lambda: 'runner_jobs_total{result="completed"} 1\n' in self.worker.get("/metrics")[2])

    def test_connections_that_are_kept(self):
        kept = [self.connect() for _ in range(MOST_CONNECTIONS)]
        self.everybody_is_served()
        self.assertEqual(kept[0].recv(1), b"", "the oldest one has made room")
        kept[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(kept[-1].recv(100).startswith(b"HTTP/1.1 200"), "a younger one has not")

    def test_half_requests_in_slow_bytes(self):
        slow = [self.connect(b"GET /healthz HTTP/1.1\r\nX: ") for _ in range(3 * MOST_CONNECTIONS)]
        self.everybody_is_served()
        last, begun = slow[-1], time.monotonic()
        with self.assertRaises(OSError):
            while time.monotonic() - begun < LONGEST:
                last.sendall(b"x")
                time.sleep(0.2)
        self.assertLess(time.monotonic() - begun, 10, "a byte now and then keeps no connection open")

    def test_answers_that_nobody_reads(self):
        wanted = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 500
        for _ in range(2 * MOST_CONNECTIONS):
            self.connect().setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(8):
            attacker = self.connect()
            attacker.settimeout(0.2)
            try:
                attacker.sendall(wanted)
            except OSError:
                pass
        self.everybody_is_served()

    def test_heads_without_end(self):
        for head, status in ((b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", b"431"),
                             (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 9000 + b"\r\n", b"431"),
                             (b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000, b"431"), (b"\0\xff" * 3000, b"400"),
                             (b"GET /healthz HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n" + b"x" * 9000, b"400"),
                             (b"GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n" + b"x" * 9000, b"400")):
            answer = self.connect(head).recv(4096)
            self.assertTrue(answer.startswith(b"HTTP/1.1 " + status), (head[:40], answer))
        self.everybody_is_served()


class PipelinedReadiness(unittest.TestCase):
    def test_is_asked_for_once_a_second(self):
        with RealRedis() as redis, serving() as served:
            served.environment["REDIS_URL"] = redis.url()
            with served.working() as worker:
                worker.until(lambda: worker.get("/readyz")[0] == 200)
                found = re.search(r"metrics are at http://([0-9.]+):(\d+)", worker.log.read_text())
                made, asked, begun = redis.connections_made(), redis.calls_of("eval", "evalsha"), time.monotonic()
                for path in ("readyz", "metrics"):
                    with socket.create_connection((found[1], int(found[2])), timeout=LONGEST) as attacker:
                        reader = attacker.makefile("rb")
                        for _ in range(10):
                            attacker.sendall(f"GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 200)
                            answered = 0
                            while answered < 200:
                                line = reader.readline()
                                self.assertNotEqual(line, b"")
                                answered += line == b"HTTP/1.1 200 OK\r\n"
                seconds = time.monotonic() - begun
                asked = redis.calls_of("eval", "evalsha") - asked
                made = redis.connections_made() - made
        self.assertLessEqual(made, 3, "those of the test's own look at it")
        self.assertLessEqual(asked, seconds + 2)


if __name__ == "__main__":
    unittest.main()
