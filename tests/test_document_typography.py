"""Quotation marks and dashes of languages."""

from __future__ import annotations

import pytest

from briefpress.document.typography import smarten_text, smarten_tree
from briefpress.xhtml import parse_xhtml, to_xhtml


@pytest.mark.parametrize(
    ("lang", "typed", "text"),
    [
        ("en", "\"One 'two' three\"", "“One ‘two’ three”"),
        (
            "en",
            "'single' isn't it, '90s, rock 'n roll",
            "‘single’ isn’t it, ’90s, rock ’n roll",
        ),
        ("en", "a -- b, 1990--1995, a---b, ...", "a – b, 1990–1995, a—b, …"),
        ("en", 'he said: "yes" ("no")', "he said: “yes” (“no”)"),
        ("en", '5" pipe', "5″ pipe"),
        ("en-GB", '"x"', "“x”"),
        ("ru", "\"Это 'море' -- море\"", "«Это „море“ — море»"),
        ("kk", '"Цифрлық Қазақстан"', "«Цифрлық Қазақстан»"),
        ("de", '"Wort"', "„Wort“"),
        ("fr", '"mot" : oui ?', "«\u202fmot\u202f»\u202f: oui\u202f?"),
        ("fa", '"واژه"', "«واژه»"),
        ("xx", '"x"', "“x”"),
    ],
)
def test_marks_of_a_language(lang: str, typed: str, text: str) -> None:
    assert smarten_text(typed, lang) == text


def test_a_quotation_can_contain_phrases_and_code_does_not_change() -> None:
    tree = parse_xhtml(
        '<div><p>"<em>One</em>" and <code>"x" -- y</code> <i lang="ru">"да"</i></p><p>"two"</p></div>'
    )
    smarten_tree(tree, "en")
    assert to_xhtml(tree) == (
        '<div><p>“<em>One</em>” and <code>"x" -- y</code> <i lang="ru">«да»</i></p><p>“two”</p></div>'
    )
