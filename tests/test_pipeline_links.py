"""Links between the parts of briefs, checked once all documents exist."""

from __future__ import annotations

from pathlib import Path

from sample_press import press

PRESS = '[organisation]\nname = "House"\n'
BRIEF = "---\ntitle: {title}\ndate: 2024-01-02\n---\n{text}\n"


# issue 10, item 5: a link to a missing part of another brief
def test_a_link_to_a_missing_part_of_another_brief_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "briefs").mkdir()
    (tmp_path / "press.toml").write_text(PRESS, "utf-8")
    one = "See [the map](two.md#water) and [the prices](two.md#pricse)."
    two = "## Water {: #water }\n\nText.\n\n## Prices {: #prices }\n\nText."
    for title, text in (("one", one), ("two", two)):
        path = tmp_path / "briefs" / f"{title}.md"
        path.write_text(BRIEF.format(title=title, text=text), "utf-8")
    done = press(tmp_path, "check", "--explain-warnings", check=False)
    assert done.returncode == 0, done.stderr
    assert "briefs/one.md:5" in done.stderr
    assert "has no part with the id `pricse`" in done.stderr
    assert "two.md#prices" in done.stderr
    assert "`water`" not in done.stderr
