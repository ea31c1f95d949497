"""Values become bytes and come back the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpress.engine.codec import decode, decode_as, encode, is_immutable
from briefpress.engine.executor import SHARED_VALUES, run_step
from briefpress.engine.step import Key, digest_of
from briefpress.model import (
    Author,
    Brief,
    Correction,
    Document,
    PageMap,
    PageStart,
    Press,
)
from briefpress.press import parse_press
from briefpress.problems import Problem, Severity, Span
from briefpress.xhtml import parse_xhtml, to_xhtml

PRESS = """\
[organisation]
name = "House"
[programs.z]
name = "Program Z"
tokens = { "color-accent" = "#224466" }
[programs.a]
name = "Program A"
[collections.best]
title = "Best"
select = { programs = ["a"], year = 2024 }
"""
BRIEF = Brief(
    "one",
    "briefs/one.md",
    "One",
    dt.date(2024, 1, 2),
    "en",
    "Text",
    9,
    authors=(Author("A B", "B, A"),),
    tags=("a",),
    corrections=(Correction(dt.date(2024, 2, 3), "Right"),),
    places={"title": (2, 8)},
)


def test_a_press_keeps_the_order_of_its_programs() -> None:
    press, problems = parse_press(PRESS.encode())
    assert problems == ()
    again = decode(Press, encode(press))
    assert again == press
    assert list(again.programs) == ["z", "a"]


def test_a_brief_is_the_same_but_for_what_is_not_compared() -> None:
    again = decode(Brief, encode(BRIEF))
    assert again == BRIEF
    assert again.places == {}


def test_a_problem_keeps_its_place_and_severity() -> None:
    problem = Problem("N02", "no note", Span("a.md", 1, 2), severity=Severity.WARNING)
    assert decode(Problem, encode(problem)) == problem


def test_a_document_keeps_its_trees() -> None:
    body = parse_xhtml('<div><p id="b1">One<br/>two &amp; three</p></div>')
    document = Document("T", "", "en", body, None, (body,), (), (), (), (), 3)
    again = decode(Document, encode(document))
    assert to_xhtml(again.body) == to_xhtml(body)
    assert to_xhtml(again.takeaways[0]) == to_xhtml(body)
    assert again.summary is None


@given(st.binary(), st.text(), st.integers(), st.booleans())
def test_plain_values_come_back(
    data: bytes,
    text: str,
    number: int,
    flag: bool,  # noqa: FBT001
) -> None:
    assert decode(bytes, encode(data)) == data
    value = {"data": data}
    assert decode_as(Mapping[str, bytes], encode(value)) == value
    row = (text, number, flag, None)
    hint = tuple[str, int, bool, str | None]
    assert decode_as(hint, encode(row)) == row


@given(st.text(), st.integers(0, 10))
def test_equal_values_give_equal_bytes(id_: str, offset: int) -> None:
    one = PageMap((PageStart("1", id_, offset),))
    two = PageMap((PageStart("1", id_, offset),))
    assert encode(one) == encode(two)
    other = replace(one, starts=(PageStart("1", id_, offset + 1),))
    assert encode(one) != encode(other)


def test_a_set_has_one_order() -> None:
    names = frozenset({"b", "a", "c"})
    assert encode(names) == b'["a","b","c"]'
    assert decode_as(frozenset[str], encode(names)) == names


@pytest.mark.parametrize("value", [object(), {1, 2}, ["a"], 1j])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="a step cannot read or return"):
        encode(value)


@pytest.mark.parametrize("data", [b"[]", b'{"starts": 1}', b'"text"', b"{}", b"null"])
def test_bytes_of_another_type_are_refused(data: bytes) -> None:
    with pytest.raises((TypeError, KeyError, ValueError)):
        decode(PageMap, data)


@dataclass(frozen=True, slots=True)
class Tree:
    """A value that holds values of its own type."""

    name: str
    children: tuple[Tree, ...] = ()


def test_a_value_may_hold_values_of_its_own_type() -> None:
    tree = Tree("a", (Tree("b", (Tree("c"),)),))
    assert decode(Tree, encode(tree)) == tree
    assert is_immutable(Tree)


def test_what_holds_an_element_is_not_shared() -> None:
    assert is_immutable(Brief)
    assert not is_immutable(Document)
    assert not is_immutable(tuple[Element, ...])


@dataclass(frozen=True, slots=True)
class Identity:
    """Which object a step was given."""

    number: bytes


def identify(tree: Tree) -> Identity:
    """Return the identity of the value that the step reads."""
    return Identity(str(id(tree)).encode())


def test_a_value_that_each_step_reads_is_decoded_once() -> None:
    """Values that are read once, such as briefs, do not displace the theme."""
    function = f"{identify.__module__}:{identify.__qualname__}"
    data: dict[str, bytes] = {}

    def add(value: bytes) -> str:
        data[digest_of(value)] = value
        return digest_of(value)

    def identity(name: str) -> str:
        digest = add(encode(Tree(name)))
        reply = run_step(Key(function, "", {"tree": digest}), data.__getitem__, add)
        number, _ = reply.files["number"]
        return number

    found = set()
    for index in range(3 * SHARED_VALUES):
        found.add(identity("theme"))
        identity(f"brief {index}")
    assert len(found) == 1


def test_a_field_that_an_earlier_version_did_not_have_gets_its_default() -> None:
    problem = Problem("N02", "call [^x] has no note", brief="rents")
    data = encode(problem).replace(b',"brief":"rents"', b"")
    assert data != encode(problem)
    assert decode(Problem, data) == replace(problem, brief="")
    with pytest.raises(TypeError):
        decode(Problem, encode(problem).replace(b'"code":"N02",', b""))
