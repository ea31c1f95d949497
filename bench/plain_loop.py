"""A script that makes PDFs with Python-Markdown and WeasyPrint, in one process.

`python bench/plain_loop.py STYLESHEET OUT BRIEF…` uses the style sheet and the fonts of
our theme and makes tagged PDFs, so that both programs lay out similar pages. Notes are
at the end of the text, where Python-Markdown puts them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import markdown
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

PAGE = (
    "<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
    "<title>{title}</title></head><body><h1>{title}</h1>{body}"
)


def main(stylesheet: Path, out: Path, briefs: list[Path]) -> None:
    """Make a PDF of every brief."""
    fonts = FontConfiguration()
    css = CSS(filename=stylesheet, font_config=fonts)
    out.mkdir(parents=True, exist_ok=True)
    for path in briefs:
        _, front, text = path.read_text("utf-8").split("---\n", 2)
        title = next(line for line in front.splitlines() if line.startswith("title:"))[
            6:
        ].strip(' "')
        body = markdown.markdown(
            text,
            extensions=[
                "footnotes",
                "tables",
                "attr_list",
                "def_list",
                "abbr",
                "smarty",
            ],
        )
        html = HTML(string=PAGE.format(title=title, body=body), base_url=str(path))
        html.write_pdf(
            out / f"{path.parent.name}.pdf",
            stylesheets=[css],
            font_config=fonts,
            pdf_variant="pdf/ua-1",
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
