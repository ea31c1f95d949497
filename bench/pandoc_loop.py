"""The other peer: pandoc, one brief after the other, with WeasyPrint or Typst to make the PDF.

`python bench/pandoc_loop.py weasyprint|typst STYLESHEET OUT BRIEF…`. pandoc reads the briefs as they are, notes and
tables included. WeasyPrint takes the style sheet and the fonts of a theme of ours; Typst has pandoc's own template.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pypandoc

BIN = Path(sys.executable).parent


def main(engine: str, stylesheet: Path, out: Path, briefs: list[Path]) -> None:
    """Make a PDF of every brief."""
    pandoc = pypandoc.get_pandoc_path()
    out.mkdir(parents=True, exist_ok=True)
    for path in briefs:
        target = out / f"{path.parent.name}.pdf"
        line = [
            pandoc,
            "--from",
            "markdown",
            "--standalone",
            str(path),
            "--resource-path",
            str(path.parent),
        ]
        if engine == "typst":
            import typst

            source = path.with_suffix(
                ".typ"
            )  # beside its pictures, which Typst looks for below it
            subprocess.run(
                [*line, "--to", "typst", "--output", str(source)],
                check=True,
                cwd=path.parent,
            )
            typst.compile(str(source), output=str(target))
            source.unlink()
        else:
            weasyprint = [
                "--pdf-engine",
                str(BIN / "weasyprint"),
                "--css",
                str(stylesheet),
            ]
            subprocess.run(
                [*line, *weasyprint, "--output", str(target)],
                check=True,
                cwd=path.parent,
            )


if __name__ == "__main__":
    main(
        sys.argv[1],
        Path(sys.argv[2]),
        Path(sys.argv[3]),
        [Path(name) for name in sys.argv[4:]],
    )
