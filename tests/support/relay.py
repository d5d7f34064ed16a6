"""A relay between a client and a server: `relay.py PORT SERVER SERVER_PORT DELAY_MS LOSS SEED`.

It passes bytes on after a constant delay each way, and with the probability LOSS closes a request's connection instead.
"""

import asyncio
import random
import sys


class Relay:
    """Connections from clients, each with one to the server."""

    def __init__(self, server: str, port: int, delay_s: float, loss: float, seed: int) -> None:
        self.server = server
        self.port = port
        self.delay_s = delay_s
        self.loss = loss
        self.random = random.Random(seed)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes, until either side ends."""
        there, back = await asyncio.open_connection(self.server, self.port)
        tasks = [
            asyncio.create_task(self._pass(reader, back, self.loss)),
            asyncio.create_task(self._pass(there, writer)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for stream in (writer, back):
            stream.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, loss: float = 0.0) -> None:
        """A request comes in one piece, as the next is sent only after its answer."""
        while data := await reader.read(65536):
            if self.random.random() < loss:
                return
            asyncio.get_running_loop().call_later(self.delay_s, writer.write, data)


async def main() -> None:
    """Listen on the server's own address."""
    port, server, server_port, delay_ms, loss, seed = sys.argv[1:]
    relay = Relay(server, int(server_port), float(delay_ms) / 1000, float(loss), int(seed))
    listener = await asyncio.start_server(relay.serve, server, int(port))
    print("ready", flush=True)
    await listener.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
