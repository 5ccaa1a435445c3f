"""Values with something in them that no repr may show: an access token, or bytes that may carry one."""

from __future__ import annotations

from typing import ClassVar

import msgspec

__all__ = ["Veiled"]


class Veiled(msgspec.Struct, frozen=True):
    """A value whose `veiled` fields no repr shows; of bytes it shows the length.

    Attributes:
        veiled: The names of those fields.
    """

    veiled: ClassVar[frozenset[str]] = frozenset()

    def __rich_repr__(self) -> list[tuple[str, object]]:
        # `rich` asks for this in place of the repr.
        fields = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return [
            (name, _Length(len(value)) if name in self.veiled else value)
            for name, value in fields
            if name not in self.veiled or isinstance(value, bytes)
        ]

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({told})"


class _Length(msgspec.Struct, frozen=True):
    of: int

    def __repr__(self) -> str:
        return f"<{self.of} bytes>"
