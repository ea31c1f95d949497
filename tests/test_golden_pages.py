"""A brief with every kind of note, rendered in each theme of the repository."""

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
from briefpress.model import Document, Organisation, Press
from sample_press import press
from test_samples import document_words, whole_words, words

FOLDER = Path(__file__).parent / "golden" / "foot"
# The pages whose footnote area begins with a continued note, below a sign.
CONTINUED_ON = {"plain": [4, 5, 6], "civic": [5, 6]}
LINE_WIDTH = 121  # mm


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["plain", "civic"])
def test_notes_of_every_kind(
    theme: str, tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    """A note of 1,500 words; five calls in a line; one note called four times.

    Calls stand in headings, tables, quotations and lists.
    """
    (tmp_path / "briefs").mkdir()
    settings = f'theme = "{theme}"\n[organisation]\nname = "House"\n'
    (tmp_path / "press.toml").write_text(settings, "utf-8")
    shutil.copy(FOLDER / "brief.md", tmp_path / "briefs" / "foot.md")
    press(tmp_path, "build", "--to", "pdf", "--quiet")

    report = json.loads(press(tmp_path, "audit", "--json").stdout)
    assert report["problems"] == []
    audit = report["audits"]["foot"]
    assert audit["split"] >= 1
    expected = FOLDER / "expected" / f"{theme}.json"
    golden(expected, json.dumps(audit, indent=1, sort_keys=True) + "\n")

    with pypdfium2.PdfDocument(tmp_path / "build" / "pdf" / "foot.pdf") as pdf:
        texts = [page.get_textpage().get_text_range() for page in pdf]
        rules = {number: rule_at_sign(page) for number, page in enumerate(pdf, 1)}
    found = {number: length for number, length in rules.items() if length is not None}
    assert list(found) == CONTINUED_ON[theme]
    assert all(100 < length < LINE_WIDTH for length in found.values())

    printed = words(whole_words("\n".join(texts)))
    assert [
        word for word in document_words(golden_document()) if word not in printed
    ] == []


def golden_document() -> Document:
    """Return the document of the golden brief."""
    data = (FOLDER / "brief.md").read_bytes()
    brief, _ = parse_brief(data, "brief.md", Press(Organisation("House")))
    assert brief is not None
    document = parse_document(brief, project_reader(FOLDER, 1)).document
    assert document is not None
    return document


def rule_at_sign(page: pypdfium2.PdfPage) -> float | None:
    """Return the length of the rule beside the word "continued", in mm.

    None if the page does not have the word. The rule is the longest dark run of pixels
    at the height of the word.
    """
    text = page.get_textpage()
    found = text.search("continued").get_next()
    if found is None:
        return None
    start, length = found
    letters = [text.get_charbox(index) for index in range(start, start + length)]
    bottom = min(box[1] for box in letters)
    top = max(box[3] for box in letters)
    scale = 2
    picture = page.render(scale=scale).to_pil().convert("L")
    middle = round(scale * (page.get_height() - (bottom + top) / 2))
    longest = 0
    for row in range(middle - 4, middle + 4):
        pixels = picture.crop((0, row, picture.width, row + 1)).tobytes()
        marks = "".join("x" if value < 160 else " " for value in pixels)
        longest = max(longest, *map(len, marks.split(" ")))
    return longest / scale * 25.4 / 72
