"""Gathers what judge.py judges: the queue as it stands in Redis, what the traces tell, which comments exist."""

import base64
import http.client
import json
import time

from judge import Changes, RedisState, Told

ROOT = "job:"
PATIENCE = 20  # How often the fake GitHub is asked: its rules fail the campaign's own questions too.


def pairs(flat):
    return dict(zip(flat[::2], flat[1::2]))


def waiting(redis):
    """How many jobs have not ended, by where they are."""
    return redis.call_all([("LLEN", ROOT + "ready"), ("ZCARD", ROOT + "delayed"), ("ZCARD", ROOT + "leases")])


def queue_state(redis):
    state = RedisState(
        ready=redis.call("LRANGE", ROOT + "ready", 0, -1), delayed=redis.call("ZRANGE", ROOT + "delayed", 0, -1),
        leases=redis.call("ZRANGE", ROOT + "leases", 0, -1), owners=pairs(redis.call("HGETALL", ROOT + "owners")),
        dead=redis.call("LRANGE", ROOT + "dead", 0, -1), completed_by=pairs(redis.call("HGETALL", ROOT + "completed_by")))
    named = {part: [key[len(ROOT + part):] for key in redis.call("KEYS", f"{ROOT}{part}*")]
             for part in ("data:", "retry:")}
    records = redis.call_all([("HGETALL", ROOT + "data:" + job) for job in named["data:"]])
    counters = redis.call_all([("GET", ROOT + "retry:" + job) for job in named["retry:"]])
    state.jobs = {job: pairs(record) for job, record in zip(named["data:"], records)}
    state.retries = {job: int(counter) for job, counter in zip(named["retry:"], counters) if counter is not None}
    return state


def commands_of(stream):
    """The commands of an append-only file. A kill may have cut the last one; Redis, when it is back, cuts it off whole."""
    while head := stream.readline():
        if not head.startswith(b"*"):
            raise RuntimeError(f"Redis' file has a line that begins no command: {head[:40]!r}")
        words = []
        for _ in range(int(head[1:])):
            length = int(stream.readline()[1:])
            words.append(stream.read(length + 2)[:-2].decode())
        yield words


def add_changes(changes, stream):
    for words in commands_of(stream):
        if words[0].upper() != "HSET":
            continue
        if words[1] == ROOT + "completed_by":
            changes.completed.update(pairs(words[2:]).keys())
        elif words[1].startswith(ROOT + "data:") and "reason" in pairs(words[2:]):
            changes.failed[words[1][len(ROOT + "data:"):]] += 1


def read_changes(folder):
    changes = Changes()
    for path in sorted(folder.glob("appendonlydir/*.incr.aof")):
        with open(path, "rb") as stream:
            add_changes(changes, stream)
    return changes


def add_trace(told, name, content):
    """Adds what one trace tells. Of a killed runner's the last line may be cut, which is no fault: only that one."""
    lines = content.split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line) if line else {}
        except ValueError:
            if number < len(lines):
                told.broken.append(f"{name}:{number}")
            continue
        if event.get("event") == "job.completed":
            told.completed[event["job"]] += 1
        elif event.get("event") == "job.failed":
            told.failed[event["job"]] += 1


def read_traces(paths):
    told = Told()
    for path in paths:
        add_trace(told, path.name, path.read_bytes())
    return told


def unsigned_jwt():
    """The served GitHub looks at an App's claims, not at its signature."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    now = int(time.time())
    return f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part({'iss': '12345', 'iat': now - 30, 'exp': now + 300})}.c2lnbmVk"


class GitHub:
    """The fake's own comments, asked for over HTTP as anybody would."""

    def __init__(self, address):
        self.address = address
        self.connection = None
        self.token = self.ask("POST", "/app/installations/1/access_tokens", unsigned_jwt(), 201)["token"]

    def ask(self, method, path, credential, wanted):
        said = ""
        for _ in range(PATIENCE):
            try:
                self.connection = self.connection or http.client.HTTPConnection(self.address, timeout=10)
                headers = {"Authorization": f"Bearer {credential}", "User-Agent": "reliability"}
                self.connection.request(method, path, headers=headers)
                answer = self.connection.getresponse()
                body = answer.read()
                if answer.status == wanted:
                    return json.loads(body)
                said = f"{answer.status} {body[:200]!r}"
            except (OSError, http.client.HTTPException) as trouble:
                said = str(trouble)
                self.close()
        raise RuntimeError(f"the fake GitHub does not answer {method} {path}: {said}")

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def comments(self, repo, issue):
        listed = self.ask("GET", f"/repos/{repo}/issues/{issue}/comments?per_page=100", self.token, 200)
        return [comment["body"] for comment in listed]


def all_comments(address, repo, issues):
    """Job id -> the bodies of the comments on its issue."""
    github = GitHub(address)
    try:
        return {job: github.comments(repo, issue) for job, issue in issues.items()}
    finally:
        github.close()


def verdict_of(address):
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.request("GET", "/_rehearse/verdict")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def contents(folders):
    """Every file that was written, as pairs of name and bytes."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(folder)), path.read_bytes()
