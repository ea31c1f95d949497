"""The briefs of `tests/golden/` and their documents, word for word.

`pytest --golden` rewrites the expected files; review the diff.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from briefpress.document.files import project_reader
from briefpress.document.parser import parse_document
from briefpress.manuscript.briefs import parse_brief
from briefpress.model import Document, Limits, Organisation, Press
from briefpress.xhtml import text_of, to_xhtml

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.parent for path in GOLDEN.glob("*/brief.md"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_document(case: Path, golden: Callable[[Path, str], None]) -> None:
    """The brief has this document, and no problem."""
    press = Press(Organisation("Example Policy Center"))
    brief, problems = parse_brief((case / "brief.md").read_bytes(), "brief.md", press)
    assert brief is not None, problems
    parsed = parse_document(
        brief, project_reader(case, 1_000_000), Limits(), {"other.md": "other"}
    )
    assert parsed.problems == ()
    document = parsed.document
    assert document is not None
    golden(case / "expected" / "document.html", _page(document))
    golden(
        case / "expected" / "places.txt",
        "".join(
            f"{line}:{column} {name}\n"
            for name, (line, column) in parsed.positions.items()
        ),
    )


def _page(document: Document) -> str:
    """Return everything in a document, as text to read."""
    out = [
        f"<!-- {document.title} | {document.subtitle} | {document.lang} | {document.words} words -->"
    ]
    out += [
        f"<!-- h{heading.level} #{heading.id} {heading.text} -->"
        for heading in document.outline
    ]
    out += [
        f"<!-- {figure.kind} {figure.number} #{figure.id} {figure.title} -->"
        for figure in document.figures
    ]
    out += [f"<!-- {asset.media} {asset.src} -->" for asset in document.assets]
    out += [
        to_xhtml(element)
        for element in (document.summary, *document.takeaways)
        if element is not None
    ]
    out.append(to_xhtml(document.body))
    for note in document.notes:
        out += [
            f"<!-- {note.number} {note.label}: {' '.join(note.calls)} -->",
            to_xhtml(note.body),
        ]
        assert text_of(note.body)
    return "\n".join(out) + "\n"
