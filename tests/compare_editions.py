"""Compare what two versions of briefpress publish, byte by byte.

    python tests/compare_editions.py --old OLD/src --new src --cache FOLDER

Both build the samples and random projects with the same libraries, each with the
themes of its own tree. Every published file is compared, apart from `.briefpress/`;
of an EPUB every part. Differences are printed, and the exit status is 1 if one of
them is not in the list of those allowed, which names the fault that each corrects:

    [[allowed]]
    fault = 3                  # of issue 10
    project = "fuzz-*"
    file = "html/*/index.html"  # a part of an EPUB: "epub/a.epub!EPUB/nav.xhtml"
    reason = "..."

What the old version publishes is kept in the cache folder for the next run.
`--plant` changes one byte of what the new version publishes, to show that this is
found.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(Path(__file__).parent / "fuzz"))

from projects import write_project  # noqa: E402 - found by the line above

ALLOWED = Path(__file__).with_name("editions_allowed.toml")
AT_A_TIME = 2  # builds, each with one worker
STATUS = "exit status"  # the name of the file that keeps it, beside the editions
CONTEXT = 30  # bytes shown before and after the first difference


@dataclass(frozen=True, slots=True)
class Difference:
    """A published file, or a part of an EPUB, that is not the same."""

    project: str
    file: str
    what: str

    def __str__(self) -> str:
        """One line for the report."""
        return f"{self.project} {self.file}: {self.what}"


@dataclass(slots=True)
class Allowed:
    """Differences that are meant."""

    fault: int
    project: str
    file: str
    reason: str
    used: bool = False

    def matches(self, difference: Difference) -> bool:
        """Return whether this allows a difference, and remember that it did."""
        found = fnmatchcase(difference.project, self.project)
        found = found and fnmatchcase(difference.file, self.file)
        self.used = self.used or found
        return found


def read_allowed(file: Path) -> list[Allowed]:
    """Return the list of differences that are allowed."""
    data = tomllib.loads(file.read_text("utf-8"))
    return [Allowed(**entry) for entry in data.get("allowed", [])]


def compare(project: str, old: Path, new: Path) -> Iterator[Difference]:
    """Yield the differences between two folders of published files."""
    before, after = published_files(old), published_files(new)
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Difference(project, name, "not published any more")
        elif name not in before:
            yield Difference(project, name, "not published before")
        elif before[name] != after[name]:
            yield from _compare_file(project, name, before[name], after[name])


def published_files(folder: Path) -> dict[str, bytes]:
    """Return the files of an output folder by name, without briefpress's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".briefpress" not in path.relative_to(folder).parts
    }


def _compare_file(
    project: str, name: str, old: bytes, new: bytes
) -> Iterator[Difference]:
    """Yield how a file differs: where first, or which parts of an EPUB do."""
    if not name.endswith(".epub"):
        yield Difference(project, name, first_difference(old, new))
        return
    found = False
    before, after = parts_of_epub(old), parts_of_epub(new)
    for part in sorted(before.keys() | after.keys()):
        was, now = before.get(part, b""), after.get(part, b"")
        if was != now:
            found = True
            yield Difference(project, f"{name}!{part}", first_difference(was, now))
    if not found:
        yield Difference(project, name, "the same parts, packed in another way")


def parts_of_epub(data: bytes) -> dict[str, bytes]:
    """Return the files in an EPUB by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def first_difference(old: bytes, new: bytes) -> str:
    """Return where two files differ first, with the bytes around the place."""
    pairs = enumerate(zip(old, new, strict=False))
    shorter = min(len(old), len(new))
    place = next((index for index, (a, b) in pairs if a != b), shorter)
    start = max(0, place - CONTEXT)
    was, now = (data[start : place + CONTEXT] for data in (old, new))
    return f"byte {place}: {was.decode(errors='replace')!r} is now {now.decode(errors='replace')!r}"


def write_projects(folder: Path, old: Path, seeds: Iterable[int]) -> list[str]:
    """Write the samples of the old tree and the random projects; return their names."""
    samples = folder / "samples"
    for name in ("art", "briefs"):
        shutil.copytree(old.parent / name, samples / name)
    shutil.copy(old.parent / "press.toml", samples)
    names = ["samples"]
    for seed in seeds:
        names.append(f"fuzz-{seed}")
        write_project(folder / names[-1], seed)
    return names


def build(source: Path, project: Path, out: Path) -> None:
    """Build a project in a process of its own, with the program of a source folder."""
    command = [sys.executable, "-m", "briefpress", "build", "--quiet", "--epub-each"]
    with tempfile.TemporaryDirectory() as cache:
        command += ["--project", str(project), "--out", str(out), "--cache", cache]
        done = subprocess.run(
            [*command, "--jobs", "1"],
            env={**os.environ, "PYTHONPATH": str(source)},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{source}: {project.name} was not built:\n{done.stderr}")
    (out / STATUS).write_text(f"{done.returncode}\n", "utf-8")


def build_once(source: Path, project: Path, folder: Path) -> Path:
    """Return what a program published of a project, from the folder if it is there."""
    themes = source.parent / "themes"
    files = digest_of_folders(source / "briefpress", themes, project)
    out = folder / f"{files}-{digest_of_libraries()}"
    if not (out / STATUS).is_file():
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        build(source, project, out)
    return out


def digest_of_folders(*folders: Path) -> str:
    """Return a digest of the names and the bytes of all files in the folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


@cache
def digest_of_libraries() -> str:
    """Return a digest of the names and versions of all installed libraries."""
    installed = {f"{found.name} {found.version}" for found in distributions()}
    return hashlib.sha256("\n".join(sorted(installed)).encode()).hexdigest()[:8]


def plant(out: Path) -> None:
    """Change one byte of a published PDF."""
    file = min((out / "pdf").glob("*.pdf"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def main() -> int:
    """Build everything twice, print the differences, and return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--old", type=Path, required=True, help="its folder src/")
    parser.add_argument("--new", type=Path, default=ROOT / "src", help="likewise")
    parser.add_argument("--cache", type=Path, default=ROOT / ".briefpress/compare")
    parser.add_argument("--projects", type=int, default=40, help="random projects")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first one")
    parser.add_argument("--allowed", type=Path, default=ALLOWED)
    parser.add_argument("--plant", action="store_true", help="change one byte")
    chosen = parser.parse_args()
    old, new = chosen.old.resolve(), chosen.new.resolve()
    allowed = read_allowed(chosen.allowed)
    start = time.monotonic()

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        seeds = range(chosen.seed, chosen.seed + chosen.projects)
        names = write_projects(folder, old, seeds)

        def compare_project(name: str) -> tuple[list[Difference], int]:
            before = build_once(old, folder / name, chosen.cache.resolve())
            after = folder / "new" / name
            after.mkdir(parents=True)
            build(new, folder / name, after)
            if chosen.plant and name == names[-1]:
                plant(after)
            return list(compare(name, before, after)), len(published_files(after))

        with ThreadPoolExecutor(AT_A_TIME) as pool:
            results = list(pool.map(compare_project, names))

    differences = [difference for found, _ in results for difference in found]
    files = sum(count for _, count in results)
    return report(differences, allowed, files, len(names), time.monotonic() - start)


def report(
    differences: list[Difference],
    allowed: list[Allowed],
    files: int,
    projects: int,
    seconds: float,
) -> int:
    """Print the differences and the counts, and return the exit status."""
    unexpected = 0
    for difference in differences:
        reasons = [entry for entry in allowed if entry.matches(difference)]
        if reasons:
            mark = f"allowed, fault {reasons[0].fault}: {reasons[0].reason}"
        else:
            mark = "NOT ALLOWED"
            unexpected += 1
        sys.stdout.write(f"{difference}\n    {mark}\n")
    for entry in allowed:
        if not entry.used:
            sys.stdout.write(f"never needed: {entry}\n")
    sys.stdout.write(
        f"{files} files of {projects} projects compared in {seconds:.0f} s: "
        f"{len(differences)} differences, {unexpected} of them not allowed\n"
    )
    return int(unexpected > 0)


if __name__ == "__main__":
    raise SystemExit(main())
