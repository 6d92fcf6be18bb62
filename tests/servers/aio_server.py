"""The file server of the package aio-rtsp-toolkit as a process of its own; it prints its port. RTSP over TCP only; `?play_count=0` plays for ever.

python aio_server.py FOLDER
"""

import asyncio
import sys

from aio_rtsp_toolkit.server import RtspServer


async def main() -> None:
    server = await RtspServer(sys.argv[1], "127.0.0.1", 0).start()
    listener = server._server
    while not isinstance(listener, asyncio.AbstractServer):
        listener = listener._server
    print(listener.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
