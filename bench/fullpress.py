"""A large project in the state after a build, made without the hours of the build.

The editions have only some bytes. Everything that a build with nothing to do examines
is real: the files, their number, and the receipt, which is written by the build's code.
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
    """Write a project with that many briefs, and the state after its build.

    Each brief has three files and three editions.
    """
    (project / "briefs").mkdir(parents=True)
    (project / "press.toml").write_text(PRESS)
    for number in range(count):
        folder = project / "briefs" / f"brief-{number:05}"
        folder.mkdir()
        (folder / "index.md").write_text(BRIEF.format(number=number))
        (folder / "chart.svg").write_text("<svg/>")
        (folder / "photograph.jpg").write_text("no picture")
    request = BuildRequest(project)
    snapshot = InputSnapshot(
        request.input_paths(), lists=[sysconfig.get_path("purelib")]
    )
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
    if not snapshot.write_receipt(
        request.receipt, request.signature(), request.out_folder
    ):
        raise RuntimeError("the project changed while it was written: try again")
