"""What can be said about a choice of intents before any connection (`protocol.md` 6.1).

The gateway does not negotiate: one bit that is not granted refuses the whole IDENTIFY (EE:357-359). Which approvals a
bot has is known only to the platform's console; what a public bot can never have is known here.
"""

from __future__ import annotations

from collections.abc import Collection

from qqgw_proto.errors import InsufficientPermissions
from qqgw_proto.events.intents import INTENTS, Access, Intents, intents_for

__all__ = ["intent_warnings", "validate_intents_permissions"]

_HINT = "PUBLIC_GUILD_MESSAGES (bit 30) delivers the messages that mention the bot, without approval"


def validate_intents_permissions(intents: Intents, *, private: bool = False) -> None:
    """Refuses what this kind of bot can never be granted.

    Args:
        intents: The set that the IDENTIFY would carry.
        private: Whether the bot is a private one (registered for its own guilds only).

    Raises:
        InsufficientPermissions: Naming every intent that only private bots may have.
    """
    refused = [] if private else _private_only(intents)
    if not refused:
        return
    hint = f"; {_HINT}" if intents.contains(Intents.GUILD_MESSAGES) else ""
    raise InsufficientPermissions(
        f"only private bots may ask for {', '.join(refused)}",
        remedy=f"leave it out, or declare the bot private{hint}",
    )


def intent_warnings(
    intents: Intents, *, private: bool = False, handled: Collection[str] | None = None
) -> tuple[str, ...]:
    """Lists what is probably a mistake, one sentence each.

    Args:
        intents: The set that the IDENTIFY would carry.
        private: Whether the bot is a private one.
        handled: Type names of the events that the bot has handlers for; None where that is unknown, or where one
            handler takes everything.
    """
    warnings = _warnings_of_set(intents, private=private)
    if handled is not None:
        warnings += _warnings_of_handlers(intents, handled)
    return tuple(warnings)


def _private_only(intents: Intents) -> list[str]:
    infos = [INTENTS[bit] for bit in intents.bits if bit in INTENTS]
    return [info.name for info in infos if info.access is Access.PRIVATE]


def _warnings_of_set(intents: Intents, *, private: bool) -> list[str]:
    warnings = [f"bit {bit} is no intent of the gateway" for bit in intents.bits if bit not in INTENTS]
    if not private:
        warnings += [f"{name} is for private bots only" for name in _private_only(intents)]
        if intents.contains(Intents.GUILD_MESSAGES):
            warnings.append(f"GUILD_MESSAGES (bit 9) is every message of a guild; {_HINT}")
    elif intents.contains(Intents.GUILD_MESSAGES | Intents.PUBLIC_GUILD_MESSAGES):
        # protocol.md 6.1: with both bits an @ message arrives twice, under two types and with one message id.
        warnings.append("GUILD_MESSAGES and PUBLIC_GUILD_MESSAGES together deliver each message for the bot twice")
    return warnings


def _warnings_of_handlers(intents: Intents, handled: Collection[str]) -> list[str]:
    missing = [(name, intents_for([name])) for name in sorted(handled)]
    idle = [INTENTS[bit] for bit in intents.bits if bit in INTENTS]
    return [
        *(
            f"{name} has a handler, but no chosen intent delivers it: add {needed.name}"
            for name, needed in missing
            if not intents.contains(needed)
        ),
        *(
            f"{info.name} is asked for, but no handler takes any of its events"
            for info in idle
            if set(info.events).isdisjoint(handled)
        ),
    ]
