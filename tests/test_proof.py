"""`briefpress proof`: what editors and authors see of drafts and of briefs with errors."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from briefpress.editions.localisation import date_in_words
from briefpress.pipeline.proof import proof_date
from briefpress.xhtml import elements_by_id, parse_page, text_of
from sample_press import add_web_fonts, made_once
from small_press import build, new_project, project, replace_in_brief, run
from vera import validate

__all__ = ["new_project", "project"]  # fixtures

STAMP = f"Proof, {date_in_words(proof_date(), 'en')}"
PRESS = """\
theme = "plain"
[organisation]
name = "House"
[programs.low]
name = "Low"
theme = "low"
[programs.torn]
name = "Torn"
theme = "torn"
[programs.holes]
name = "Holes"
theme = "holes"
"""
TEXT = """\
Rents rose by a *third* in ten years.[^gone] See [the costs](#costs), {{< old >}} and more.

![A lost map](lost.png)

## What 能源 means

- One item.[^kept]

[^kept]: A note, with [a dead end](#nowhere).
[^never]: Not called.
"""
BRIEFS = {
    "draft": "---\ntitle: Wells\ndate: 2024-05-31\ndraft: true\n---\nText.\n",
    "errors": f"---\ntitle: Rents\ndate: 2024-05-31\n---\n{TEXT}",
    "front": "---\ntitle: [\ntitle: Rents\nlang: fr\n---\nThe text, all the same.[^n]\n\n[^n]: Note.\n",
    "undated": "---\ntitle: Undated\ndate: 03/04/2024\n---\nNo day.\n",
    "clipped": "---\ntitle: Low\ndate: 2024-05-31\nprogram: low\n---\nA claim.[^n]\n\n[^n]: A note.\n",
    "dressed": "---\ntitle: Torn\ndate: 2024-05-31\nprogram: torn\n---\nIn another theme.\n",
    "holed": "---\ntitle: Holes\ndate: 2024-05-31\nprogram: holes\n---\nIn a whole theme.\n",
    "deep": f"---\ntitle: Deep\ndate: 2024-05-31\n---\n{'> ' * 90}down\n\nand up again\n",
    "persian": "---\ntitle: آب\ndate: 2024-05-31\nlang: fa\ndraft: true\n---\nآب کم شد.[^gone]\n",
    "good": "---\ntitle: Good\ndate: 2024-05-31\n---\nNothing wrong.\n",
}
THEMES = {
    "low/theme.toml": 'name = "low"\nparent = "plain"\n',
    "low/css/print.css": '@import "parent:print.css";\n.fn p { height: 2pt; overflow: hidden }\n',
    "holes/theme.toml": 'name = "holes"\nparent = "plain"\n',
    "holes/templates/print.html.j2": "{{ nothing.here }}",
    "torn/theme.toml": 'name = "torn"\nparent = \n',
}


def write_press(folder: Path) -> None:
    """Write a press with one brief of each kind."""
    (folder / "briefs").mkdir(parents=True)
    (folder / "press.toml").write_text(PRESS, "utf-8")
    for name, text in BRIEFS.items():
        (folder / "briefs" / f"{name}.md").write_text(text, "utf-8")
    for file, text in THEMES.items():
        path = folder / "themes" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the proofs of a press with one brief of each kind."""

    def make(folder: Path) -> None:
        write_press(folder)
        add_web_fonts(tmp_path_factory, folder / ".briefpress")
        done = run("proof", folder, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        made = json.loads(done.stdout)["proofs"]
        assert sorted(made) == sorted(BRIEFS.keys() - {"good"})

    return made_once(tmp_path_factory, "proofs", make) / "proof"


def html(proofs: Path, slug: str) -> str:
    """Return the web page of a proof."""
    return (proofs / slug / "index.html").read_text("utf-8")


def marked(proofs: Path, slug: str) -> str:
    """Return the words of a web page, in which a mark is the code of its problem."""
    text = re.sub(
        r'<span class="proof-message.*?"proof-code">\w+</span>[^<]*</span>',
        "",
        html(proofs, slug),
    )
    text = re.sub(
        r'<a class="proof-mark[^>]*data-code="(\w+)"[^>]*>\d+</a>', r"{\1}", text
    )
    return text_of(parse_page(text))


def words(pdf: Path) -> str:
    """Return the words of a PDF."""
    with PdfDocument(pdf) as opened:
        texts = [each.get_textpage().get_text_range() for each in opened]
    return " ".join(" ".join(texts).split())


pytestmark = pytest.mark.slow


def test_a_draft_has_a_proof_and_no_edition(proofs: Path) -> None:
    assert STAMP in words(proofs / "draft.pdf")
    assert "Wells" in words(proofs / "draft.pdf")
    assert STAMP in marked(proofs, "draft")
    assert '<meta name="robots" content="noindex">' in html(proofs, "draft")
    assert not (proofs.parent / "build").exists()


def test_a_proof_counts_words_and_lists_notes_with_their_labels(proofs: Path) -> None:
    text = words(proofs / "errors.pdf")
    assert "Words: 31" in text
    assert "Notes: 1" in text
    assert "1 [^kept] A note, with a dead end." in text


@pytest.mark.parametrize(
    "passage",
    [
        "in ten years.[^gone]{N02} See the costs{L01}, {{< old >}}{D10} and more.",
        "lost.png{F01}",
        "{P05}What",
        "with a dead end{L01}.",
    ],
)
def test_every_problem_is_marked_at_its_place(proofs: Path, passage: str) -> None:
    assert passage in marked(proofs, "errors")


def test_marks_are_numbered_in_the_order_of_reading_and_lead_to_messages(
    proofs: Path,
) -> None:
    root = parse_page(html(proofs, "errors"))
    found = re.findall(r'data-code="(\w+)"', html(proofs, "errors"))
    assert found == ["N02", "L01", "D10", "F01", "P05", "L01"]
    targets = elements_by_id(root)
    for number, code in enumerate([*found, "N04"], 1):
        entry = text_of(targets[f"proof-problem-{number}"])
        assert entry.startswith(f"{number} ")
        assert code in entry
    assert "call [^gone] has no note" in text_of(targets["proof-problem-1"])
    assert "briefs/errors.md:5:38" in text_of(targets["proof-problem-1"])


def test_the_message_stands_beside_the_mark_in_print_too(proofs: Path) -> None:
    with PdfDocument(proofs / "errors.pdf") as pdf:
        first = pdf[0].get_textpage()
        width = pdf[0].get_width() - 66 / 25.4 * 72
        found = first.search("call [^gone] has no note")
        start, _ = found.get_next()
        left, bottom, _, _ = first.get_charbox(start)
        start, _ = first.search("years.").get_next()
        _, line, _, _ = first.get_charbox(start)
    assert left > width, "beside the page"
    assert abs(bottom - line) < 4, "on the line of its mark"


def test_what_is_missing_is_a_labelled_box(proofs: Path) -> None:
    gap = '<span class="missing-note" data-label="note missing">[^gone]</span>'
    assert gap in html(proofs, "errors")
    assert "note missing [^gone]" in words(proofs / "errors.pdf")
    assert "lost.png" in words(proofs / "errors.pdf")
    assert "能" in words(proofs / "errors.pdf"), "a box that is copied as its character"


def test_front_matter_that_cannot_be_read_is_listed_with_its_marks(
    proofs: Path,
) -> None:
    text = marked(proofs, "front")
    assert "Rents" in text, "the title is found all the same"
    assert "The text, all the same." in text
    assert "title: [{R06}" in text
    assert "[sans date]" in text
    assert "date: 03/04/2024{R14}" in marked(proofs, "undated")


def test_a_proof_is_in_the_language_of_its_brief(proofs: Path) -> None:
    assert "Épreuve, " in words(proofs / "front.pdf")
    assert "نمونهٔ چاپی" in marked(proofs, "persian")
    assert "call [^gone] has no note" in words(proofs / "persian.pdf")


def test_pages_that_an_audit_refuses_are_shown_with_the_place_marked(
    proofs: Path,
) -> None:
    assert "{P03}A note." in marked(proofs, "clipped")
    assert 'note "n" is cut off by the edge of its box' in words(proofs / "clipped.pdf")


def test_a_brief_whose_theme_cannot_be_used_has_that_of_the_press(
    proofs: Path,
) -> None:
    assert "In a whole theme." in words(proofs / "holed.pdf")
    assert "themes/holes/templates/print.html.j2:1" in words(proofs / "holed.pdf")
    assert "In another theme." in words(proofs / "dressed.pdf")
    assert "themes/torn/theme.toml:2:" in words(proofs / "dressed.pdf")


def test_a_text_that_cannot_be_set_is_listed_with_its_marks(proofs: Path) -> None:
    assert "{D05}" in marked(proofs, "deep")
    assert "and up again" in marked(proofs, "deep")
    assert "nested" in words(proofs / "deep.pdf")


def test_the_first_line_of_a_block_has_one_number_in_print_and_on_the_web(
    proofs: Path,
) -> None:
    root = parse_page(html(proofs, "errors"))
    numbers = [
        int(each.get("data-line", "")) for each in root.iter() if each.get("data-line")
    ]
    assert numbers == sorted(numbers)
    text = words(proofs / "errors.pdf")
    shown = [number for number in numbers if number % 5 == 0]
    assert all(f" {number} " in text for number in shown)


def test_the_proof_of_a_brief_is_pdf_ua_1_whatever_is_wrong(proofs: Path) -> None:
    files = sorted(proofs.glob("*.pdf"))
    report = validate(files)
    verdicts = [line.split()[0] for line in report.splitlines()]
    assert verdicts == ["good"] * len(files), report


def test_a_web_page_of_a_proof_needs_no_file_outside_its_folder(proofs: Path) -> None:
    root = parse_page(html(proofs, "errors"))
    sheet = next(each for each in root.iter("link") if each.get("rel") == "stylesheet")
    css = proofs / "errors" / str(sheet.get("href"))
    assert ".proof-mark" in css.read_text("utf-8")
    for font in re.findall(r'url\("(fonts/[^"]+)"\)', css.read_text("utf-8")):
        assert (css.parent / font).is_file()


def test_a_proof_leaves_what_is_published_as_it_is(project: Path) -> None:
    build(project)
    before = {file: file.stat().st_mtime_ns for file in project.glob("build/**/*")}
    replace_in_brief(project, "one", "Text", "Other text[^none]")
    first = run("proof", project)
    assert first.returncode == 0, first.stderr
    assert "proof/one/index.html: 1 error, 0 warnings" in first.stdout
    again = run("proof", project)
    assert "0 files written" in again.stdout
    after = {file: file.stat().st_mtime_ns for file in project.glob("build/**/*")}
    assert after == before


def test_proofs_that_are_not_needed_any_more_are_removed_by_a_run_for_all(
    project: Path,
) -> None:
    replace_in_brief(project, "one", "Text", "Text[^none]")
    run("proof", project, "one", "two")
    replace_in_brief(project, "one", "[^none]", "")
    run("proof", project, "two")
    assert (project / "proof" / "one.pdf").exists()
    done = run("proof", project)
    assert done.returncode == 0
    assert done.stdout.startswith(
        "nothing to proof: there is no draft, and no brief has an error"
    )
    assert not list(project.glob("proof/[a-z]*"))


def test_only_drafts_and_briefs_with_errors_have_a_proof_unless_others_are_named(
    project: Path,
) -> None:
    replace_in_brief(project, "two", "program: a", "program: a\ndraft: true")
    run("proof", project)
    assert [path.name for path in project.glob("proof/*.pdf")] == ["two.pdf"]
    run("proof", project, "one")
    assert "A note." in words(project / "proof" / "one.pdf")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["onee"], "there is no brief `onee`"),
        (
            ["one", "--against", "last-wek"],
            "`last-wek` is neither a file nor a revision of git",
        ),
        (["--against", "{project}/press.toml"], "name that brief, as SLUG"),
    ],
)
def test_a_wrong_name_makes_nothing(
    project: Path, arguments: list[str], message: str
) -> None:
    done = run("proof", project, *(each.format(project=project) for each in arguments))
    assert done.returncode == 2
    assert message in done.stderr
    assert not (project / "proof").exists()


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular."""
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True
    )


def test_what_changed_since_a_revision_is_marked_word_by_word(project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", "briefs")
    git(project, "commit", "-qm", "first")
    replace_in_brief(project, "one", "Text of One", "Words of One, and more")
    replace_in_brief(project, "one", "title: One", "title: Two of them")
    replace_in_brief(project, "one", "A note.", "A longer note.")
    (project / "briefs" / "new.md").write_text(BRIEFS["draft"], "utf-8")
    done = run("proof", project, "one", "new", "--against", "HEAD")
    assert done.returncode == 0, done.stderr
    assert "`new` is not in `HEAD`: its proof shows no changes" in done.stderr
    text = html(project / "proof", "one").replace(' class="proof-change"', "")
    assert "<del>Text </del><ins>Words</ins> of One<ins>, and more</ins>." in text
    assert "A <ins>longer</ins> note." in text
    assert "title: <del>One</del><ins>Two of them</ins>" in text
    printed = words(project / "proof" / "one.pdf")
    assert "Text Words of One, and more" in printed
    assert "Compared with HEAD" in printed
    assert "<ins" not in html(project / "proof", "new")


def test_the_earlier_text_can_be_in_a_file(project: Path, tmp_path: Path) -> None:
    old = tmp_path / "sent.md"
    old.write_text("Text of One.[^1] This was cut.\n\n[^1]: A note.\n", "utf-8")
    done = run("proof", project, "one", "--against", str(old))
    assert done.returncode == 0, done.stderr
    assert '<del class="proof-change">This was cut.</del>' in html(
        project / "proof", "one"
    )
    assert str(tmp_path) not in words(project / "proof" / "one.pdf")
