"""What can be said about a choice of intents before any connection (`protocol.md` 6.1).

The gateway does not negotiate: one bit that is not granted refuses the whole IDENTIFY (EE:357-359). Which approvals a
bot has is known only to the platform's console; what a public bot can never have is known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet

from qqgw_proto.errors import InsufficientPermissions
from qqgw_proto.events.intents import INTENTS, Access, Intents, intents_for
from qqgw_proto.events.registry import EVENT_CLASSES, intent_of

__all__ = ["describe_intents", "intent_warnings", "least_types", "validate_intents_permissions"]

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


def least_types(alternatives: Collection[str], *, private: bool = False) -> tuple[str, ...]:
    """Which of several event types to subscribe to, for a handler that is content with any one of them.

    Those whose intent needs no approval; where all need one, all that this kind of bot may have, or else all of them.
    A private bot gets every message of a guild as MESSAGE_CREATE, so that it need not have those that mention it as
    AT_MESSAGE_CREATE as well.

    Args:
        alternatives: Type names.
        private: Whether the bot is a private one.
    """
    free = [name for name in sorted(alternatives) if intent_of(name) & Intents.default()]
    if private and "MESSAGE_CREATE" in alternatives:
        free = ["MESSAGE_CREATE", *(name for name in free if name != "AT_MESSAGE_CREATE")]
    if free:
        return tuple(free)
    grantable = [name for name in sorted(alternatives) if private or not _private_only(intent_of(name))]
    return tuple(grantable or sorted(alternatives))


def describe_intents(intents: Intents) -> str:
    """Names, bits and access: `GUILD_MESSAGES (bit 9, private bots only), INTERACTION (bit 26, needs approval …)`."""
    known = {bit: INTENTS[bit] for bit in intents.bits if bit in INTENTS}
    return ", ".join(
        f"{known[bit].name} (bit {bit}, {known[bit].access.value})"
        if bit in known
        else f"bit {bit}, which is no intent"
        for bit in intents.bits
    )


def intent_warnings(
    intents: Intents,
    *,
    private: bool = False,
    handled: Collection[str | AbstractSet[str]] | None = None,
    catch_all: bool = False,
) -> tuple[str, ...]:
    """Lists what is probably a mistake, one sentence each.

    Args:
        intents: The set that the IDENTIFY would carry.
        private: Whether the bot is a private one.
        handled: What the bot has handlers for: type names, and sets of type names of which any one will do; None where
            that is unknown.
        catch_all: Whether a handler takes everything.
    """
    warnings = _warnings_of_set(intents, private=private)
    if private and not catch_all and intents.contains(Intents.GUILD_MESSAGES | Intents.PUBLIC_GUILD_MESSAGES):
        # protocol.md 6.1: with both bits an @ message arrives twice, under two types and with one message id. Who takes
        # every event takes either.
        warnings.append("GUILD_MESSAGES and PUBLIC_GUILD_MESSAGES together deliver each message for the bot twice")
    if handled is not None:
        every = [{one} if isinstance(one, str) else one for one in handled]
        warnings += _warnings_of_handlers(intents, every)
        if not catch_all:
            warnings += _warnings_of_idle(intents, {name for names in every for name in names})
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
    return warnings


def _warnings_of_handlers(intents: Intents, handled: Iterable[AbstractSet[str]]) -> list[str]:
    delivered = {*intents.events, "READY", "RESUMED"}
    starved = [sorted(names) for names in handled if delivered.isdisjoint(names)]
    return sorted({_starved(names) for names in starved})


def _starved(names: list[str]) -> str:
    unknown = [name for name in names if name not in EVENT_CLASSES]
    if unknown:
        import difflib  # noqa: PLC0415 - only where something is wrong

        near = difflib.get_close_matches(unknown[0].upper(), EVENT_CLASSES, n=1)
        meant = f": did you mean {near[0]}?" if near else ""
        return f"{unknown[0]} has a handler, but this version knows no such event{meant}"
    needed = intents_for(least_types(names)).name
    return f"{' or '.join(names)} has a handler, but no chosen intent delivers it: add {needed}"


def _warnings_of_idle(intents: Intents, handled: AbstractSet[str]) -> list[str]:
    infos = [INTENTS[bit] for bit in intents.bits if bit in INTENTS]
    idle = [info.name for info in infos if handled.isdisjoint(info.events)]
    if not idle:
        return []
    are, their = ("is", "its") if len(idle) == 1 else ("are", "their")
    return [f"{', '.join(idle)} {are} asked for, but no handler takes any of {their} events"]
