"""Language tags: fallbacks by RFC 4647, locales, and the direction of writing."""

from __future__ import annotations

import pytest

from briefpress.editions.localisation import balanced_lines
from briefpress.languages import (
    babel_locale,
    fallback_tags,
    lookup_language,
    text_direction,
)


@pytest.mark.parametrize(
    ("tag", "tags"),
    [
        ("en", ("en",)),
        ("en-KZ", ("en-KZ", "en")),
        ("zh-Hant-TW", ("zh-Hant-TW", "zh-Hant", "zh")),
        ("en-x-house", ("en-x-house", "en")),  # no tag ends with a single letter
    ],
)
def test_fallback_tags_are_those_of_rfc_4647(tag: str, tags: tuple[str, ...]) -> None:
    assert fallback_tags(tag) == tags


@pytest.mark.parametrize(
    ("tag", "available", "best"),
    [
        ("en-KZ", ["en", "ru"], "en"),
        ("EN-gb", ["en", "en-GB"], "en-GB"),
        ("zh-Hant-TW", ["zh", "zh-hant"], "zh-hant"),
        ("kk", ["kk-Cyrl", "en"], ""),
        ("fr", ["en"], ""),
    ],
)
def test_the_best_available_language_is_found(
    tag: str, available: list[str], best: str
) -> None:
    assert lookup_language(tag, available) == best


def test_a_region_without_a_locale_uses_the_locale_of_its_language() -> None:
    assert str(babel_locale("en-KZ")) == "en"
    assert str(babel_locale("en-GB")) == "en_GB"
    assert babel_locale("qqq") is None


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        ("en", "ltr"),
        ("fa", "rtl"),
        ("he-IL", "rtl"),
        ("az", "ltr"),
        ("az-Arab", "rtl"),
        ("ku-arab", "rtl"),
        ("ks", "rtl"),
        ("ks-Deva", "ltr"),
        ("fa-Latn", "ltr"),
        ("pa", "ltr"),
        ("pa-PK", "rtl"),
        ("arc", "rtl"),  # a script that CLDR has no locale for
        ("yi", "rtl"),
        ("qqq", "ltr"),
    ],
)
def test_the_script_decides_the_direction(tag: str, direction: str) -> None:
    assert text_direction(tag) == direction


def test_a_title_on_several_lines_keeps_all_its_words() -> None:
    assert balanced_lines("Water and power in spring", 12) == [
        "Water and",
        "power in",
        "spring",
    ]
