"""One message to one envelope: what each key may be, what is no frame, and that nothing ever raises."""

from __future__ import annotations

import msgspec
import pytest

from qqgw_proto.wire.codec import Malformed, decode, decode_run, decode_value
from qqgw_proto.wire.frames import Dispatch

DEEP = 100_000


def decoded(payload: bytes) -> Dispatch:
    frame = decode(payload)
    assert isinstance(frame, Dispatch), frame
    return frame


def shape(payload: bytes) -> tuple[int, bytes, int | None, str | None, str | None]:
    frame = decoded(payload)
    return frame.op, bytes(frame.d), frame.s, frame.t, frame.id


# --- the envelope --------------------------------------------------------------------------------------------------


def test_a_dispatch_as_seen_live() -> None:
    # Key order of a live frame: op, s, t, id, d (2.1).
    payload = b'{"op":0,"s":42,"t":"MESSAGE_REACTION_ADD","id":"MESSAGE_REACTION_ADD:50dc","d":{"a":[1, 2]}}'
    assert shape(payload) == (0, b'{"a":[1, 2]}', 42, "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_ADD:50dc")


def test_key_order_is_not_fixed_and_unknown_keys_are_ignored() -> None:
    # "Any parser that needs op/t before d must buffer"; "unknown keys ... must be ignored" (2.1).
    payload = b'{"d":{"x":1},"http_context":{"op":9},"t":"T","s":1,"Session":null,"op":0,"id":"i"}'
    assert shape(payload) == (0, b'{"x":1}', 1, "T", "i")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        # "Every key except op may be absent or null" (2.1).
        (b'{"op":11}', (11, b"null", None, None, None)),
        (b'{"op":7,"d":null,"s":null,"t":null,"id":null}', (7, b"null", None, None, None)),
        (b'{"op":10,"d":{"heartbeat_interval":45000}}', (10, b'{"heartbeat_interval":45000}', None, None, None)),
        (b'{"op":9,"d":false}', (9, b"false", None, None, None)),
        (b'{"op":0,"s":2002,"t":"RESUMED","d":""}', (0, b'""', 2002, "RESUMED", None)),
        (b'{"op":1,"d":251}', (1, b"251", None, None, None)),
        (b' \t\r\n{ "op" : 0 }\n', (0, b"null", None, None, None)),
        ('{"op":0,"t":"频道","d":"\\u9891"}'.encode(), (0, b'"\\u9891"', None, "频道", None)),
        (b'{"op":0,"t":"\\ud83d\\ude00"}', (0, b"null", None, "😀", None)),
    ],
)
def test_keys_that_are_there_and_keys_that_are_not(payload: bytes, expected: tuple[object, ...]) -> None:
    assert shape(payload) == expected


# --- op ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "op"),
    [("0", 0), ("-0", 0), ("13", 13), ("-1", -1), ("255", 255), ("1180591620717411303424", 2**70)],
)
def test_an_op_is_any_integer(text: str, op: int) -> None:
    # "Unknown op must be ignored" (2.1): the codec passes it on, also one of 2**70.
    assert decoded(f'{{"op":{text},"d":1}}'.encode()).op == op


@pytest.mark.parametrize(
    "text", ["true", "false", "0.0", "-0.0", "1.0", "1e0", "0.5", '"0"', "null", "[]", "[0]", "{}", "1e400", "9" * 5000]
)
def test_an_op_of_another_type_is_no_frame(text: str) -> None:
    # "True == 1, False == 0, 0.0 == 0 make naive op == 0 accept bools and floats" (conformance 1).
    assert decode(f'{{"op":{text},"s":5,"t":"READY"}}'.encode()) == Malformed("op is not an integer")


@pytest.mark.parametrize("payload", [b"{}", b'{"d":1}', b'{"OP":0}', b'{"s":1,"t":"READY"}'])
def test_a_missing_op_is_no_frame(payload: bytes) -> None:
    assert decode(payload) == Malformed("op is not an integer")


# --- s, t and id ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seq"),
    [
        ("1", 1),
        ("9007199254740993", 2**53 + 1),  # a float would lose the last bit
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_a_sequence_number_is_an_integer_from_1_to_2_63_minus_1(text: str, seq: int) -> None:
    assert decoded(f'{{"op":0,"s":{text}}}'.encode()).s == seq


@pytest.mark.parametrize(
    "text",
    [
        *("0", "-0", "-1", "9223372036854775808", "18446744073709551615", "18446744073709551616", "9" * 5000),
        *("1.0", "1e0", "0.5", "1e400", "true", "false", "null", '"5"', '""', "[]", "[1]", "{}", '{"s":1}'),
    ],
)
def test_a_sequence_number_of_another_kind_counts_as_absent(text: str) -> None:
    # "s not an integer in 1..2**63 - 1 is None" (design 7); the frame itself is delivered.
    assert shape(f'{{"op":0,"s":{text},"t":"T","id":"i","d":[1]}}'.encode()) == (0, b"[1]", None, "T", "i")


@pytest.mark.parametrize("text", ["5", "1.5", "true", "[]", '["T"]', "{}", "1e400", "9" * 5000])
def test_a_type_or_an_event_id_that_is_not_text_counts_as_absent(text: str) -> None:
    assert shape(f'{{"op":0,"s":3,"t":{text},"id":"i"}}'.encode()) == (0, b"null", 3, None, "i")
    assert shape(f'{{"op":0,"s":3,"t":"T","id":{text}}}'.encode()) == (0, b"null", 3, "T", None)


def test_names_with_a_meaning_elsewhere_are_only_text() -> None:
    assert decoded(b'{"op":0,"t":"__class__"}').t == "__class__"


def test_the_last_of_two_equal_keys_counts() -> None:
    assert decoded(b'{"op":0,"op":11}').op == 11
    assert decoded(b'{"op":"x","op":11}').op == 11
    assert decode(b'{"op":11,"op":"x"}') == Malformed("op is not an integer")
    assert decoded(b'{"op":0,"s":1,"s":2}').s == 2
    assert decoded(b'{"op":0,"s":"1","s":2}').s == 2
    assert decoded(b'{"op":0,"s":2,"s":"1"}').s is None


# --- what is no frame ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["null", "true", "0", "1.5", '"op"', '"{}"', "[]", '[{"op":0}]', "[[[]]]"])
def test_json_that_is_no_object_is_no_frame(text: str) -> None:
    assert decode(text.encode()) == Malformed("not a JSON object")


# The categories of a parser's test suite: arrays, numbers, objects, strings, structure.
NOT_JSON = [
    *("[1,]", "[,1]", "[1", "[1 2]", "[,]", "[", "]", "[]]", '["a" "b"]', "[1,,2]"),
    *(
        "01",
        "+1",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "1_000",
        "NaN",
        "-NaN",
        "Infinity",
        "-Infinity",
        "--1",
        "\uff11",
    ),
    *('{"a"}', '{"a":}', "{a:1}", "{'a':1}", "{1:1}", '{"a":1,}', '{"a":1,,"b":2}', '{"a" 1}', '{"a":1', '{"a":1}}'),
    *(
        '"',
        '"a',
        '"\\x41"',
        '"\\u12"',
        '"\\u{41}"',
        '"\\"',
        '"a\nb"',
        '"a\tb"',
        '"a\0b"',
        "'a'",
        '"\\ud800"',
        '"\\udc00"',
    ),
    *("", " ", "nul", "tru", "True", "// x", "/**/1", "1 2", "<null>", "\ufeff1", "\u20601", "\x0c1", "*", "{}#"),
]


@pytest.mark.parametrize("text", NOT_JSON)
def test_what_is_not_json_is_no_frame_wherever_it_stands(text: str) -> None:
    for payload in (
        text,
        f'{{"op":0,"s":1,"t":"T","d":{text}}}',
        # A second look is taken at these, because a key has an unexpected type.
        f'{{"op":"x","d":{text}}}',
        f'{{"s":"x","op":0,"d":{text}}}',
        f'{{"t":5,"op":0,"s":{text}}}',
    ):
        assert isinstance(decode(payload.encode()), Malformed), payload


@pytest.mark.parametrize("payload", [b'\xef\xbb\xbf{"op":0}', b'\xff\xfe{\0"\0', '{"op":0}'.encode("utf-16"), b"\0{}"])
def test_a_byte_order_mark_or_another_encoding_is_no_frame(payload: bytes) -> None:
    # "json.loads(bytes) guesses UTF-16/32 and strips a BOM" (conformance 1): here nothing is guessed.
    assert isinstance(decode(payload), Malformed)


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * DEEP,
        b"[" * DEEP + b"]" * DEEP,
        b'[{"a":' * DEEP,
        b'{"op":0,"d":' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'{"op":0,"d":' + b'{"a":' * DEEP,
        b'{"op":"x","d":' + b"[" * DEEP,
        b'{"op":"x","d":' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'{"s":"x","op":0,"d":' + b'[{"a":' * DEEP,
    ],
)
def test_deep_nesting_is_no_frame(payload: bytes) -> None:
    assert isinstance(decode(payload), Malformed)


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff",
        b'{"\xff":1}',
        b'{"op":"x","\xff":1}',
        b'{"op":0,"t":"\xff"}',
        b'{"op":0,"t":"\xed\xa0\x80"}',
        b'{"op":\xff}',
    ],
)
def test_invalid_utf_8_raises_nothing(payload: bytes) -> None:
    # The wire lets none of these through; the codec does not rely on it.
    assert isinstance(decode(payload), Malformed)


def test_a_malformed_frame_says_why() -> None:
    assert decode(b'{"op":0 "s":1}') == Malformed("not JSON: JSON is malformed: expected ',' or '}' (byte 8)")


# --- a payload without expectations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"null", None),
        (b"true", True),
        (b"45000", 45000),
        (b'""', ""),
        (b'{"heartbeat_interval":41250.5}', {"heartbeat_interval": 41250.5}),
        (msgspec.Raw(b"[1]"), [1]),
        # What is not JSON, or no number that can be held, is nothing.
        *((raw, None) for raw in (b"", b"nul", b"[1,]", b"1e400", b'"\\ud800"', b"\xff", b'"\xff"', b"[" * DEEP)),
    ],
)
def test_a_value_or_none(raw: bytes | msgspec.Raw, value: object) -> None:
    assert decode_value(raw) == value


# --- a run of them -------------------------------------------------------------------------------------------------


def run_of(*messages: object) -> list[int | None]:
    """The sequence numbers of what one call decodes."""
    batch: list[Dispatch] = []
    decode_run(messages, frozenset(("READY", "RESUMED")), batch)
    return [event.s for event in batch]


def test_a_run_of_dispatches_is_decoded_in_one_call() -> None:
    assert run_of(b'{"op":0,"s":1,"t":"A"}', b'{"op":0,"t":"A"}', b'{"op":0,"s":3}') == [1, None, 3]
    assert run_of() == []


@pytest.mark.parametrize(
    "other",
    [
        b'{"op":11}',
        b'{"op":0,"s":2,"t":"RESUMED"}',
        b'{"op":0,"s":0}',
        b'{"op":0,"s":9223372036854775808}',
        b'{"op":0,"s":"2"}',
        b'{"op":0,',
        b"[" * DEEP,
        Malformed("no message at all"),
    ],
)
def test_a_run_ends_at_what_is_no_plain_dispatch(other: object) -> None:
    assert run_of(b'{"op":0,"s":1}', other, b'{"op":0,"s":3}') == [1]


def test_what_is_no_json_behind_a_wrong_type_is_told_as_that() -> None:
    told = decode(b'{"op":"x","s":1,}')
    assert isinstance(told, Malformed)
    assert told.why.startswith("not JSON: ")


@pytest.mark.parametrize(
    ("seq", "kept"), [("9223372036854775807", 2**63 - 1), ("9223372036854775808", None), ("0", None)]
)
def test_the_largest_number_of_a_frame_is_kept_beside_a_wrong_type_too(seq: int, kept: int | None) -> None:
    told = decode(f'{{"op":0,"s":{seq},"t":5}}'.encode())
    assert isinstance(told, Dispatch)
    assert (told.s, told.t) == (kept, None)
