"""Open books in real reading systems, and let Ace by DAISY judge them: `python tests/readers/run.py [BOOK.epub …]`.

It needs Node, Chromium and what `npm ci` installs here. The tests' own book always goes first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import books  # noqa: E402 (it lies with the tests)

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Chromium takes longer to start than Ace waits for it, on a machine that is busy.
ACE = {"PUPPETEER_EXECUTABLE_PATH": CHROMIUM, "ACE_TIMEOUT_INITIAL": "120000"}


def ace(book: Path, folder: Path) -> list[str]:
    """Return what Ace holds against a book, each with its page."""
    out = folder / f"ace-{book.stem}"
    command = [str(HERE / "node_modules/.bin/ace-cli"), "--force", "--silent", "--outdir", str(out), str(book)]
    subprocess.run(command, env=os.environ | ACE, check=True, timeout=300)
    report = json.loads((out / "report.json").read_text("utf-8"))
    return [
        f"{page['earl:testSubject']['url']}: {fault['earl:result']['dct:description']}"
        for page in report["assertions"]
        for fault in page.get("assertions", [])
    ]


def main(named: list[str]) -> int:
    """Return how many judges found something."""
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = folder / "book.epub"
        own.write_bytes(books.bind(books.as_book(books.three())))
        shots = Path(os.environ.get("SHOTS", folder))
        shots.mkdir(parents=True, exist_ok=True)
        env = os.environ | {"BOOK": str(own), "SHOTS": str(shots), "CHROMIUM": CHROMIUM}
        failed += subprocess.run(["node", "--test"], cwd=HERE, env=env, check=False).returncode != 0
        for book in [own, *map(Path, named)]:
            said = ace(book, folder)
            failed += bool(said)
            lines = "".join(f"  {line}\n" for line in said)
            sys.stdout.write(f"Ace, {book.name}: {len(said) or 'no'} violations\n{lines}")
    return failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
