"""What the tests of events share: the recorded frames, and typed events of a payload written in the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from qqgw_proto.events import Event, decode
from qqgw_proto.wire.frames import Dispatch

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Dispatch]:
    """Reads a recorded frame: `GUILD_CREATE`, or a variant such as `C2C_MESSAGE_CREATE.image`."""

    def read(name: str) -> Dispatch:
        folder = SAMPLES / "variants" if "." in name else SAMPLES
        return msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=Dispatch)

    return read


@pytest.fixture(scope="session")
def decode_sample(sample: Callable[[str], Dispatch]) -> Callable[[str], Event]:
    """Decodes a recorded frame."""
    return lambda name: decode(sample(name))


@pytest.fixture(scope="session")
def decode_as() -> Callable[[str | None, str], Event]:
    """Decodes a payload, written as JSON, as the type named."""
    return lambda type_name, payload: decode(
        Dispatch(op=0, s=7, t=type_name, id="event-1", d=msgspec.Raw(payload.encode()))
    )
