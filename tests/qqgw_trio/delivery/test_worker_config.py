"""What can be set for the workers."""

from __future__ import annotations

import math
from typing import cast

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.delivery.overflow import Overflow
from qqgw_trio.delivery.worker_config import Books, Counters, WorkerConfig


def test_the_defaults() -> None:
    assert WorkerConfig() == WorkerConfig(
        capacity=1000,
        parallel=64,
        overflow="block",
        attempts=3,
        retry_delay=0.5,
        dedup_window=300.0,
        dedup_size=10_000,
    )


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: WorkerConfig(capacity=0), "WorkerConfig.capacity must be a whole number from 1, not 0"),
        (lambda: WorkerConfig(parallel=0), "WorkerConfig.parallel must be a whole number from 1, not 0"),
        (lambda: WorkerConfig(attempts=0), "WorkerConfig.attempts must be a whole number from 1, not 0"),
        (lambda: WorkerConfig(dedup_size=0), "WorkerConfig.dedup_size must be a whole number from 1, not 0"),
        (lambda: WorkerConfig(retry_delay=-0.1), "WorkerConfig.retry_delay must be a number from 0, not -0.1"),
        (lambda: WorkerConfig(retry_delay=math.nan), "WorkerConfig.retry_delay must be a number from 0, not nan"),
        (lambda: WorkerConfig(dedup_window=-1), "WorkerConfig.dedup_window must be a number from 0, not -1"),
        (
            lambda: WorkerConfig(overflow=cast("Overflow", "drop")),
            "WorkerConfig.overflow must be 'block' or 'drop_oldest' or 'drop_newest', not 'drop'",
        ),
    ],
)
def test_what_cannot_work_is_said_at_once(make: type[WorkerConfig], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        make()


def test_the_books_tell_one_shard_and_all() -> None:
    books = Books(depth=3)
    books.by_shard[0] = Counters(received=9, handled=2, ignored=1, duplicated=1, failed=1, dropped=1, errors=3)
    books.by_shard[1] = Counters(received=1, handled=1)
    assert books.of(0) == Counters(9, 2, 1, 1, 1, 1, depth=3, errors=3)
    assert books.of(1) == Counters(received=1, handled=1)
    assert books.of(2) == Counters()
    assert books.total == Counters(10, 3, 1, 1, 1, 1, depth=3, errors=3)
    assert Books().total == Counters()
