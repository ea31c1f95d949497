"""Open books in reading systems and check them with Ace by DAISY.

`python tests/readers/run.py [BOOK.epub …]` needs Node, Chromium and what `npm ci`
installs here. With calibre, it converts books to the Kindle format and back. The tests'
own book always comes first.
"""

from __future__ import annotations

import json
import os
import posixpath
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import books  # noqa: E402 (in the folder of the tests)
from briefpress.xhtml import elements_by_id, parse_page, text_of  # noqa: E402

FOUND = (
    shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")
)
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, FOUND), "chromium")
# On a busy machine, Chromium starts more slowly than Ace expects.
ACE = {"PUPPETEER_EXECUTABLE_PATH": CHROMIUM, "ACE_TIMEOUT_INITIAL": "120000"}


def ace(book: Path, folder: Path) -> list[str]:
    """Return the findings of Ace about a book, each with its page."""
    out = folder / f"ace-{book.stem}"
    command = [
        str(HERE / "node_modules/.bin/ace-cli"),
        "--force",
        "--silent",
        "--outdir",
        str(out),
        str(book),
    ]
    subprocess.run(command, env=os.environ | ACE, check=True, timeout=300)
    report = json.loads((out / "report.json").read_text("utf-8"))
    return [
        f"{page['earl:testSubject']['url']}: {fault['earl:result']['dct:description']}"
        for page in report["assertions"]
        for fault in page.get("assertions", [])
    ]


def kindle(book: Path, folder: Path) -> list[str]:
    """Return what is lost in the Kindle format and back, by calibre."""
    azw3, back = folder / f"{book.stem}.azw3", folder / f"{book.stem}-back.epub"
    for source, target in ((book, azw3), (azw3, back)):
        subprocess.run(
            ["ebook-convert", str(source), str(target)],
            check=True,
            capture_output=True,
            timeout=300,
        )
    before, after = contents(book), contents(back)
    lost = [f"the word {word!r}" for word in sorted(before[0] - after[0])][:10]
    lost += [f"{before[1] - after[1]} fonts"] if after[1] < before[1] else []
    return lost + (
        [f"{before[2] - after[2]} note calls"] if after[2] < before[2] else []
    )


def contents(book: Path) -> tuple[set[str], int, int]:
    """Return the words of a book, its number of fonts, and of calls with a note."""
    said: set[str] = set()
    pages, fonts = {}, 0
    with zipfile.ZipFile(book) as archive:
        for name in archive.namelist():
            fonts += name.endswith(".ttf")
            if name.endswith((".html", ".xhtml")) and "nav" not in name:
                pages[posixpath.normpath(name)] = root = parse_page(
                    archive.read(name).decode()
                )
                body = root.find("body")
                said |= {
                    word
                    for text in (body.itertext() if body is not None else ())
                    for word in text.split()
                }
    calls = 0
    for name, root in pages.items():
        for call in root.iter("a"):
            if call.get("role") == "doc-noteref":
                file, _, place = call.get("href", "").partition("#")
                target = pages[
                    posixpath.normpath(posixpath.join(posixpath.dirname(name), file))
                    if file
                    else name
                ]
                note = elements_by_id(target).get(place)
                calls += note is not None and len(text_of(note)) > len(text_of(call))
    return said, fonts, calls


def own_book(folder: Path) -> Path:
    """Write the tests' own book."""
    book = folder / "book.epub"
    book.write_bytes(books.bind(books.as_book(books.three())))
    return book


def opens(book: Path, shots: Path) -> bool:
    """Return whether the tests' own book opens in every reading system.

    Their output is printed.
    """
    shots.mkdir(parents=True, exist_ok=True)
    env = os.environ | {"BOOK": str(book), "SHOTS": str(shots), "CHROMIUM": CHROMIUM}
    return (
        subprocess.run(["node", "--test"], cwd=HERE, env=env, check=False).returncode
        == 0
    )


def main(named: list[str]) -> int:
    """Return the number of checks that found a problem."""
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = own_book(folder)
        failed += not opens(own, Path(os.environ.get("SHOTS", folder)))
        judges = (
            {"Ace": ace, "to a Kindle and back": kindle}
            if shutil.which("ebook-convert")
            else {"Ace": ace}
        )
        for book in [own, *map(Path, named)]:
            for judge, ask in judges.items():
                said = ask(book, folder)
                failed += bool(said)
                lines = "".join(f"  {line}\n" for line in said)
                sys.stdout.write(
                    f"{judge}, {book.name}: {len(said) or 'no'} faults\n{lines}"
                )
        if len(judges) == 1:
            sys.stdout.write(
                "calibre is not installed: nothing was taken to a Kindle and back\n"
            )
    return failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
