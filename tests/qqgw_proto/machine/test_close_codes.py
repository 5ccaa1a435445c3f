"""Each close code of `protocol.md` section 4, row by row: what the shard does and whether the session survives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qqgw_proto.machine.close_codes import CLOSE_CODES, CloseAction, CloseCode, row_for

RESUME = CloseAction.RESUME
AT_ONCE = CloseAction.RESUME_AT_ONCE
COOL_DOWN = CloseAction.COOL_DOWN
IDENTIFY = CloseAction.IDENTIFY
REFUSED = CloseAction.REFUSED
RENEW_TOKEN = CloseAction.RENEW_TOKEN
FATAL = CloseAction.FATAL

# Code, what to do, RESUME yes or no.
ROWS = [
    (4001, FATAL, False),  # bad opcode: no, no; fatal (client bug)
    (4002, FATAL, False),  # bad payload: no, no; fatal (client bug)
    (4006, IDENTIFY, False),  # invalid session id: no, yes; drop, IDENTIFY
    (4007, IDENTIFY, False),  # bad seq: no, yes; drop, IDENTIFY
    (4008, COOL_DOWN, True),  # payloads sent too fast: yes, yes; cool down, RESUME
    (4009, AT_ONCE, True),  # connection expired: yes, yes; RESUME at once
    (4010, FATAL, False),  # bad shard: no, no; fatal (config)
    (4011, FATAL, False),  # too many guilds on one connection: no, no; fatal for this layout
    (4012, FATAL, False),  # bad version: no, no
    (4013, FATAL, False),  # bad intents: no, no
    (4014, FATAL, False),  # intent not permitted: no, no
    (4900, IDENTIFY, False),  # 4900-4913, internal error: no, yes; drop, back off, IDENTIFY
    (4901, IDENTIFY, False),
    (4902, IDENTIFY, False),  # "reset by resume"
    (4903, IDENTIFY, False),  # "create session error"
    (4904, IDENTIFY, False),
    (4905, IDENTIFY, False),
    (4906, IDENTIFY, False),
    (4907, IDENTIFY, False),
    (4908, IDENTIFY, False),
    (4909, IDENTIFY, False),
    (4910, IDENTIFY, False),
    (4911, IDENTIFY, False),
    (4912, IDENTIFY, False),
    (4913, IDENTIFY, False),
    (4914, FATAL, False),  # bot delisted, sandbox only: no, no
    (4915, FATAL, False),  # bot banned: no, no
    # Not in the docs, in an official SDK.
    (4000, RESUME, True),  # unknown error: RESUME
    (4003, REFUSED, False),  # not authenticated: IDENTIFY; a refusal (design 5)
    (4004, RENEW_TOKEN, True),  # authentication failed: fetch the token anew, then one RESUME or IDENTIFY
    (4005, REFUSED, False),  # already authenticated: IDENTIFY on a new connection; a refusal (design 5)
    # RFC 6455.
    (1000, RESUME, True),  # "A clean server close (1000) is not a stop signal" (section 10)
    (1001, RESUME, True),
    (1002, IDENTIFY, False),  # 1002, 1003, 1007, 1009: client bug, IDENTIFY with back-off
    (1003, IDENTIFY, False),
    (1005, RESUME, True),  # no code given: as 1000
    (1007, IDENTIFY, False),
    (1009, IDENTIFY, False),
]


@pytest.mark.parametrize(("code", "action", "can_resume"), ROWS)
def test_each_code_has_its_row(code: int, action: CloseAction, can_resume: bool) -> None:
    row = row_for(code)
    assert (row.code, row.action, row.can_resume) == (code, action, can_resume)
    assert CLOSE_CODES[code] is row


def test_no_code_has_a_row_that_is_not_listed_here() -> None:
    assert sorted(CLOSE_CODES) == sorted(code for code, _, _ in ROWS)


@pytest.mark.parametrize("code", [1006, 1008, 1011, 1012, 1013, 2999, 3000, 4015, 4899, 4916, 4999, 9001, 9005])
def test_an_unknown_code_resumes_under_budget(code: int) -> None:
    # "Unknown codes resume under budget" (design 5); 9001 and 9005 are never on the wire (4.1).
    row = row_for(code)
    assert (row.code, row.action, row.can_resume) == (code, RESUME, True)
    assert (row.meaning, row.source) == ("a code the protocol does not name", "none")


def test_every_row_tells_a_person_what_it_means_and_what_to_do() -> None:
    for row in CLOSE_CODES.values():
        assert row.meaning
        assert row.remedy
        assert row.source


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (4004, "the app id and the secret"),
        (4010, "shard_id and shard_count"),
        (4011, "more shards"),
        (4013, "intents granted to this bot"),
        (4014, "intents granted to this bot"),
        (4914, "sandbox"),
        (4915, "contact the platform"),
    ],
)
def test_what_only_a_person_can_mend_names_the_remedy(code: int, words: str) -> None:
    assert words in row_for(code).remedy


def test_a_row_of_the_users_own_comes_first() -> None:
    own = CloseCode(4009, "own", IDENTIFY, "own", "own")
    assert row_for(4009, {4009: own}) is own
    assert row_for(4008, {4009: own}) is CLOSE_CODES[4008]
    new = CloseCode(4999, "new", FATAL, "new", "new")
    assert row_for(4999, {4999: new}) is new


@given(st.integers(0, 65535))
def test_every_code_has_an_answer(code: int) -> None:
    assert row_for(code).code == code
