"""Briefs in nine languages: letters, marks, order and digits in print; fonts in e-books.

The fonts in `languages/fonts/` are those of `briefpress fonts add`, cut to these texts.
"""

from __future__ import annotations

import ctypes
import re
import shutil
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest

from sample_press import built_once, press

pytestmark = pytest.mark.slow

SPECIMENS = Path(__file__).parent / "languages"
LANGUAGES = sorted(path.stem for path in (SPECIMENS / "briefs").glob("*.md"))
NARROW, FIXED = "\u202f", "\u00a0"

# What web pages contain. `~` is a no-break space, `_` a narrow one.
WEB = {
    "ru": [
        "на 2~м",
        "«Дом „Заря“»",
        "порт~— в 5~км",
        "10~млн руб.",
        "А.~С.~Пушкин",
        "№~5",
    ],
    "kk": ["«Өзен»", "5~млн", "бекітті~— әр", "№~3", "һәм"],
    "fr": ["L’«_État profond_»", "d’«_avenir_»_: oui_!", "p.~12, n°~5", "10~000~€"],
    "ka": ["დაეცა~– „პორტი“", "5~km"],
    "fa": ["«بندر ‹انزلی›»", "«World"],
    "ar": ["و«الميناء»"],
    "he": ["צה״ל", "”הנמל רחוק”", "ק״מ"],
    "zh": ["报告说“水位将继续下降”", "数据……"],
    "ja": ["報告書は「水位はさらに下がる」と"],
}
# What the eye reads on a line of a page, from left to right.
IN_ORDER = {
    "fa": ["Smith, John, Water and Power, 2023, p. 45, https://example.org/report."],
    "ar": ["World Bank |2023|"],  # PDFium mirrors brackets around numbers
    "he": ["Smith, Water, 2023."],
}
BOLD = {
    "ka": "NotoSerifGeorgian-Bold|Noto-Serif-Georgian-Bold",
    "fa": "Amiri-Bold",
    "ar": "Amiri-Bold",
    "he": "Frank-Ruhl-Libre-Bold",
    "zh": "Noto-Serif-SC-Bold",
    "ja": "Noto-Serif-JP-Bold",
}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output of the press of specimens."""

    def write(folder: Path) -> None:
        shutil.copytree(SPECIMENS, folder)

    return built_once(tmp_path_factory, "languages", write) / "build"


def lines_from_left(pdf: Path) -> str:
    """Return the lines of the first page as the eye reads them, without spaces."""
    rows: dict[int, list[tuple[float, str]]] = {}
    x, y = ctypes.c_double(), ctypes.c_double()
    with pdfium.PdfDocument(pdf) as document:
        text = document[0].get_textpage()
        for index in range(text.count_chars()):
            character = text.get_text_range(index, 1)
            pdfium.raw.FPDFText_GetCharOrigin(text, index, x, y)
            if character.strip():
                rows.setdefault(round(y.value), []).append((x.value, character))
    lines = ("".join(each for _, each in sorted(row)) for row in rows.values())
    return re.sub("[()]", "|", "\n".join(lines))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_marks_and_spaces_are_those_of_the_language(output: Path, lang: str) -> None:
    html = (output / "html" / lang / "index.html").read_text("utf-8")
    words = re.sub("<[^>]*>", "", html)
    for expected in WEB[lang]:
        text = expected.replace("~", FIXED).replace("_", NARROW)
        assert text in words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_letter_has_a_font(output: Path, lang: str) -> None:
    with pikepdf.open(output / "pdf" / f"{lang}.pdf") as pdf:
        names = {
            str(each.BaseFont)
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and "/BaseFont" in each
        }
    assert not any("Boxes" in name for name in names)
    if lang in BOLD:
        assert any(re.search(BOLD[lang], name) for name in names), names


@pytest.mark.parametrize("lang", IN_ORDER)
def test_latin_words_keep_their_order(output: Path, lang: str) -> None:
    lines = lines_from_left(output / "pdf" / f"{lang}.pdf")
    for expected in IN_ORDER[lang]:
        assert expected.replace(" ", "") in lines


@pytest.mark.parametrize("lang", ["zh", "ja"])
def test_no_line_begins_with_a_closing_mark(output: Path, lang: str) -> None:
    with pdfium.PdfDocument(output / "pdf" / f"{lang}.pdf") as pdf:
        lines = pdf[0].get_textpage().get_text_range().splitlines()
    assert sum(len(line) > 25 for line in lines) >= 4, (
        "the paragraphs have several lines"
    )
    assert not any(line[:1] in set("，。、：」』”’…—！？）") for line in lines)


def test_pages_have_the_digits_of_the_language(output: Path) -> None:
    folios = {}
    for lang in ("fa", "he"):
        with pdfium.PdfDocument(output / "pdf" / f"{lang}.pdf") as pdf:
            text = pdf[0].get_textpage().get_text_range()
        folios[lang] = "۱" in text.split()
    assert folios == {"fa": True, "he": False}


@pytest.mark.parametrize("lang", sorted(BOLD))
def test_ebooks_have_the_fonts_of_the_script(output: Path, lang: str) -> None:
    with zipfile.ZipFile(output / "epub" / f"book-{lang}.epub") as book:
        names = "\n".join(book.namelist())
        css = next(name for name in book.namelist() if name.endswith(".css"))
        sheet = book.read(css).decode()
    families = re.findall(r'@font-face\{font-family:"([^"]*)"', sheet)
    family = re.sub(r"[|].*|-Bold", "", BOLD[lang].rpartition("|")[2]).replace("-", " ")
    assert family in families
    assert f"{family.replace(' ', '')}-700.ttf" in names
    lists = re.findall(r"font(?:-family)?: ([^;}]*)", sheet)
    assert any(f'"{family}"' in names for names in lists), "lists of families name it"


def test_no_brief_has_a_message(output: Path) -> None:
    result = press(output.parent, "check")
    assert result.stderr == ""
