"""Style sheets and fonts of the web pages."""

from __future__ import annotations

from briefpress.editions.web_assets import UNICODE_RANGES, characters_in


def test_unicode_ranges_do_not_overlap() -> None:
    sets = [characters_in(ranges) for ranges in UNICODE_RANGES.values()]
    assert "é" in sets[0]
    assert sum(map(len, sets)) == len(frozenset().union(*sets))
