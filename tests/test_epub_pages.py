"""Page marks of EPUB and web page, compared with the text of the printed pages."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pypdfium2
import pytest

import judges
from sample_press import built_once

X, OPS = "{http://www.w3.org/1999/xhtml}", "{http://www.idpf.org/2007/ops}"
NOT_LETTERS = re.compile(r"[\W\d_]+")
HEAD = 80  # letters, of a running head
pytestmark = pytest.mark.slow
TRADE = "energy corridor transit treaty port rail caspian export review policy region trade water basin"


def letters(text: str) -> str:
    """Return the letters of a text: text from a PDF has other spaces and hyphens."""
    return NOT_LETTERS.sub("", text.replace("\u00ad", "")).casefold()


def words(element: Element) -> Iterator[str]:
    """Yield the text of a chapter without note calls.

    Each page mark is a form feed, its label and a tab.
    """
    if element.get(f"{OPS}type") == "pagebreak":
        yield "\f" + element.get("aria-label", "") + "\t"
    if element.get("role") != "doc-noteref":
        yield element.text or ""
        for child in element:
            yield from words(child)
            yield child.tail or ""


def pages_of(chapter: bytes) -> list[tuple[str, str]]:
    """Return label and text of each page of a chapter."""
    body = fromstring(chapter).find(f"{X}body")
    assert body is not None
    _, *pages = "".join(words(body)).split("\f")
    return [
        (label, text) for label, _, text in (page.partition("\t") for page in pages)
    ]


def printed(pdf: Path) -> list[str]:
    """Return the text of each page of a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return texts


def misplaced(chapter: bytes, pdf: Path) -> Iterator[str]:
    """Yield the pages whose first words differ from those after their mark.

    On paper, a running head may precede them.
    """
    pages, paper = pages_of(chapter), printed(pdf)
    assert len(pages) == len(paper)
    for (label, text), sheet in list(zip(pages, paper, strict=True))[1:]:
        if not 0 <= letters(sheet).find(letters(text)[:12]) <= HEAD:
            yield f"{pdf.name}, page {label}: {text[:40]!r}, in print {sheet[:80]!r}"


def books(folder: Path) -> dict[str, bytes]:
    """Return the published books."""
    return {
        path.stem: path.read_bytes()
        for path in sorted((folder / "build/epub").glob("*.epub"))
    }


def chapters(book: bytes) -> dict[str, bytes]:
    """Return the chapters of a book, by slug."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {
            Path(n).stem: archive.read(n)
            for n in archive.namelist()
            if n.startswith("EPUB/briefs/")
        }


def test_in_all_samples_a_page_begins_at_the_same_word_in_print_and_epub(
    samples: Path,
) -> None:
    said = [
        line
        for book in books(samples).values()
        for slug, chapter in chapters(book).items()
        for line in misplaced(chapter, samples / f"build/pdf/{slug}.pdf")
    ]
    assert said == []


def test_the_books_of_the_samples_pass_epubcheck(samples: Path, tmp_path: Path) -> None:
    shelf = books(samples)
    assert len(shelf) >= 3
    assert judges.epubcheck(shelf, tmp_path) == {name: [] for name in shelf}


def manuscript() -> str:
    """Return a brief whose pages break in a paragraph, a word, a list and a table."""
    trade = TRADE.split()

    def prose(start: int, count: int) -> str:
        return " ".join(trade[(start * 7 + k * 3) % len(trade)] for k in range(count))

    paragraphs = "\n\n".join(f"{prose(n, 150)}[^{n}]." for n in range(8))
    items = "\n".join(f"- {prose(n, 70)}" for n in range(24))
    rows = "\n".join(f"| {1900 + n} | {prose(n, 12)} | {n} |" for n in range(60))
    notes = "\n\n".join(f"[^{n}]: A note. {prose(n, 30)}." for n in range(8))
    table = f"Table: What was carried\n\n| Year | What | Tonnes |\n| --- | --- | --- |\n{rows}"
    front = "---\ntitle: Pages\ndate: 2024-05-01\nprogram: p\n---\n"
    parts = (
        front,
        paragraphs,
        "## Lists",
        items,
        "## Tables",
        table,
        "## End",
        prose(3, 90) + ".",
        notes,
    )
    return "\n\n".join(parts) + "\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with one long brief, built."""
    return built_once(tmp_path_factory, "pages", write_project)


def write_project(folder: Path) -> None:
    """Write a project with one long brief."""
    (folder / "briefs").mkdir(parents=True)
    (folder / "briefs/pages.md").write_text(manuscript(), "utf-8")
    press = 'theme = "plain"\nlanguage = "en"\n[organisation]\nname = "House"\nurl = "https://example.org"\n'
    (folder / "press.toml").write_text(
        f'{press}[programs.p]\nname = "Program"\n', "utf-8"
    )


def test_page_breaks_in_paragraph_list_and_table_are_at_the_same_word(
    built: Path,
) -> None:
    chapter = chapters(books(built)["p"])["pages"]
    assert list(misplaced(chapter, built / "build/pdf/pages.pdf")) == []
    root = fromstring(chapter)
    parents = {child: parent for parent in root.iter() for child in parent}
    within: dict[str, list[bool]] = {}
    for mark in root.iter(f"{X}span"):
        if mark.get(f"{OPS}type") == "pagebreak":
            parent = parents[mark]
            begun = bool((parent.text or "").strip()) or parent[0] is not mark
            within.setdefault(parent.tag.removeprefix(X), []).append(begun)
    assert any(within["p"]), "inside a paragraph"
    assert any(within["li"]), "inside a list item"
    assert {"th", "td"} & set(within), "in a table"


def test_the_web_page_has_the_same_page_marks(built: Path) -> None:
    page = (built / "build/html/pages/index.html").read_text("utf-8")
    labels = [label for label, _ in pages_of(chapters(books(built)["p"])["pages"])]
    assert len(labels) > 5
    assert re.findall(r'id="page-(\d+)"', page) == labels
