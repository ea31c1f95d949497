"""What other programs of this house will need: the stages, called without a build."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from pypdfium2 import PdfDocument

from briefpress.document.files import mapping_reader
from briefpress.document.links import prefix_ids
from briefpress.document.parser import parse_document
from briefpress.editions.inputs import BriefContext
from briefpress.editions.pdf.model import PdfInputs
from briefpress.editions.pdf.render import render_pdf
from briefpress.model import Brief, Document, Organisation, Press
from briefpress.theme.folder import theme_folders
from briefpress.theme.read import read_theme

ROOT = Path(__file__).parent.parent
TEXT = "See.[^a] Again.[^a]\n\n## Part {#part}\n\n[Back](#part).\n\n[^a]: The note.\n"


def brief(text: str = TEXT) -> Brief:
    date = dt.date(2024, 3, 12)
    return Brief("one", "briefs/one.md", "One", date, "en", text, 5)


def document_of(text: str = TEXT) -> Document:
    document = parse_document(brief(text), mapping_reader({})).document
    assert document is not None
    return document


def pdf_inputs(document: Document) -> PdfInputs:
    theme, _ = read_theme("plain", theme_folders(ROOT))
    context = BriefContext(Press(Organisation("House")), brief())
    return PdfInputs(context, document, theme, {}, {})


def text_of_pdf(data: bytes) -> str:
    with PdfDocument(data) as pdf:
        return "".join(page.get_textpage().get_text_range() for page in pdf)


# issue 10: a preview calls the renderers directly, in one warm process with threads
def test_a_pdf_is_rendered_in_threads_without_graph_and_cache() -> None:
    inputs = pdf_inputs(document_of())
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(render_pdf, [inputs, inputs])
    assert first.problems == ()
    assert first.pdf == second.pdf == render_pdf(inputs).pdf
    assert "The note." in text_of_pdf(first.pdf)


# issue 10: a proof shows a brief that has errors
def test_a_brief_with_an_error_is_rendered_to_a_pdf() -> None:
    parsed = parse_document(brief("A call.[^gone] And more."), mapping_reader({}))
    assert [problem.code for problem in parsed.problems] == ["N02"]
    assert parsed.document is not None
    edition = render_pdf(pdf_inputs(parsed.document))
    assert edition.problems == ()
    assert "And more." in text_of_pdf(edition.pdf)


# issue 10: a bound PDF keeps ids, notes and links of each brief apart
def test_two_documents_can_be_in_one_tree() -> None:
    tree = Element("main")
    note_ids: set[str] = set()
    for prefix in ("first-", "second-"):
        document = prefix_ids(document_of(), prefix)
        tree.append(document.body)
        tree.extend(note.body for note in document.notes)
        assert [note.number for note in document.notes] == [1]
        note_ids.update(note.id for note in document.notes)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    targets = {link.get("href", "")[1:] for link in tree.iter("a")}
    assert note_ids == {"first-note-1", "second-note-1"}
    assert {"first-part", "second-part"} <= targets <= {*ids, *note_ids}


PAGE_INPUTS = '            made.result,\n            self.themes[self.project.theme_of(brief), "screen"],\n'
SWAPPED = '            self.themes[self.project.theme_of(brief), "screen"],\n            made.result,\n'


# issue 10: the type checker sees which step feeds which
@pytest.mark.slow
def test_inputs_of_another_step_are_rejected_by_mypy(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    steps = tmp_path / "src" / "briefpress" / "pipeline" / "steps.py"
    text = steps.read_text("utf-8")
    changes = {
        "inputs": (PAGE_INPUTS, SWAPPED),
        "output": ("lambda result: result.characters", "lambda result: result.entries"),
        "function": ("tasks.make_web_page", "tasks.make_chapter"),
    }
    files = {name: steps.with_name(f"steps_{name}.py") for name in changes}
    for name, (before, after) in changes.items():
        assert before in text
        files[name].write_text(text.replace(before, after, 1), "utf-8")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--no-incremental",
        *map(str, files.values()),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout
    for file in files.values():
        errors = [line for line in done.stdout.splitlines() if file.name in line]
        assert any(
            "incompatible type" in line or "No overload" in line for line in errors
        ), done.stdout
