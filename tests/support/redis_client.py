"""As much of Redis' protocol as reading and writing a queue needs."""

import socket


class RedisClient:
    """`address`: the path of a socket, or host and port. Words are texts, numbers or bytes; replies are read as texts."""

    def __init__(self, address, password=None):
        if isinstance(address, tuple):
            self.socket = socket.create_connection(address, timeout=10)
        else:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(10)
            self.socket.connect(str(address))
        self.stream = self.socket.makefile("rb")
        if password is not None:
            self.call("AUTH", password)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def call(self, *words):
        return self.call_all([words])[0]

    def call_all(self, commands):
        """All at once, the answers in their order."""
        sent = b""
        for words in commands:
            sent += b"*%d\r\n" % len(words)
            for word in (word if isinstance(word, bytes) else str(word).encode() for word in words):
                sent += b"$%d\r\n%s\r\n" % (len(word), word)
        self.socket.sendall(sent)
        return [self.answer() for _ in commands]

    def answer(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(f"Redis refused: {rest.decode()}")
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.stream.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        return rest.decode()
