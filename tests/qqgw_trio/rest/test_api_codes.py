"""The table of codes: complete for the codes that matter, each row with something to do."""

from __future__ import annotations

import pytest

from qqgw_trio.rest.api_codes import CODES, CodeKind


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        # protocol.md 1.4 and 8
        ((11241, 11242, 11243, 11244), CodeKind.TOKEN),
        ((100007, 100016, 11251, 11261, 11275), CodeKind.CREDENTIALS),
        ((11298, 40023002), CodeKind.ADDRESS),
        ((11245,), CodeKind.AUTHENTICATION),
        ((11252, 11253, 11254, 11265, 11281, 11282), CodeKind.PERMISSION),
        ((100001, 100017), CodeKind.RATE),
        ((100002,), CodeKind.TROUBLE),
        ((304023, 304024), CodeKind.AUDIT),
        ((10003, 10004, 20028, 22009, 304018, 304026, 304027, 304031, 304034, 304045, 304050), CodeKind.OTHER),
        ((304082, 304083, 630001, 630007, 1100100, 1100308, 40034027), CodeKind.OTHER),
        ((40054005,), CodeKind.DUPLICATE),
    ],
)
def test_each_code_of_the_protocol_has_its_row(codes: tuple[int, ...], kind: CodeKind) -> None:
    assert [CODES[code].kind for code in codes] == [kind] * len(codes)


def test_each_row_says_what_it_means_and_what_to_do() -> None:
    assert all(row.meaning and row.remedy for row in CODES.values())


def test_the_allow_list_is_named() -> None:
    assert "IP allow-list" in CODES[11298].remedy
    assert "address" in CODES[40023002].remedy
