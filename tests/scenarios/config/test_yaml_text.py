from __future__ import annotations

import math

import pytest

from scenarios.config import yaml_text
from scenarios.config.problems import ScenarioError
from scenarios.config.yaml_scalars import scalar_value
from scenarios.config.yaml_text import MAX_DEPTH, read_document, read_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        (".5", 0.5),
        ("5.", 5.0),
        ("+7", 7),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2026-06-21", "2026-06-21"),
        ("~", None),
        ("", None),
        ("null", None),
        ("NULL", None),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("e3", "e3"),
        ("1e", "1e"),
        ("--1", "--1"),
    ],
)
def test_plain_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    # Chapter 10.3.2 of the YAML 1.2.2 specification; YAML 1.1 differs on no, on, yes, 010, 12:30:45, 1_000, 0b11.
    assert scalar_value(text) == value
    assert type(scalar_value(text)) is type(value)


def test_not_a_number_is_read_as_one() -> None:
    number = scalar_value(".nan")
    assert isinstance(number, float)
    assert math.isnan(number)


def test_an_endless_integer_overflows_like_any_number() -> None:
    assert scalar_value("9" * 10_000) == math.inf  # which every number of a scenario then refuses


def test_quotes_make_text() -> None:
    tree = read_document(b"a: '1e3'\nb: \"true\"\nc: |\n  010\n", "s").tree
    assert tree == {"a": "1e3", "b": "true", "c": "010\n"}


def test_every_key_and_value_has_its_place() -> None:
    document = read_document(b"a: 1\nb:\n  - x\n  - {c: 5, dd: 6}\n", "s")
    assert document.tree == {"a": 1, "b": ["x", {"c": 5, "dd": 6}]}
    assert str(document.place_of(("b", 1, "dd"))) == "s:4:16"
    assert str(document.place_of(("b", 1, "dd"), prefer_key=True)) == "s:4:12"
    assert str(document.place_of(("b", 1, "missing"))) == "s:4:5"  # the nearest thing above that was written


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"# only a comment\n", "empty"),
        (b"- 1\n- 2\n", "not a list of `key: value`"),
        (b"just text", "not a list of `key: value`"),
        (b"a: 1\na: 2\n", "s:2:1: a: key given twice, first in line 1"),
        (b"a: {b: 1, b: 2}\n", "s:1:11: a.b: key given twice"),
        (b"a: &x 1\nb: *x\n", "an anchor (&x)"),
        (b"a: &x 1\nb: *x\n", "an alias (*x)"),
        (b"a: !!python/object/apply:os.system [ls]\n", "a tag (tag:yaml.org,2002:python/object/apply:os.system)"),
        (b"a: !!int 3\n", "a tag"),
        (b"a: 1\n---\nb: 2\n", "second document"),
        (b"a: [1, 2\n", "YAML syntax"),
        (b"a: b: c\n", "quotes around a value"),
        (b"a:\n\t- 1\n", "YAML syntax"),
        (b"? [1, 2]\n: 3\n", "a key must be plain text"),
        (b"a: \xff\xfe\n", "s:1:4: not UTF-8 text (byte 0xff)"),
        (b"\x7fELF\x02\x01\x00\x00", "a binary file"),
        (b"a: 1\nb: x\x00y\n", "s:2:5: a binary file"),
        (b"\x1f\x8b\x08\x00\x00", "not UTF-8 text"),
        (b"a: 1\n" * (4 * 1024 * 1024), "bytes, more than"),
        (b"[" * 100_000, "levels deep"),
        (b"a: " + b"{a: " * MAX_DEPTH + b"1", "levels deep"),
        pytest.param(b"a: [" + b"1," * 1_000_001 + b"1]", "more than 1000000 values", marks=pytest.mark.slow),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[:30],
)
def test_what_is_no_scenario_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(ScenarioError) as refusal:
        read_document(content, "s")
    assert told in str(refusal.value)


def test_values_are_counted_to_the_last_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """File, key, list and 7 numbers are ten values; the real limit takes seconds to reach: it is in the slow tests."""
    monkeypatch.setattr(yaml_text, "MAX_NODES", 10)
    assert read_document(b"a: [1, 1, 1, 1, 1, 1, 1]", "s").tree == {"a": [1] * 7}
    with pytest.raises(ScenarioError, match="more than 10 values"):
        read_document(b"a: [1, 1, 1, 1, 1, 1, 1, 1]", "s")


def test_an_anchor_bomb_is_told_not_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    with pytest.raises(ScenarioError) as refusal:
        read_document("\n".join(lines).encode(), "bomb.yaml")
    assert len(refusal.value.problems) == 10 + 81  # ten anchors, nine lines of nine aliases
    assert "bomb.yaml:1:5: an anchor (&a0) is not allowed; write the value out" in str(refusal.value)


def test_all_refused_constructs_are_told_at_once() -> None:
    with pytest.raises(ScenarioError) as refusal:
        read_document(b"a: &x 1\nb: !t 2\na: 3\n", "s")
    assert len(refusal.value.problems) == 3


def test_a_byte_order_mark_is_no_problem() -> None:
    assert read_document(b"\xef\xbb\xbfa: 1\n", "s").tree == {"a": 1}


@pytest.mark.parametrize(("text", "value"), [("1e3", 1000.0), ("[1, 2]", [1, 2]), ("{a: no}", {"a": "no"}), ("", None)])
def test_values_on_the_command_line_follow_the_same_rules(text: str, value: object) -> None:
    assert read_value(text, "--set").tree == value
