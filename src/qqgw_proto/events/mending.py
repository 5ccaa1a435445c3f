"""The known faults of payloads, mended before a second attempt at decoding (`protocol.md` 6.3).

* null stands for what is absent: `mentions: null`, `"member": null`;
* a bare number stands for an id: forum samples, beyond 2**53 too, where it is kept digit by digit.

What to mend is read off the class: only a number where the class wants text becomes text, and nothing else is changed.
Before that, half of a surrogate pair, as is left of text that was cut in the middle of a character, becomes U+FFFD: it
stands for no character, could be neither logged nor sent, and would cost the whole event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, TypeAlias, cast

from msgspec import inspect

__all__ = ["mended", "without_halves"]

_Mend: TypeAlias = Callable[[object], object]


# Each escape is found whole, so that a pair is no half, and what follows an escaped backslash is no escape.
_HEX: Final = rb"[0-9a-fA-F]{2}"
_ESCAPE: Final = re.compile(
    rb"\\u[dD][89abAB]" + _HEX + rb"\\u[dD][c-fC-F]" + _HEX + rb"|(\\u[dD][89a-fA-F]" + _HEX + rb")|\\.", re.DOTALL
)


def without_halves(raw: bytes) -> bytes:
    """JSON in which an escaped half of a surrogate pair has become U+FFFD, REPLACEMENT CHARACTER."""
    return _ESCAPE.sub(lambda found: found[0] if found[1] is None else b"\\ufffd", raw)


def mended(value: object, shape: type) -> object:
    """Mends a decoded payload as far as the class shows how; what is not a known fault is left as it is.

    Args:
        value: JSON, decoded without a type.
        shape: The class that it shall have.
    """
    return _mender_of(shape)(value)


@cache
def _mender_of(shape: type) -> _Mend:
    return _mender(inspect.type_info(shape))


def _mender(wanted: inspect.Type) -> _Mend:
    match wanted:
        case inspect.UnionType():
            # A union of several kinds takes numbers and texts alike: nothing to mend.
            members = [member for member in wanted.types if not isinstance(member, inspect.NoneType)]
            return _mender(members[0]) if len(members) == 1 else _leave
        case inspect.StructType():
            return _object_mender({field.encode_name: _mender(field.type) for field in wanted.fields})
        case inspect.VarTupleType():
            return _array_mender(_mender(wanted.item_type))
        case inspect.StrType():
            return _text
        case _:
            return _leave


def _object_mender(menders: Mapping[str, _Mend]) -> _Mend:
    def mend(value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        items = cast("Mapping[str, object]", value).items()
        return {key: menders[key](item) for key, item in items if item is not None and key in menders}

    return mend


def _array_mender(mend_item: _Mend) -> _Mend:
    def mend(value: object) -> object:
        if not isinstance(value, list):
            return value
        return [mend_item(item) for item in cast("list[object]", value) if item is not None]

    return mend


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _leave(value: object) -> object:
    return value
