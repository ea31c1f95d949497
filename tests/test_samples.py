"""The samples as `make` builds them: every edition is complete, linked and valid."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf
import pypdfium2
import pytest

from briefpress.engine.codec import decode
from briefpress.model import Document
from briefpress.xhtml import text_of
from sample_press import add_web_fonts, press
from vera import validate

LETTERS = re.compile(r"[^\W\d_]+")
ATOM = "{http://www.w3.org/2005/Atom}"
NOT_LOADED = {"canonical", "alternate"}  # links that browsers only show to programs
pytestmark = pytest.mark.slow


@pytest.fixture
def project(samples: Path, tmp_path: Path) -> Path:
    """Return a copy of the built samples for a test to change."""
    return Path(shutil.copytree(samples, tmp_path / "project"))


def published(samples: Path) -> list[str]:
    """Return the slugs of the briefs that are no drafts."""
    listed = json.loads(press(samples, "list", "--json").stdout)
    return [brief["slug"] for brief in listed if not brief["draft"]]


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return bytes and time stamp of the files in a folder, without hidden ones."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith("."):
            found[name] = (path.read_bytes(), path.stat().st_mtime_ns)
    return found


def documents(samples: Path) -> Iterator[tuple[str, Document]]:
    """Yield slug and document of each sample, from the cache."""
    for name in (samples / ".briefpress" / "names").rglob("*"):
        if name.is_file() and b'"document/' in name.read_bytes():
            key = json.loads(name.read_bytes().partition(b"\n")[2])
            record = _record(samples, key["key"])
            if "document" in record:
                yield (
                    key["name"].removeprefix("document/"),
                    decode(Document, _stored(samples, record["document"][0])),
                )


def _record(samples: Path, key: dict[str, object]) -> dict[str, list[str]]:
    from briefpress.engine.step import Key

    digest = Key(**key).digest  # type: ignore[arg-type]
    sealed = (samples / ".briefpress" / "records" / digest[:2] / digest).read_bytes()
    made: dict[str, list[str]] = json.loads(sealed.partition(b"\n")[2])["files"]
    return made


def _stored(samples: Path, digest: str) -> bytes:
    return (samples / ".briefpress" / "objects" / digest[:2] / digest).read_bytes()


def words(text: str) -> Counter[str]:
    """Return the words of a text, without the traces of hyphenation."""
    plain = text.replace("\u00ad", "").replace("\u2060", "").replace("\ufffe", "")
    return Counter(word.casefold() for word in LETTERS.findall(plain))


def document_words(document: Document) -> Counter[str]:
    """Return every word of the body and the notes."""
    return words(" ".join(_blocks(document)))


def _blocks(document: Document) -> Iterator[str]:
    """Yield the text of each block, without the data of charts, which are not printed."""
    for tree in (document.body, *(note.body for note in document.notes)):
        for parent in list(tree.iter()):
            for data in parent.findall("details"):
                parent.remove(data)
        for element in tree.iter():
            if element.get("id"):
                yield _own(element) if _has_blocks(element) else text_of(element)


def _has_blocks(element: ET.Element) -> bool:
    """Whether there are elements with an id inside."""
    return any(inner.get("id") for inner in element.iter() if inner is not element)


def _own(element: ET.Element) -> str:
    """Return the text of an element that is not in elements inside."""
    return " ".join(filter(None, [element.text, *(child.tail for child in element)]))


def test_every_edition_is_published(samples: Path) -> None:
    slugs = published(samples)
    assert len(slugs) >= 7
    for slug in slugs:
        assert (
            (samples / "build" / "pdf" / f"{slug}.pdf")
            .read_bytes()
            .startswith(b"%PDF-")
        )
        assert (samples / "build" / "html" / slug / "index.html").is_file()
    books = {path.stem for path in (samples / "build" / "epub").glob("*.epub")}
    assert {"spp", "eep", "ewp"} <= books
    assert (samples / "build" / "index.html").is_file()


def test_a_draft_is_never_published(samples: Path) -> None:
    listed = json.loads(press(samples, "list", "--json").stdout)
    drafts = [brief for brief in listed if brief["draft"]]
    assert drafts, "this test needs a draft in the samples"
    built = files(samples / "build")
    for draft in drafts:
        assert not any(draft["slug"] in name for name in built)
        needles = (draft["slug"].encode(), draft["title"].encode())
        pages = (
            data
            for name, (data, _) in built.items()
            if name.endswith((".html", ".css"))
        )
        assert not any(needle in page for page in pages for needle in needles)


def test_a_second_build_runs_no_step_and_changes_no_file(project: Path) -> None:
    press(project, "build")
    before = files(project / "build")
    assert "nothing to do" in press(project, "build").stdout
    assert files(project / "build") == before
    report = json.loads(press(project, "build", "--json").stdout)
    assert report["steps"]["run"] == 0, report["reasons"]


def test_a_changed_token_changes_only_the_editions_with_that_theme(
    project: Path,
) -> None:
    """One brief has the theme `plain`. All others have `civic`, where a colour changes."""
    before = files(project / "build")
    theme = project / "themes" / "civic" / "theme.toml"
    changed, count = re.subn(
        r'(?m)^(ink\w*|paper\w*|rule\w*)( *= *)"#[0-9a-fA-F]+"',
        r'\1\2"#203040"',
        theme.read_text("utf-8"),
        count=1,
    )
    assert count == 1
    theme.write_text(changed, "utf-8")
    press(project, "build")
    after = files(project / "build")
    assert before.keys() == after.keys()
    touched = {name for name in after if after[name] != before[name]}
    assert "pdf/japan-central-asia.pdf" in touched
    assert "epub/spp.epub" in touched
    assert not {name for name in touched if "twenty-one-dates" in name}
    assert {name for name in touched if name.startswith("pdf/")} == {
        f"pdf/{slug}.pdf" for slug in published(project) if slug != "twenty-one-dates"
    }


def test_an_error_in_one_brief_does_not_affect_the_others(project: Path) -> None:
    path = project / "briefs" / "observers-chair.md"
    path.write_text(path.read_text("utf-8").replace("date:", "date: on", 1), "utf-8")
    before = files(project / "build")["pdf/observers-chair.pdf"]
    (project / "briefs" / "new-one.md").write_text(
        "---\ntitle: A new one\ndate: 2024-05-01\n---\nText.\n", "utf-8"
    )
    done = press(project, "build", check=False)
    assert done.returncode == 1
    assert "briefs/observers-chair.md:4:7" in done.stderr
    assert "is not a date" in done.stderr
    assert "briefs/observers-chair.md:4:7" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert (project / "build" / "pdf" / "new-one.pdf").is_file()
    assert files(project / "build")["pdf/observers-chair.pdf"] == before, (
        "the edition of the earlier build is kept"
    )


def test_a_build_with_other_folders_writes_nothing_to_the_project(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path / "some where"
    (home / "briefs").mkdir(parents=True)
    (home / "press.toml").write_text(
        'theme = "plain"\n[organisation]\nname = "House"\n[programs.a]\nname = "A"\n',
        "utf-8",
    )
    (home / "briefs" / "one.md").write_text(
        "---\ntitle: One\ndate: 2024-01-02\nprogram: a\n---\nText.[^1]\n\n[^1]: A note.\n",
        "utf-8",
    )
    (home / "briefs" / "two.md").write_text(
        "---\ntitle: Two\ndate: soon\nprogram: a\n---\nText.\n", "utf-8"
    )
    out, cache = tmp_path / "out", tmp_path / "cache"
    add_web_fonts(tmp_path_factory, cache)
    done = press(home, "build", "--out", str(out), "--cache", str(cache), check=False)
    assert done.returncode == 1
    assert "briefs/two.md:3:7" in done.stderr
    assert "is not a date" in done.stderr
    assert {"pdf/one.pdf", "html/one/index.html", "epub/a.epub", "index.html"} <= files(
        out
    ).keys()
    assert sorted(path.name for path in home.iterdir()) == ["briefs", "press.toml"], (
        "the build wrote to the project"
    )


def test_every_word_is_in_every_edition(samples: Path) -> None:
    found = dict(documents(samples))
    assert set(published(samples)) <= found.keys()
    chapters = _chapters(samples)
    for slug in published(samples):
        wanted = document_words(found[slug])
        page = ET.fromstring(
            _as_xml(
                (samples / "build" / "html" / slug / "index.html").read_text("utf-8")
            )
        )
        editions = {
            "web page": words(" ".join(page.itertext())),
            "PDF": words(_pdf_text(samples, slug)),
        }
        if slug in chapters:
            editions["chapter"] = words(
                " ".join(ET.fromstring(chapters[slug]).itertext())
            )
        for edition, there in editions.items():
            missing = {word for word in wanted if word not in there}
            assert not missing, f"{slug}: not in the {edition}: {sorted(missing)[:20]}"


def _as_xml(html: str) -> bytes:
    """Return a page as XML, parsed as browsers parse it."""
    import tinyhtml5

    return ET.tostring(tinyhtml5.parse(html, namespace_html_elements=False))


def _pdf_text(samples: Path, slug: str) -> str:
    """Return the text of a PDF."""
    with pypdfium2.PdfDocument(samples / "build" / "pdf" / f"{slug}.pdf") as pdf:
        return whole_words(
            "\n".join(page.get_textpage().get_text_range() for page in pdf)
        )


def whole_words(text: str) -> str:
    """Return the text with hyphenated words joined, and once more as it is."""
    joined = (
        re.sub(r"(?:\ufffe|[-\u2010\u00ad])\s*\r?\n", "", text),
        re.sub(r"\ufffe\s*", "", text),
    )
    return " ".join([*joined, text.replace("\ufffe", " ")])


def _chapters(samples: Path) -> dict[str, bytes]:
    """Return each chapter of the programs' books by its slug."""
    found: dict[str, bytes] = {}
    for book in (samples / "build" / "epub").glob("*.epub"):
        with zipfile.ZipFile(book) as archive:
            names = [name for name in archive.namelist() if "/briefs/" in name]
            found |= {
                name.rpartition("/")[2].removesuffix(".xhtml"): archive.read(name)
                for name in names
            }
    return found


def test_pdfs_have_outline_tags_fonts_and_language(samples: Path) -> None:
    for slug in published(samples):
        with pikepdf.open(samples / "build" / "pdf" / f"{slug}.pdf") as pdf:
            assert bool(pdf.Root.MarkInfo.Marked), slug
            assert "/StructTreeRoot" in pdf.Root, slug
            assert str(pdf.Root.Lang), slug
            assert pdf.docinfo.get("/Title"), slug
            with pdf.open_outline() as outline:
                assert outline.root, f"{slug} has no outline"
            assert not [
                font
                for page in pdf.pages
                for font in _fonts(page)
                if not _is_embedded(font)
            ], slug


def _fonts(page: Any) -> list[Any]:
    fonts = page.obj.get("/Resources", {}).get("/Font", {})
    return [fonts[name] for name in fonts]


def _is_embedded(font: Any) -> bool:
    """Whether the PDF contains the font's file, or its glyphs as drawings (Type 3)."""
    if font.Subtype == "/Type3":
        return True
    descriptor = (
        font.DescendantFonts[0].FontDescriptor
        if "/DescendantFonts" in font
        else font.FontDescriptor
    )
    return any(name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_every_pdf_is_pdf_ua_1(samples: Path) -> None:
    pdfs = sorted((samples / "build" / "pdf").glob("*.pdf"))
    verdict = validate(pdfs)
    assert [line.split()[0] for line in verdict.splitlines()] == ["good"] * len(pdfs), (
        verdict
    )


def test_calls_and_notes_of_a_pdf_are_linked_in_both_directions(samples: Path) -> None:
    found = dict(documents(samples))
    with pikepdf.open(samples / "build" / "pdf" / "japan-central-asia.pdf") as pdf:
        pages: list[Any] = list(pdf.pages)
        targets = {
            str(link.get("/Dest", ""))
            for page in pages
            for link in page.get("/Annots", [])
        }
    for note in found["japan-central-asia"].notes:
        assert note.id in targets
        assert note.calls[0] in targets


def test_web_pages_load_nothing_from_other_servers(samples: Path) -> None:
    for slug in published(samples):
        folder = samples / "build" / "html" / slug
        page = ET.fromstring(_as_xml((folder / "index.html").read_text("utf-8")))
        assert not list(page.iter("script"))
        for element in page.iter():
            address = _loaded_address(element)
            assert not address.startswith(("http:", "https:", "//")), address


def test_relative_links_of_web_pages_exist(samples: Path) -> None:
    for slug in published(samples):
        folder = samples / "build" / "html" / slug
        page = ET.fromstring(_as_xml((folder / "index.html").read_text("utf-8")))
        addresses = {element.get("src", "") for element in page.iter()}
        addresses |= {element.get("href", "") for element in page.iter()}
        for address in addresses - {""}:
            if not re.match(r"[a-z]+:|#|//", address):
                assert (folder / address.partition("#")[0]).exists(), address


def _loaded_address(element: ET.Element) -> str:
    """Return the address of what a browser loads for an element, or ""."""
    is_loaded = element.tag == "link" and element.get("rel") not in NOT_LOADED
    if is_loaded:
        return element.get("href", "")
    return element.get("src", "")


def test_all_links_of_index_feed_and_catalogue_exist(samples: Path) -> None:
    built = samples / "build"
    index = ET.fromstring(_as_xml((built / "index.html").read_text("utf-8")))
    feed = ET.parse(built / "feed.xml")
    catalogue = json.loads((built / "opds.json").read_text("utf-8"))
    addresses = [
        *(link.get("href", "") for tag in ("a", "link") for link in index.iter(tag)),
        *(link.get("href", "") for link in feed.iter(f"{ATOM}link")),
        *_addresses_of_catalogue(catalogue),
    ]
    local = {_local_name(address) for address in addresses}
    assert {name for name in local if not (built / name).exists()} == set()
    assert {
        "feed.xml",
        "opds.json",
        "epub/spp.epub",
        "html/caspian-level/index.html",
    } <= local
    assert len(feed.findall(f"{ATOM}entry")) == len(published(samples))


def _addresses_of_catalogue(catalogue: dict[str, Any]) -> Iterator[str]:
    """Yield the addresses of an OPDS catalogue and its publications."""
    for part in (catalogue, *catalogue["publications"]):
        for link in [*part.get("links", []), *part.get("images", [])]:
            yield link["href"]


def _local_name(address: str) -> str:
    """Return the name in the output folder of an address of the samples' site."""
    path = address.removeprefix("https://example.org").partition("#")[0]
    return path.lstrip("/")
