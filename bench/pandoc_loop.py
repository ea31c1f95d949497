"""A script that makes PDFs with pandoc, and WeasyPrint or Typst, brief by brief.

`python bench/pandoc_loop.py weasyprint|typst STYLESHEET OUT BRIEF…`. pandoc reads the
briefs unchanged. WeasyPrint uses the style sheet and the fonts of our theme; Typst uses
pandoc's own template.
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

            # In the folder of the pictures: Typst finds files only below its source.
            source = path.with_suffix(".typ")
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
