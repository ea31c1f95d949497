"""The folder of briefs: every brief in it, and the checks across briefs."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from re import Match

from briefpress.languages import babel_locale
from briefpress.manuscript.brief_fields import (
    TRANSLATION,
    name_of_file,
    parse_fields,
    slug_of_file,
)
from briefpress.manuscript.relations import check_selections, newest_first
from briefpress.model import Brief, Limits, Press
from briefpress.problems import BriefpressError, Problem, Severity, Span
from briefpress.schema.files import check_path, read_file
from briefpress.schema.front_matter import parse_front_matter
from briefpress.schema.schema import (
    value_positions,
)
from briefpress.schema.source import (
    UTF_16_MARKS,
    Offsets,
    Source,
    SourceProblems,
    decode,
    replace_forbidden,
    shorten,
)
from briefpress.schema.suggest import suggest_fix
from briefpress.theme.folder import theme_folders, theme_names

FOLDER = "briefs"
MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")
# Names that say nothing of what a brief is about, so that its folder must.
NAMES_OF_ANY_BRIEF = frozenset({"brief", "index", "main", "readme", "text"})
# A picture within the text (RFC 2397), as Google Docs exports it, where its address can
# be: `](data:image/png;base64,…)`, `[image1]: <data:…>` or `src="data:…"`.
_PICTURE_IN_TEXT = re.compile(
    r"""(?P<before>\]\(\s*+<?+|^\ {0,3}+\[[^\]\n]{1,200}+\]:\s*+<?+|\bsrc\s*+=\s*+["']?+)
        data:image/(?P<kind>[a-z]{2,10}+)(?:\+xml)?(?:;[\w=-]{1,40}+){0,3};base64,(?P<data>[\w+/=-]++)""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE | re.ASCII,
)
# Code, of which nothing is altered; a fence that is not closed reaches to the end.
_CODE = re.compile(
    r"(^ {0,3}```[\s\S]*?(?:^ {0,3}```|\Z)|^ {0,3}~~~[\s\S]*?(?:^ {0,3}~~~|\Z)|`[^`\n]*+`)",
    re.MULTILINE,
)
# Front matter from its first fence to the second, or to a blank line if there is none.
_UNREAD_FRONT_MATTER = re.compile(
    r"(---|\+\+\+)[ \t]*\n(?:(?:.*\n)*?(?:\1|\.\.\.)[ \t]*(?:\n|\Z)|(?:.+\n)*)"
)
_PLAIN_LINE = re.compile(
    r"""^(title|date|lang):[ \t]*(["']?)(\w[^\n]{0,500}?)\2[ \t]*$""", re.MULTILINE
)
_FROM_URL_SAFE = str.maketrans("-_", "+/")  # RFC 4648, section 5
_BASE64_GROWTH = 4 / 3


def read_manuscript(
    project: Path, press: Press
) -> tuple[tuple[Brief, ...], tuple[Problem, ...]]:
    """Return the briefs without errors, newest first, and the problems of all briefs.

    Drafts are among the briefs.
    """
    files, problems = find_briefs(project)
    briefs: list[Brief] = []
    slugs: dict[str, str] = {}  # by file, of briefs with errors too
    for file in files:
        brief, found = _read_brief(project, press, file)
        problems += found
        if brief is None:
            slugs[file] = found[0].brief
            continue
        slugs[file] = brief.slug
        has_error = any(problem.is_error for problem in found)
        if not has_error:
            briefs.append(brief)
    briefs = _repair_themes(project, briefs, problems)
    problems += _check_names(slugs, press)
    problems += _check_related(briefs, slugs)
    briefs = _check_originals(briefs, slugs.values(), problems)
    problems += check_selections(press, briefs, slugs.values())
    wrong_files = set(files_with_errors(problems))
    right = [brief for brief in briefs if brief.file not in wrong_files]
    right.sort(key=newest_first)
    return tuple(right), tuple(problems)


def _repair_themes(
    project: Path, briefs: list[Brief], problems: list[Problem]
) -> list[Brief]:
    """Return the briefs without themes that do not exist, and report these.

    Other programs have themes too: `theme: cosmo` is Quarto's.
    """
    if not any(brief.theme for brief in briefs):
        return briefs
    try:
        names = theme_names(theme_folders(project))
    except BriefpressError:  # reported when the themes are read
        return briefs
    repaired = []
    for brief in briefs:
        if not brief.theme or brief.theme in names:
            repaired.append(brief)
            continue
        problem = _unknown_theme(brief, names)
        problems.append(problem)
        without_theme = replace(brief, theme="")
        repaired.append(without_theme)
    return repaired


def _unknown_theme(brief: Brief, names: Iterable[str]) -> Problem:
    """Return the problem of a brief whose theme does not exist."""
    line, column = brief.places["theme"]
    length = len(brief.theme)
    message = f"there is no theme `{brief.theme}`, so the usual one is used"
    return Problem(
        code="R36",
        message=message,
        span=Span(brief.file, line, column, length),
        fix=suggest_fix(brief.theme, names),
        severity=Severity.WARNING,
        brief=brief.slug,
    )


def files_with_errors(problems: Iterable[Problem]) -> list[str]:
    """Return the files of briefs in which there is an error, each once."""
    files: dict[str, None] = {}
    for problem in problems:
        file = problem.span.file if problem.span else ""
        if problem.is_error and file.startswith(f"{FOLDER}/"):
            files[file] = None
    return list(files)


def read_partial_brief(project: Path, press: Press, file: str) -> Brief | None:
    """Return a brief with errors as far as it can be read, or None."""
    brief, _ = _read_brief(project, press, file)
    return brief


def read_typed_text(project: Path, press: Press, file: str) -> str:
    """Return the text of a brief's file as far as it can be shown; "" if not at all."""
    limit = _max_file_bytes(press.limits)
    data, problems = read_file(project, file, limit)
    return "" if problems else typed_text(data[:limit])


def typed_text(data: bytes) -> str:
    """Return the bytes of a file as text, whatever is wrong with them."""
    encoding = "utf-16" if data.startswith(UTF_16_MARKS) else "utf-8"
    text = data.decode(encoding, "replace")
    return replace_forbidden(text.replace("\r\n", "\n").replace("\r", "\n"))


def salvage_brief(file: str, slug: str, text: str, press: Press) -> Brief:
    """Return a brief of a file whose front matter cannot be read, for a proof.

    Of the front matter it has what is in a line of its own: title, date and language.
    Without a title it has the name of the file, without a date `date.min`.
    """
    front_matter = _UNREAD_FRONT_MATTER.match(text)
    start = front_matter.end() if front_matter else 0
    values = {key: value for key, _, value in _PLAIN_LINE.findall(text[:start])}
    try:
        date = dt.date.fromisoformat(values.get("date", ""))
    except ValueError:
        date = dt.date.min
    lang = values.get("lang", "")
    return Brief(
        slug=slug,
        file=file,
        title=values.get("title", name_of_file(file)),
        date=date,
        lang=lang if babel_locale(lang) else press.language,
        text=text[start:],
        line=text.count("\n", 0, start) + 1,
    )


def find_briefs(project: Path) -> tuple[list[str], list[Problem]]:
    """Return the files that are briefs, and what looks like a brief and is none."""
    problem = check_path(project, FOLDER)
    if problem:
        return [], [problem]
    folder = project / FOLDER
    if not folder.is_dir():
        no_folder = Problem(
            code="R25",
            message=f"there is no folder `{FOLDER}`",
            span=Span(FOLDER),
            fix=f"create the folder `{FOLDER}`",
        )
        return [], [no_folder]
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        reason = str(error.strerror).lower()
        message = f"the folder cannot be read: {reason}"
        return [], [Problem("R04", message, Span(FOLDER))]
    entries.sort(key=lambda entry: entry.name)
    files: list[str] = []
    problems: list[Problem] = []
    for entry in entries:
        if entry.name.startswith("."):
            continue
        file, found = _find_brief(project, entry)
        problems += found
        if file:
            files += [file, *_translations_beside(project, file)]
    return files, problems


def _translations_beside(project: Path, file: str) -> list[str]:
    """Return the translations of a brief in its own folder: rents/index.ru.md."""
    path = PurePosixPath(file)
    if len(path.parts) < 3:
        return []
    found = sorted((project / path.parent).glob("index.*.md"))
    names = [each.name for each in found if TRANSLATION.fullmatch(each.stem)]
    return [f"{path.parent}/{name}" for name in names]


def _read_brief(
    project: Path, press: Press, file: str
) -> tuple[Brief | None, tuple[Problem, ...]]:
    """Return one brief as far as it can be read, and its problems with its slug."""
    data, problems = read_file(project, file, _max_file_bytes(press.limits))
    if problems:
        return None, _of_brief(problems, slug_of_file(file))
    return parse_brief(data, file, press)


def _of_brief(problems: Iterable[Problem], slug: str) -> tuple[Problem, ...]:
    """Return problems with the slug of their brief."""
    return tuple(replace(problem, brief=slug) for problem in problems)


def _find_brief(project: Path, entry: os.DirEntry[str]) -> tuple[str, list[Problem]]:
    """Return the brief that an entry of the folder is, or "", and what is wrong."""
    name = f"{FOLDER}/{entry.name}"
    if not entry.name.isprintable():
        return "", [_unprintable_name(name)]
    if entry.is_symlink():
        problem = check_path(project, name)
        if problem:
            return "", [problem]
    if entry.is_dir():
        return _find_brief_in(project, name)
    if entry.name.endswith(".md"):
        return name, []
    if _is_markdown(entry.name):
        return "", [_misplaced(name, is_alone=False)]
    return "", []


def _unprintable_name(name: str) -> Problem:
    """Return the problem of a file whose name the terminal cannot show."""
    escaped = name.encode("unicode_escape").decode()
    return Problem(
        code="R18",
        message="the name of the file has characters that cannot be displayed",
        span=Span(escaped),
        fix="rename it",
    )


def _find_brief_in(project: Path, folder: str) -> tuple[str, list[Problem]]:
    """Return the brief in a folder, or "" and a problem for each Markdown file."""
    index = f"{folder}/index.md"
    if os.path.lexists(project / index):
        return index, []
    files = list(_markdown_files(project, folder))
    is_alone = len(files) == 1
    problems = [_misplaced(file, is_alone=is_alone) for file in files]
    return "", problems


def _misplaced(file: str, *, is_alone: bool) -> Problem:
    """Return the problem of Markdown that is not published, and where it belongs.

    `is_alone` says that the folder has no other Markdown.
    """
    path = PurePosixPath(file)
    place = PurePosixPath(FOLDER, f"{path.stem}.md")
    if _belongs_in_its_folder(path, is_alone=is_alone):
        place = PurePosixPath(FOLDER, path.parent.name, "index.md")
    fix = f"move it to `{place}`"
    if place.parent == path.parent:
        fix = f"rename it to `{place}`"
    return Problem(
        code="R21",
        message=f"`{file}` is Markdown, but not a brief",
        span=Span(file),
        fix=fix,
    )


def _belongs_in_its_folder(path: PurePosixPath, *, is_alone: bool) -> bool:
    """Return whether Markdown is probably the `index.md` of the folder that it is in.

    `rents/brief.md` and `rents/rents.md` are; `2026/e.md` is the brief `e`, put into a
    folder for its year.
    """
    depth = len(path.parts)
    stem = path.stem.lower()
    if depth < 3:
        return False
    if stem == "index":
        return True
    if depth > 3 or not is_alone:
        return False
    return stem == path.parent.name or stem in NAMES_OF_ANY_BRIEF


def _markdown_files(project: Path, folder: str) -> Iterator[str]:
    """Yield the Markdown files below a folder, relative to the project."""
    for path, folders, names in os.walk(project / folder):
        folders.sort()
        for name in sorted(names):
            if not _is_markdown(name) or not name.isprintable():
                continue
            file = Path(path, name).relative_to(project)
            yield file.as_posix()


def _is_markdown(name: str) -> bool:
    """Return whether a file has one of the usual suffixes of Markdown."""
    return name.lower().endswith(MARKDOWN_SUFFIXES)


def _check_names(slugs: Mapping[str, str], press: Press) -> Iterator[Problem]:
    """Yield slugs of collections, slugs that are used twice, and files of one name."""
    for file, slug in slugs.items():
        if slug in press.collections:
            yield Problem(
                code="R19",
                message=f"the brief `{slug}` has the name of a collection",
                span=Span(file),
                fix=f"rename it to `{slug}-brief`",
                brief=slug,
            )
    for file, other in _pairs_with_equal(slugs, slugs.__getitem__):
        slug = slugs[file]
        yield Problem(
            code="R19",
            message=f"`{other}` has the same name, `{slug}`",
            span=Span(file),
            fix="rename one of them, or give one a `slug`",
            brief=slug,
        )
    for file, other in _pairs_with_equal(slugs, _folded_name):
        if name_of_file(file) == name_of_file(other):
            continue
        yield Problem(
            code="R20",
            message=f"its name differs from `{other}` only in case or Unicode form",
            span=Span(file),
            fix="rename one of them",
            brief=slugs[file],
        )


def _pairs_with_equal(
    files: Iterable[str], key: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """Yield each file whose key another file has too, with that other file."""
    files_by_key: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        same_key = files_by_key[key(file)]
        same_key.append(file)
    for equal in files_by_key.values():
        other = equal[-1]
        if len(equal) == 1:
            continue
        for file in equal:
            yield file, other
            other = file


def _folded_name(file: str) -> str:
    """Return a name as a system compares it that ignores case and Unicode form."""
    name = unicodedata.normalize("NFC", name_of_file(file))
    return unicodedata.normalize("NFC", name.casefold())


def _check_originals(
    briefs: Iterable[Brief], slugs: Iterable[str], problems: list[Problem]
) -> list[Brief]:
    """Return the briefs, and report translations of nothing.

    A file such as rents.ru.md alone is no translation.
    """
    known = set(slugs)
    checked = []
    for brief in briefs:
        original = brief.translation_of
        if not original or (original in known and original != brief.slug):
            checked.append(brief)
            continue
        if TRANSLATION.fullmatch(name_of_file(brief.file)):
            checked.append(replace(brief, translation_of=""))
            continue
        line, column = brief.places["translation_of"]
        problem = Problem(
            code="S08",
            message=f"no other brief is called `{original}`",
            span=Span(brief.file, line, column, len(original)),
            fix=suggest_fix(original, sorted(known - {brief.slug})),
            brief=brief.slug,
        )
        problems.append(problem)
    return checked


def _check_related(
    briefs: Iterable[Brief], slugs: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield entries of `related` that are not another brief, and drafts as warnings."""
    known = set(slugs.values())
    drafts = {brief.slug for brief in briefs if brief.draft}
    for brief in briefs:
        for index, slug in enumerate(brief.related):
            fix = ""
            if slug not in known:
                message = shorten(f"no brief is called `{slug}`, so it is not listed")
                others = sorted(known - {brief.slug})
                fix = suggest_fix(slug, others, max_listed=8)
            elif slug == brief.slug:
                message = "a brief cannot be related to itself"
                fix = "delete it"
            elif slug in drafts and not brief.draft:
                message = f"`{slug}` is a draft, so it is not listed yet"
            else:
                continue
            yield Problem(
                code="R17",
                message=message,
                span=_span_of_related(brief, index),
                fix=fix,
                severity=Severity.WARNING,
                brief=brief.slug,
            )


def _span_of_related(brief: Brief, index: int) -> Span:
    """Return where an entry of `related` is; a single one may be no list."""
    path = f"related.{index}"
    if path not in brief.places:
        path = "related"
    line, column = brief.places[path]
    length = len(brief.related[index])
    return Span(brief.file, line, column, length)


# Git's lines around and between the two versions of a merge conflict.
CONFLICT_MARKER = re.compile(r"^(?:<{7}|={7}|>{7})(?= |$)", re.MULTILINE)


def parse_brief(
    data: bytes, file: str, press: Press
) -> tuple[Brief | None, tuple[Problem, ...]]:
    """Return a brief as far as it can be read, and its problems; None if it cannot.

    A brief with an error is not published. It is returned so that its text can be
    checked as well. `file` is relative to the project and gives the slug:
    "briefs/rents.md" or "briefs/rents/index.md".
    """
    slug = slug_of_file(file)
    source, decoding_problems = decode(data, file, _max_file_bytes(press.limits))
    limit = press.limits.brief_bytes
    if source is None:
        found = [
            _too_long(file, limit) if problem.code == "R03" else problem
            for problem in decoding_problems
        ]
        return None, _of_brief(found, slug)
    pictures = _EmbeddedPictures(source.file.rpartition("/")[0])
    source = replace(source, text=pictures.take_from(source.text))
    if len(source.text.encode()) > limit:
        return None, _of_brief([_too_long(file, limit)], slug)
    if decoding_problems:
        source = replace(source, text=replace_forbidden(source.text))
    warnings = [_as_repaired(problem) for problem in decoding_problems]
    problems = SourceProblems(source, warnings)
    brief = _parse_source(source, problems, press)
    if brief is not None:
        slug = brief.slug
        brief = replace(brief, pictures=pictures.found)
    return brief, _of_brief(problems.found, slug)


def _max_file_bytes(limits: Limits) -> int:
    """Return how large the file of a brief may be, with the pictures in its text."""
    return limits.brief_bytes + int(limits.picture_bytes * _BASE64_GROWTH)


@dataclass(slots=True)
class _EmbeddedPictures:
    """The pictures that are part of a brief's text, by the paths that they get."""

    folder: str
    found: dict[str, bytes] = field(default_factory=dict)

    def take_from(self, text: str) -> str:
        """Return the text with the name of a file in place of each picture.

        Pictures in code, and those that are not Base64, stay in the text.
        """
        if "data:" not in text:
            return text
        parts = _CODE.split(text)
        parts[::2] = [_PICTURE_IN_TEXT.sub(self._name, part) for part in parts[::2]]
        return "".join(parts)

    def _name(self, match: Match[str]) -> str:
        """Return what is written instead of a picture, and keep its bytes."""
        try:
            padded = match["data"].rstrip("=").translate(_FROM_URL_SAFE)
            data = base64.b64decode(padded + "=" * (-len(padded) % 4))
        except ValueError:
            return match[0]
        digest = hashlib.sha256(data).hexdigest()
        name = f"picture-{digest[:12]}.{match['kind'].lower()}"
        self.found[f"{self.folder}/{name}"] = data
        return match["before"] + name


def _as_repaired(problem: Problem) -> Problem:
    """Return the problem of a control character as a warning."""
    return replace(problem, severity=Severity.WARNING)


def _too_long(file: str, limit: int) -> Problem:
    """Return the problem of a brief with too many bytes, which can be divided."""
    message = f"the file has more than {limit:,} bytes"
    fix = "split the brief, or raise `brief_bytes` under `[limits]` in press.toml"
    return Problem("R03", message, Span(file), fix)


def _parse_source(
    source: Source, problems: SourceProblems, press: Press
) -> Brief | None:
    """Return a brief as far as it can be read, or None and a problem."""
    conflict_at = _find_merge_conflict(source.text)
    if conflict_at:
        fix = "keep one of the two versions, and delete the marker lines"
        problems.add("R29", conflict_at, "a merge conflict is not resolved", fix)
        return None
    front_matter = parse_front_matter(source, problems)
    if front_matter is None:
        return None
    fields = parse_fields(front_matter, press, problems)
    if not fields.text.strip() and "withdrawn" not in fields.values:
        message = "the brief has no text after its front matter"
        problems.warn("R30", None, message)
    return Brief(
        file=source.file,
        text=fields.text,
        line=source.place(front_matter.text_start)[0],
        places=value_positions(fields.root, source),
        **fields.values,
    )


def _find_merge_conflict(text: str) -> Offsets | None:
    """Return where the first marker of a merge conflict is, or None.

    Only all three markers in their order are a conflict: a line of equals signs also
    underlines a heading.
    """
    if "<<<<<<<" not in text:
        return None
    start: Offsets | None = None
    is_separated = False
    for marker in CONFLICT_MARKER.finditer(text):
        sign = marker[0][0]
        if sign == "<":
            start = marker.span()
            is_separated = False
        elif sign == "=":
            is_separated = start is not None
        elif is_separated:
            return start
    return None
