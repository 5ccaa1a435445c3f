"""All shards of a large bot in one process against the simulator, over real sockets: `make scale [SHARDS=1000]`.

The platform runs in a process of its own. The bot asks it for the number of shards (`shards="auto"`), starts them all,
stays idle for a while, lets every shard RESUME at once, and stops. One JSON object tells

* `last_identify`, `last_ready`: seconds from the start of the bot; ideally 5 s for each `max_concurrency` shards;
* `cpu_s_to_ready`: CPU time of the bot's process until then;
* `most_in_5_s`: the most IDENTIFYs that the platform has read within any 5 s;
* `dropped`: connections that were lost meanwhile, `oldest_ack`: age in seconds of the oldest heartbeat ACK at the end
  (None where the idling was too short for one of each shard; it beats every 45 s);
* `kib_per_shard`, `cpu_ms_per_shard_s`: memory of the bot's process for each idle shard, and its CPU time for each
  shard and second of idling, both counted from when all were READY;
* `resumed_in`: seconds from the order to reconnect all to the last RESUMED.

It asserts nothing.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import sys
import time
from bisect import bisect_right
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import trio

from qqgw_proto.config import ServerConfig
from qqgw_proto.events import Intents
from qqgw_proto.machine import effects as do
from qqgw_trio import Bot, Credentials
from qqgw_trio.connection.file_limit import ensure_files
from qqgw_trio.connection.shard import Shard
from qqgw_trio.settings.gateway_config import GatewayConfig
from qqgw_trio.simulator.settings import SimulatorConfig, StartSettings
from qqgw_trio.simulator.simulator import Simulator


def serve(shards: int, at_once: int, pipe: Connection) -> None:
    """The platform, until anything is sent; then it says when it read each IDENTIFY."""
    ensure_files(2 * shards)
    trio.run(_serve, shards, at_once, pipe)


async def _serve(shards: int, at_once: int, pipe: Connection) -> None:
    start = StartSettings(shards=shards, total=10 * shards, max_concurrency=at_once, enforce_concurrency=True)
    config = SimulatorConfig(events=0, start=start, server=ServerConfig(heartbeat_interval=45.0))
    async with Simulator(config) as simulator:
        pipe.send(simulator.describe())
        await trio.to_thread.run_sync(pipe.recv)
        ledger = simulator.ledger
        pipe.send(([seen.at for seen in ledger.identifies], [seen.refused for seen in ledger.identifies]))


class Watch:
    """What the shards say, and when."""

    def __init__(self) -> None:
        self.shards: list[Shard] = []
        self.ready: list[float] = []
        self.resumed: list[float] = []
        self.dropped = 0
        self.reconnecting = False
        self.news = trio.Event()

    def listen(self, shard: Shard, notice: do.Notice) -> None:
        match notice:
            case do.Ready():
                self.shards.append(shard)
                self.ready.append(time.monotonic())
            case do.Resumed():
                self.resumed.append(time.monotonic())
            case do.Disconnected() if not self.reconnecting:
                self.dropped += 1
            case _:
                return
        self.news.set()
        self.news = trio.Event()

    async def until(self, times: Sequence[float], count: int) -> None:
        while len(times) < count:
            await self.news.wait()


def resident() -> int:
    """Bytes of memory that this process really uses."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def measure(bot: Bot, watch: Watch, shards: int, idle: float) -> dict[str, object]:
    """Runs the bot."""
    gc.collect()
    empty, began, busy = resident(), time.monotonic(), time.process_time()
    async with trio.open_nursery() as nursery:
        await nursery.start(bot.serve)
        await watch.until(watch.ready, shards)
        busy = time.process_time() - busy
        gc.collect()
        full, cpu = resident(), time.process_time()
        await trio.sleep(idle)
        cpu = time.process_time() - cpu
        ages = [_ack_age(shard) for shard in watch.shards]
        watch.reconnecting, ordered = True, time.monotonic()
        bot.reconnect()
        await watch.until(watch.resumed, shards)
        bot.stop()
    return {
        "shards": shards,
        "last_ready": round(max(watch.ready) - began, 2),
        "cpu_s_to_ready": round(busy, 2),
        "dropped": watch.dropped,
        "oldest_ack": None if None in ages else round(max(age for age in ages if age is not None), 1),
        "kib_per_shard": round((full - empty) / shards / 1024, 1),
        "cpu_ms_per_shard_s": round(1000 * cpu / shards / idle, 3),
        "resumed_in": round(max(watch.resumed) - ordered, 2),
    }


def _ack_age(shard: Shard) -> float | None:
    acknowledged = shard.gateway.acknowledged_at
    return None if acknowledged is None else shard.clock() - acknowledged


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shards", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=250)
    parser.add_argument("--idle", type=float, default=60.0)
    chosen = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    platform = context.Process(target=serve, args=(chosen.shards, chosen.at_once, theirs), daemon=True)
    platform.start()
    where = ours.recv()
    settings = GatewayConfig(api_url=where["rest"], token_url=where["token_url"], shards="auto")
    watch = Watch()
    bot = Bot(
        Credentials(where["app_id"], where["secret"]), Intents.default(), settings=settings, on_notice=watch.listen
    )
    told = trio.run(measure, bot, watch, chosen.shards, chosen.idle)
    ours.send("enough")
    times, refused = ours.recv()
    platform.join()
    ordered = sorted(times)
    told["last_identify"] = round(ordered[-1] - ordered[0], 2)
    told["most_in_5_s"] = max(bisect_right(ordered, at + 4.999) - place for place, at in enumerate(ordered))
    told["refused"] = sum(bool(why) for why in refused)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
