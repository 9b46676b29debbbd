#!/usr/bin/env python3
"""Speaks TLS for servers that do not: for each TARGET (host:port, or a socket's path) listens on a free port of loopback and passes on what comes.

usage: tests/tls_proxy.py CERTIFICATE KEY TARGET...

Prints the address for each target in their order, then "ready". Ends on SIGTERM. A connection that is lost on one side is
cut off on the other, without TLS' farewell.
"""

import asyncio
import ssl
import sys


async def pass_on(source, sink):
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    finally:
        sink.transport.abort()


async def serve(reader, writer, target):
    try:
        if "/" in target:
            far_reader, far_writer = await asyncio.open_unix_connection(target)
        else:
            host, port = target.rsplit(":", 1)
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))
    except OSError:
        writer.transport.abort()


async def main(certificate, key, targets):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    servers = []
    for target in targets:
        def met(reader, writer, target=target):
            return serve(reader, writer, target)
        servers.append(await asyncio.start_server(met, "127.0.0.1", 0, ssl=context))
        print("127.0.0.1:{}".format(servers[-1].sockets[0].getsockname()[1]))
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
