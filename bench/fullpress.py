"""A press of many briefs that looks as if it had just been built, without the hours that building it would take.

Editions are some bytes each. What a build with nothing to do looks at is all real: the files, their number and
the receipt, written by the very code that a build writes it with.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

from briefpress.engine.publish import OutputFolder
from briefpress.engine.snapshot import InputSnapshot
from briefpress.engine.store import Store
from briefpress.pipeline.request import BuildRequest

PRESS = 'theme = "plain"\n[organisation]\nname = "Bench Institute"\n'
BRIEF = "---\ntitle: Brief {number}\ndate: 2024-01-02\n---\nText.\n"


def write_full_press(project: Path, count: int) -> None:
    """Write a press with that many briefs of three files each, three editions of each, and the receipt of its build."""
    (project / "briefs").mkdir(parents=True)
    (project / "press.toml").write_text(PRESS)
    for number in range(count):
        folder = project / "briefs" / f"brief-{number:05}"
        folder.mkdir()
        (folder / "index.md").write_text(BRIEF.format(number=number))
        (folder / "chart.svg").write_text("<svg/>")
        (folder / "photograph.jpg").write_text("no picture")
    request = BuildRequest(project)
    watch = InputSnapshot(request.input_paths(), lists=[sysconfig.get_path("purelib")])
    store = Store(request.cache_folder)
    digest = store.add(b"an edition")
    slugs = [f"brief-{number:05}" for number in range(count)]
    names = [
        name
        for s in slugs
        for name in (f"html/{s}/index.html", f"html/{s}/chart.svg", f"pdf/{s}.pdf")
    ]
    with OutputFolder(request.out_folder) as out:
        out.publish(dict.fromkeys(names, digest), store)
    request.receipt.parent.mkdir(parents=True, exist_ok=True)
    if not watch.write_receipt(
        request.receipt, request.signature(), request.out_folder
    ):
        raise RuntimeError(
            "something has changed while the press was written: once more"
        )
