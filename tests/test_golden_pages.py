"""The golden briefs as pages, in every theme of the house: what the guard counts, and every word by another reader."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from briefpress.document.files import project_reader
from briefpress.document.parser import parse_document
from briefpress.manuscript.briefs import parse_brief
from briefpress.model import Organisation, Press
from sample_press import press
from test_samples import document_words, whole_words, words

FOOT = Path(__file__).parent / "golden" / "foot"
SIGNED = {
    "plain": [4, 5, 6],
    "civic": [5, 6],
}  # the pages whose foot goes on with a note of the page before


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["plain", "civic"])
def test_notes_of_every_kind(
    theme: str, tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    """A note of 1,500 words, five calls in a line, one called four times, calls in headings, tables, quotes, lists."""
    (tmp_path / "briefs").mkdir()
    (tmp_path / "press.toml").write_text(
        f'theme = "{theme}"\n[organisation]\nname = "House"\n', "utf-8"
    )
    shutil.copy(FOOT / "brief.md", tmp_path / "briefs" / "foot.md")
    press(tmp_path, "build", "--to", "pdf", "--quiet")
    told = json.loads(press(tmp_path, "audit", "--json").stdout)
    assert told["problems"] == []
    audit = told["audits"]["foot"]
    assert audit["split"] >= 1
    golden(
        FOOT / "expected" / f"{theme}.json",
        json.dumps(audit, indent=1, sort_keys=True) + "\n",
    )
    with pypdfium2.PdfDocument(tmp_path / "build" / "pdf" / "foot.pdf") as pdf:
        said = [page.get_textpage().get_text_range() for page in pdf]
        rules = {
            number: _rule_beside(page, "continued")
            for number, page in enumerate(pdf, 1)
        }
    signed = {number: length for number, length in rules.items() if length is not None}
    assert list(signed) == SIGNED[theme]
    assert all(100 < length < 121 for length in signed.values()), (
        "the measure is 121 mm, the word stands in it"
    )
    printed = words(whole_words("\n".join(said)))
    brief, _ = parse_brief(
        (FOOT / "brief.md").read_bytes(), "brief.md", Press(Organisation("House"))
    )
    assert brief is not None
    document = parse_document(brief, project_reader(FOOT, 1)).document
    assert document is not None
    assert {word for word in document_words(document) if word not in printed} == set()


def _rule_beside(page: pypdfium2.PdfPage, word: str) -> float | None:
    """Return how long the rule is, in millimetres, that stands at the height of a word; None without the word."""
    text = page.get_textpage()
    if (found := text.search(word).get_next()) is None:
        return None
    boxes = [text.get_charbox(index) for index in range(found[0], sum(found))]
    picture = page.render(scale=2).to_pil().convert("L")
    from_top = round(
        2
        * (
            page.get_height()
            - (min(box[1] for box in boxes) + max(box[3] for box in boxes)) / 2
        )
    )
    rows = [
        picture.crop((0, y, picture.width, y + 1)).tobytes()
        for y in range(from_top - 4, from_top + 4)
    ]
    runs = [
        "".join("x" if value < 160 else " " for value in row).split() for row in rows
    ]
    return max(len(run) for row in runs for run in row) / 2 * 25.4 / 72
