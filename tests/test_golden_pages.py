"""The golden briefs as pages, in every theme of the house: what the guard counts, and every word by another reader."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from briefpress.document import parse_document
from briefpress.document.files import reader
from briefpress.manuscript.brief import parse_brief
from briefpress.model import Organisation, Press
from sample_press import press
from test_samples import document_words, whole_words, words

FOOT = Path(__file__).parent / "golden" / "foot"


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["plain", "civic"])
def test_notes_of_every_kind(theme: str, tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    """A note of 1,500 words, five calls in a line, one called four times, calls in headings, tables, quotes, lists."""
    (tmp_path / "briefs").mkdir()
    (tmp_path / "press.toml").write_text(f'theme = "{theme}"\n[organisation]\nname = "House"\n', "utf-8")
    shutil.copy(FOOT / "brief.md", tmp_path / "briefs" / "foot.md")
    press(tmp_path, "build", "--to", "pdf", "--quiet")
    told = json.loads(press(tmp_path, "audit", "--json").stdout)
    assert told["problems"] == []
    audit = told["audits"]["foot"]
    assert audit["split"] >= 1
    golden(FOOT / "expected" / f"{theme}.json", json.dumps(audit, indent=1, sort_keys=True) + "\n")
    with pypdfium2.PdfDocument(tmp_path / "build" / "pdf" / "foot.pdf") as pdf:
        printed = words(whole_words("\n".join(page.get_textpage().get_text_range() for page in pdf)))
    brief, _ = parse_brief((FOOT / "brief.md").read_bytes(), "brief.md", Press(Organisation("House")))
    assert brief is not None
    document, _, _ = parse_document(brief, reader(FOOT, 1))
    assert document is not None
    assert {word for word in document_words(document) if word not in printed} == set()
