"""What would change for readers: a press against what it has released, or a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path

from briefpress.manuscript.record import addresses_of
from briefpress.model import Brief
from briefpress.pipeline.kept import KeptEditions
from briefpress.pipeline.project import Project
from briefpress.pipeline.release import changes
from briefpress.problems import count_of

MAX_WORDS = 20_000  # compared one by one; the time grows with their square
FIELDS = ("title", "subtitle", "date", "lang", "summary", "takeaways", "doi", "number")

ADD_CORRECTION = (
    "its dates stay, so no shop or reading app fetches it again: add"
    " `corrections: [{date: …, text: …}]` if readers should know"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What would change for readers of one brief, or of what it has none of."""

    name: str  # a slug, or the path of a file that belongs to no brief
    what: str  # "new", "changed", "renamed", "withdrawn", "gone"
    editions: tuple[str, ...]  # paths from the top of the site
    details: tuple[str, ...]  # sentences
    advice: str = ""

    def to_json(self) -> dict[str, object]:
        """Return plain data, for `--json`."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """Yield what a terminal shows."""
        yield f"{self.name}: {self.what}"
        yield from (f"  {detail}" for detail in self.details)
        yield f"  in {', '.join(self.editions)}"
        if self.advice:
            yield f"  {self.advice}"


def differences_from_record(
    project: Project, editions: KeptEditions
) -> Iterator[Difference]:
    """Yield how the briefs differ from what was released, the gone ones last."""
    for change in changes(project, project.briefs):
        brief = project.briefs[change.slug]
        out = project.record.find(brief)
        kept = editions.find(out.key if out else brief.slug)
        details = tuple(_details(kept.brief, brief)) if kept else ()
        has_other_date = kept is not None and kept.brief.modified != brief.modified
        is_undated = change.what == "changed" and not has_other_date
        advice = ADD_CORRECTION if is_undated else ""
        paths = _editions_of(project, brief)
        yield Difference(change.slug, change.what, paths, details, advice)
    for slug, out in project.staying.items():
        if project.find(slug) is None:
            paths = (out.addresses.page, out.addresses.pdf)
            yield Difference(slug, "gone", paths, ("its file was deleted",))


def _editions_of(project: Project, brief: Brief) -> tuple[str, ...]:
    """Return where readers find a brief: page, PDF and books."""
    now = addresses_of(brief.slug)
    books = [
        f"epub/{collection.key}.epub"
        for collection in project.press.collections.values()
        if brief in project.members(collection)
    ]
    return (now.page, now.pdf, *books)


def _details(before: Brief, after: Brief) -> Iterator[str]:
    """Yield a sentence for each thing that differs between two states of a brief."""
    for key in FIELDS:
        old, new = getattr(before, key), getattr(after, key)
        if old != new and isinstance(new, str) and key != "summary":
            yield f"{key}: `{old}` becomes `{new}`"
        elif old != new:
            yield f"another {key.removesuffix('s')}"
    old_names = [author.name for author in before.authors]
    new_names = [author.name for author in after.authors]
    if old_names != new_names:
        listed = ", ".join(new_names)
        yield f"authors: {listed}"
    if after.withdrawn is not None:
        yield f"withdrawn: {after.withdrawn.reason}"
    elif before.text != after.text:
        yield _difference_of_texts(before, after)


def _difference_of_texts(before: Brief, after: Brief) -> str:
    """Return how many words differ, and where the first one is."""
    old, new = before.text.split(), after.text.split()
    if max(len(old), len(new)) > MAX_WORDS:
        return "another text"
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    if not codes:
        return "line breaks only"
    removed = 0
    added = 0
    for _, old_start, old_end, new_start, new_end in codes:
        removed += old_end - old_start
        added += new_end - new_start
    _, _, _, first, end = codes[0]
    start = max(0, first - 3)
    shown = new[start : min(end, first + 5) + 3]
    excerpt = " ".join(shown)
    line = _line_of_word(after.text, first) + after.line
    words = count_of(added, "word")
    counts = f"{words} added, {removed} removed"
    return f"text: {counts}; first in {after.file}:{line}: … {excerpt} …"


def _line_of_word(text: str, index: int) -> int:
    """Return the line, from 0, of a word of a text."""
    for count, word in enumerate(re.finditer(r"\S+", text)):
        if count == index:
            return text.count("\n", 0, word.start())
    return text.count("\n")


def differences_of_folders(built: Path, published: Path) -> Iterator[Difference]:
    """Yield the files of a build that differ from those of a published folder."""
    names = [_files_of(folder) for folder in (published, built)]
    for path in sorted(names[0] | names[1]):
        if path not in names[0]:
            yield Difference(path, "new", (path,), ())
        elif path not in names[1]:
            yield Difference(path, "gone", (path,), ())
        elif (built / path).read_bytes() != (published / path).read_bytes():
            yield Difference(path, "changed", (path,), ())


def _files_of(folder: Path) -> set[str]:
    """Return the published files of a folder, without those of briefpress itself."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".briefpress" not in path.relative_to(folder).parts
    }
