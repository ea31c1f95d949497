"""From front matter to the fields of a brief: what other programs write, and repairs.

Front matter is read generously. What can be understood is used, the rest is left out,
and each repair is a warning that says what was assumed. Only a date that is missing or
unclear and what exceeds a limit are errors.
"""

from __future__ import annotations

import datetime as dt
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath
from typing import Any, get_origin

from briefpress.languages import month_names, text_direction
from briefpress.model import Author, Brief, Press
from briefpress.press import OFFICE, localised, sort_name
from briefpress.schema.formats import (
    FORMATS,
    check_format,
    check_slug,
    correct_date,
    make_slug,
)
from briefpress.schema.front_matter import FrontMatter
from briefpress.schema.schema import (
    ISO_DATE,
    MAX_CHARACTERS,
    MAX_ITEMS,
    Schema,
    parse_table,
    schema_of,
)
from briefpress.schema.source import (
    FORBIDDEN,
    MAX_PER_CODE,
    Node,
    Offsets,
    Source,
    SourceProblems,
    code_point,
    replace_forbidden,
)
from briefpress.schema.suggest import closest_name, nearest_name, suggest_fix

Items = dict[str, Node]

# Keys of other programs and what they are called here, the best first. Keys are
# compared without case, hyphens and underscores.
KEYS_ELSEWHERE = {
    "author": "authors",
    "byline": "authors",
    "description": "summary",
    "abstract": "summary",
    "excerpt": "summary",
    "keywords": "tags",
    "keyword": "tags",
    "categories": "tags",
    "category": "tags",
    "topics": "tags",
    "tag": "tags",
    "language": "lang",
    "locale": "lang",
    "published": "date",
    "publishdate": "date",
    "publicationdate": "date",
    "datepublished": "date",
    "pubdate": "date",
    "highlights": "takeaways",
    "keypoints": "takeaways",
    "issue": "number",
}
PREFERENCES = {key: rank for rank, key in enumerate(KEYS_ELSEWHERE)}
# Keys of Hugo, Jekyll, Quarto, R Markdown and Pandoc, and of their usual themes, that say
# how these programs build a page. They are ignored.
IGNORED_KEYS = frozenset(
    """
    aliases banner bibliography biblio-style body-classes build cache-control canonical
    canonical-url cascade citation citecolor citation-package classoption code-fold
    code-tools colorlinks comment comments cover created css csl date-format
    date-modified date-updated documentclass editor email engine execute expirydate
    featured featured-image feature-image feed filters fontfamily fontsize fontenc footer
    format geometry grand-parent has-children has-toc header header-includes headless
    hero hide-title hidden html icon id image images img include-after include-before
    indent institute iscjklanguage jupyter jupytext katex keep-md keep-tex kernelspec
    knit knitr last-modified last-modified-at last-updated lastmod layout license
    linestretch linkcolor link-citations linktitle listing lof logo lot mainfont math
    mathfont mathjax menu menus mermaid modified monofont nav-exclude nav-order nocite
    noindex number-sections og-image order output outputs page-layout pagetitle
    pagination-next pagination-prev papersize params parent permalink photo pin pinned
    position redirect redirect-from redirect-to reference-section-title render resources
    robots runtime sansfont search section seo share short-title sidebar sidebar-label
    sidebar-position sitemap subject teaser template thanks thumb thumbnail titlepage
    title-block-banner toc toc-depth toc-title twitter type unlisted updated urlcolor
    url uuid version video videos view vignette visibility weight widgets
    """.replace("-", "").split()
)
# What other programs write in place of our `draft`.
SETTINGS_OF_DRAFTS = frozenset({"status: draft", "published: false", "published: no"})
SETTINGS_OF_PUBLISHED = frozenset({"published: true", "published: yes"})

NO = frozenset({"false", "no", "off", "0", "n"})

# Without a space or a capital letter it is meant as a key of `[authors]`, not a name.
AUTHOR_KEY = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
# "Martin Luther King, Jr." is one author, "Jane Doe, John Roe" are two.
AUTHOR_SEPARATOR = re.compile(
    r",(?!\s*(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D|LL\.?M|Esq|[A-Z]{2,4})\b\.?\s*$)|;"
)
AND = re.compile(r"\s+and\s+")
AMPERSAND = re.compile(r"\s+&\s+")
MAX_AUTHORS_TEXT = 5_000  # characters: a longer text is one name, and too long
TEXT_SEPARATOR = re.compile(r"[,;\n]")
LISTS_IN_ONE_TEXT = ("tags", "related")  # their items have no comma
ONE_LINE_KEYS = ("title", "subtitle", "series", "number")

# Fields of an author by the names that Pandoc and Quarto use.
AUTHOR_FIELDS = {
    "name": "name",
    "sort": "sort",
    "affiliation": "affiliation",
    "affiliations": "affiliation",
    "institute": "affiliation",
    "institution": "affiliation",
    "organization": "affiliation",
    "organisation": "affiliation",
    "bio": "bio",
    "orcid": "orcid",
    "email": "email",
    "mail": "email",
}
NAME_KEYS = ("literal", "name", "given", "family")

DATE_IN_NAME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[-_. ]+|$)", re.ASCII)
INDEX = "index.md"
# The name of a translation: rents.ru, index.zh-Hans.
TRANSLATION = re.compile(
    r"(?P<name>[^.]+)\.(?P<lang>[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?)"
)


@cache
def front_matter_schema() -> Schema:
    """Return the keys of front matter and their types."""
    names = tuple[str, ...]
    schema = schema_of(
        Brief,
        "file",
        "text",
        "line",
        "pictures",
        "places",
        "identifier",
        authors=names,
    )
    return replace(schema, required=("title", "date"))


@cache
def author_schema() -> Schema:
    """Return the keys of an author in front matter."""
    return schema_of(Author, "key")


@dataclass(frozen=True, slots=True)
class BriefFields:
    """The fields of a brief that front matter gives, and the text that remains."""

    values: Mapping[str, Any]
    root: Node  # the front matter after its repair
    text: str


def parse_fields(
    front_matter: FrontMatter, press: Press, problems: SourceProblems
) -> BriefFields:
    """Return the fields of a brief, checked against the press."""
    source = problems.source
    name = name_of_file(source.file)
    text = source.text[front_matter.text_start :]
    root = front_matter.root
    written = root.value if isinstance(root.value, dict) else {}
    items = _known_items(written, problems)
    authors = items.pop("authors", None)
    _take_language_of_name(items, name, root.at)
    _assume_language(items, text, root.at, press, problems)
    lang = _language(items, press)
    items = _repair_items(items, front_matter_schema(), lang, problems)
    _take_date_of_name(items, name, root.at, problems)
    if "date" not in items and not written:
        message = "the brief has no front matter, and so no `date`"
        fix = "begin it with `---`, `date: 2024-05-31` and `---`"
        problems.add("R05", (0, 0), message, fix)
    elif _is_empty(items.get("title")):
        items["title"], text = _assume_title(text, name, root.at, problems)
    is_translation = TRANSLATION.fullmatch(name) is not None
    slug = name.replace(".", "-").lower() if is_translation else name
    items["slug"] = _repair_slug(items.get("slug"), slug, problems)
    _repair_program(items, press, problems)
    # A brief without a date is not published, but its text is checked.
    values = {
        "title": name,
        "date": dt.date.min,
        "lang": press.language,
        **_parse_items(items, front_matter, problems),
        "authors": tuple(
            localised(author, lang)
            for author in _parse_authors(authors, press, problems)
        ),
    }
    for key in ONE_LINE_KEYS:
        if key in values:
            words = values[key].split()
            values[key] = " ".join(words)
    tags = dict.fromkeys(values.get("tags", ()))
    values["tags"] = tuple(tags)
    if authors is not None:
        items["authors"] = authors
    return BriefFields(values, replace(root, value=items), text)


def _is_empty(node: Node | None) -> bool:
    """Return whether a value is missing or an empty string."""
    if node is None:
        return True
    return isinstance(node.value, str) and not node.value.strip()


def _parse_items(
    items: Items, front_matter: FrontMatter, problems: SourceProblems
) -> dict[str, Any]:
    """Return the values of repaired items. Limits and a missing date are errors."""
    root = front_matter.root
    schema = front_matter_schema()
    if "date" not in items and root.value == {}:  # reported already
        schema = replace(schema, required=())
    elif "date" not in items:
        fix = _fix_for_missing_date(problems.source, front_matter.text_start)
        schema = replace(schema, missing_fixes={"date": fix})
    return parse_table(replace(root, value=items), schema, problems)


def _fix_for_missing_date(source: Source, end: int) -> str:
    """Return the fix for front matter without a date.

    An indented line `date: 2024-05-31` after `summary: >` belongs to the summary.
    """
    indented_date = re.compile(r"^[ \t]+date:", re.MULTILINE)
    indented = indented_date.search(source.text, 0, end)
    if indented is None:
        return "add `date`"
    line, _ = source.place(indented.start())
    return f"remove the spaces before `date` in line {line}"


# Names of keys


def _known_items(written: Mapping[str, Node], problems: SourceProblems) -> Items:
    """Return the values by our keys; report all other keys.

    Our own key wins over that of another program. All tags are taken together.
    """
    known = front_matter_schema().keys
    items = {
        own_key: node
        for key, node in written.items()
        if (own_key := key.replace("-", "_")) in known
    }
    own = frozenset(items)
    others = [key for key in written if key.replace("-", "_") not in own]
    others.sort(key=_preference)
    read = []
    ignored = []
    unknown = []
    for key in others:
        meant = _meant_key(key, written[key])
        if meant is None:
            unknown.append(key)
            continue
        known_key, node = meant
        is_taken = known_key in items
        if is_taken and known_key == "tags" and known_key not in own:
            node = _join(items["tags"], node)
            is_taken = False
        if is_taken or not known_key:
            ignored.append(key)
            continue
        items[known_key] = node
        read.append(f"`{key}` as `{known_key}`")
    _report_keys_of_others(written, read, ignored, problems)
    _report_unknown_keys(written, unknown, items, problems)
    return items


def _plain_key(key: str) -> str:
    """Return a key without case, hyphens and underscores."""
    return key.lower().replace("-", "").replace("_", "")


def _preference(key: str) -> int:
    """Return the sort key of keys of other programs: the best of each kind first."""
    return PREFERENCES.get(_plain_key(key), -1)


def _meant_key(key: str, node: Node) -> tuple[str, Node] | None:
    """Return our key and its value for a key of another program, or None.

    The key is "" if the other one is to be ignored.
    """
    name = _plain_key(key)
    setting = f"{name}: {node.value}".lower()
    if setting in SETTINGS_OF_DRAFTS:
        return "draft", replace(node, value="true")
    if setting in SETTINGS_OF_PUBLISHED or name == "status" or name in IGNORED_KEYS:
        return "", node
    if name in front_matter_schema().keys:
        return name, node
    known_key = KEYS_ELSEWHERE.get(name)
    return (known_key, node) if known_key else None


def _join(first: Node, second: Node) -> Node:
    """Return the items of two values as one list."""
    return replace(first, value=(*_items(first), *_items(second)))


def _report_keys_of_others(
    written: Mapping[str, Node],
    read: Sequence[str],
    ignored: Sequence[str],
    problems: SourceProblems,
) -> None:
    """Report what was taken for what, in one warning."""
    if not read and not ignored:
        return
    parts = []
    if read:
        parts.append(f"keys of other programs are read: {', '.join(read)}")
    if ignored:
        listed = ", ".join(f"`{key}`" for key in ignored)
        subject = "others" if read else "keys of other programs"
        parts.append(f"{subject} are ignored: {listed}")
    known = front_matter_schema().keys
    first = min(node.key_at for key, node in written.items() if key not in known)
    problems.warn("R33", first, "; ".join(parts))


def _report_unknown_keys(
    written: Mapping[str, Node],
    unknown: Iterable[str],
    items: Items,
    problems: SourceProblems,
) -> None:
    """Report keys that nobody knows. One that is nearly `title` or `date` is read."""
    known = front_matter_schema().keys
    for count, key in enumerate(unknown):
        if count > MAX_PER_CODE:
            return
        node = written[key]
        nearest = nearest_name(key, known)
        fix = f"write `{nearest}`" if nearest else ""
        message = f"unknown key `{key}` is ignored"
        if _can_replace(nearest, key, node, items):
            items[nearest] = node
            message = f"unknown key `{key}` is read as `{nearest}`"
        elif nearest:
            message += f"; the nearest is `{nearest}`"
        problems.warn("R10", node.key_at, message, fix)


def _can_replace(key: str, written: str, node: Node, items: Items) -> bool:
    """Return whether a value under a mistyped key is the title or date that is missing."""
    if (
        key in items
        or not isinstance(node.value, str)
        or key[:1] != written[:1].lower()
    ):
        return False
    if key == "date":
        return _iso_date(node) is not None
    return key == "title" and node.value != ""


# Types of values


def _repair_items(
    items: Items, schema: Schema, lang: str, problems: SourceProblems
) -> Items:
    """Return the items with values of the type that each key has, without the others."""
    repaired = {}
    for key, node in items.items():
        value = _repair_value(key, node, schema, lang, problems)
        if value is not None:
            repaired[key] = value
    return repaired


def _repair_value(
    key: str, node: Node, schema: Schema, lang: str, problems: SourceProblems
) -> Node | None:
    """Return a value of the right type, or None if it is left out."""
    kind = schema.keys[key]
    if node.value is None:  # reported when the file was parsed
        return node
    if kind == tuple[str, ...]:
        return _repair_list(key, node, problems)
    if key in schema.tables:
        repair = _repair_tables if get_origin(kind) is tuple else _repair_table
        return repair(key, node, schema.tables[key], lang, problems)
    if isinstance(node.value, tuple) and len(node.value) == 1:
        problems.warn("R12", node.at, f"`{key}` is a list of one: its item is read")
        node = node.value[0]
    if kind is dt.date:
        return _repair_date(node, lang, problems)
    if kind is bool:
        return _repair_bool(key, node, problems)
    text = _repair_text(key, node, problems)
    return text and _repair_format(key, text, problems)


def _repair_text(key: str, node: Node, problems: SourceProblems) -> Node | None:
    """Return a string, or None if the value is none."""
    value = node.value
    if isinstance(value, str):
        return _without_controls(key, node, problems)
    if isinstance(value, tuple):
        items = [_text_of(item, problems.source) for item in value]
        separator = " " if key == "summary" else ", "
        text = separator.join(item for item in items if item)
        message = f"`{key}` must be a string: the items of the list are read as one"
    else:
        text = _text_of(node, problems.source)
        message = f"`{key}` must be a string: `{text}` is read as one"
    if not text:
        message = f"`{key}` must be a string: it is left out"
        problems.warn("R12", node.at, message)
        return None
    problems.warn("R12", node.at, message)
    return _without_controls(key, replace(node, value=text), problems)


def _text_of(node: Node, source: Source) -> str:
    """Return a value as text, as it is written; "" for a list or table.

    YAML sees a table in `Rents: they rose`.
    """
    value = node.value
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        start, end = node.at
        return source.text[start:end]
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dict):
        pairs = [(key, _text_of(item, source)) for key, item in value.items()]
        return "; ".join(f"{key}: {text}" for key, text in pairs if text)
    return ""


def _without_controls(key: str, node: Node, problems: SourceProblems) -> Node:
    """Return a string with spaces in place of control characters."""
    text = str(node.value).strip()
    found = FORBIDDEN.search(text)
    if found is None:
        return node
    number = code_point(found[0])
    message = f"control character {number} in `{key}` is read as a space"
    problems.warn("R02", node.at, message, "delete it")
    return replace(node, value=replace_forbidden(text))


def _repair_format(key: str, node: Node, problems: SourceProblems) -> Node | None:
    """Return a string in the format that its key has, or None if it is left out."""
    text = unicodedata.normalize("NFC", str(node.value).strip())
    message, fix = check_format(key, text)
    if not text or not message:
        return node
    corrected = FORMATS[key].correct(text)
    still_wrong, _ = check_format(key, corrected)
    if still_wrong:
        problems.warn("R24", node.at, f"{message}, so it is left out", fix)
        return None
    message = f"`{text}` is read as the {key} `{corrected}`"
    problems.warn("R24", node.at, message, fix)
    return replace(node, value=corrected)


def _repair_bool(key: str, node: Node, problems: SourceProblems) -> Node:
    """Return a truth value. One that nobody understands is true.

    The only key is `draft`, and a draft must not be published by mistake.
    """
    word = _text_of(node, problems.source).lower()
    is_scalar = not isinstance(node.value, tuple | dict)
    if is_scalar and word in {"true", "false", ""}:
        return replace(node, value=word)
    value = "true"
    if word in NO:
        value = "false"
    message = f"`{key}` must be `true` or `false`: it is read as `{value}`"
    problems.warn("R12", node.at, message, f"write `{value}`")
    return replace(node, value=value)


def _repair_list(key: str, node: Node, problems: SourceProblems) -> Node:
    """Return a list of strings. A list of tags may be one string with commas."""
    if node.value == "":
        return node
    items: list[Node] = []
    is_split = False
    for item in _flat_items(node):
        parts = _split_item(key, item, problems)
        items += parts
        is_split = is_split or len(parts) > 1
    if is_split:
        words = [str(item.value) for item in items]
        listed = ", ".join(words)
        message = f"`{key}` is read as the list `[{listed}]`"
        fix = f"write `{key}: [{listed}]`"
        problems.warn("R12", node.at, message, fix)
    if isinstance(node.value, str) and len(items) == 1:
        return items[0]
    return replace(node, value=tuple(items))


def _split_item(key: str, item: Node, problems: SourceProblems) -> list[Node]:
    """Return the strings that an item of a list has: none, one, or several tags."""
    text = _text_of(item, problems.source)
    if not text:
        _report_left_out_item(key, item, problems)
        return []
    if not isinstance(item.value, str):
        message = f"an item of `{key}` must be a string: `{text}` is read as one"
        fix = f'write `"{text}"`'
        problems.warn("R12", item.at, message, fix)
    nodes = []
    for part in _split_text(key, text):
        node = replace(item, value=part)
        node = _without_controls(key, node, problems)
        nodes.append(node)
    return nodes


def _report_left_out_item(key: str, item: Node, problems: SourceProblems) -> None:
    """Report an item of a list that is empty or a table."""
    if item.value is None:
        return
    if isinstance(item.value, dict):
        message = f"an item of `{key}` must be a string: it is left out"
        problems.warn("R12", item.at, message)
    else:
        problems.warn("R13", item.at, f"an item of `{key}` is empty", "delete it")


def _split_text(key: str, text: str) -> list[str]:
    """Return the items in one string, if those of the key have no comma."""
    if key not in LISTS_IN_ONE_TEXT:
        return [text]
    parts = [part.strip() for part in TEXT_SEPARATOR.split(text)]
    return [part for part in parts if part]


def _flat_items(node: Node) -> Iterator[Node]:
    """Yield the items of a list and of the lists in it, or the only value."""
    for item in _items(node):
        if isinstance(item.value, tuple):
            yield from _flat_items(item)
        else:
            yield item


def _items(node: Node) -> tuple[Node, ...]:
    """Return the items of a list, or the only value as a list of one."""
    return node.value if isinstance(node.value, tuple) else (node,)


def _repair_table(
    _: str, node: Node, schema: Schema, lang: str, problems: SourceProblems
) -> Node:
    """Return a table with repaired values. What is no table is an error later."""
    if not isinstance(node.value, dict):
        return node
    return replace(node, value=_repair_items(node.value, schema, lang, problems))


def _repair_tables(
    key: str, node: Node, schema: Schema, lang: str, problems: SourceProblems
) -> Node | None:
    """Return a list of tables; one table is a list of one."""
    if node.value == "":
        return None
    tables = []
    for item in _items(node):
        if not isinstance(item.value, dict):
            text = _text_of(item, problems.source)
            message = f"`{key}` must be a list of tables: `{text}` is left out"
            problems.warn("R12", item.at, message)
            continue
        known = _known_keys(key, item.value, schema, problems)
        repaired = _repair_items(known, schema, lang, problems)
        if _is_empty(repaired.get("text")):
            message = f"an item of `{key}` has no `text`: it is left out"
            problems.warn("R12", item.at, message)
            continue
        table = replace(item, value=repaired)
        tables.append(table)
    return replace(node, value=tuple(tables))


def _known_keys(
    key: str, table: Mapping[str, Node], schema: Schema, problems: SourceProblems
) -> Items:
    """Return the known keys of a table in the list of a key; report the others."""
    known: Items = {}
    unknown_count = 0
    for name, node in table.items():
        if name in schema.keys:
            known[name] = node
            continue
        unknown_count += 1
        if unknown_count > MAX_PER_CODE:
            continue
        nearest = nearest_name(name, schema.keys)
        fix = f"write `{nearest}`" if nearest else ""
        message = f"unknown key `{name}` in `{key}` is ignored"
        problems.warn("R10", node.key_at, message, fix)
    return known


# Dates, and what is taken from the file's name and the text


def _language(items: Items, press: Press) -> str:
    """Return the language of a brief, for the names of its months."""
    node = items.get("lang")
    if node is None or not isinstance(node.value, str):
        return press.language
    message, _ = check_format("lang", node.value)
    return press.language if message else node.value


LETTER = re.compile(r"[^\W\d_]")
RIGHT_TO_LEFT = re.compile(r"(?![\W\d_])[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Letters that only some languages have. Arabic is what remains.
LANGUAGES_BY_LETTER = {"he": "[א-ת]", "ur": "[ٹڈڑے]", "fa": "[پچژگکی]", "ar": ""}


def _assume_language(
    items: Items, text: str, at: Offsets, press: Press, problems: SourceProblems
) -> None:
    """Set the language of a right-to-left text that has none, in another press.

    Its lines would begin at the wrong side.
    """
    if "lang" in items or not RIGHT_TO_LEFT.search(text):
        return
    share = len(RIGHT_TO_LEFT.findall(text)) / len(LETTER.findall(text))
    if share < 0.5 or text_direction(press.language) == "rtl":
        return
    fitting = (
        lang
        for lang, letters in LANGUAGES_BY_LETTER.items()
        if re.search(letters, text)
    )
    lang = next(fitting)
    items["lang"] = Node(lang, at, at)
    message = f"`lang` is missing: `{lang}`, which the letters suggest, is taken"
    problems.warn("R34", at, message, f"add `lang: {lang}`")


def _repair_date(node: Node, lang: str, problems: SourceProblems) -> Node | None:
    """Return a date that is written as in ISO 8601, if it is clear which one is meant."""
    value = node.value
    if value == "":
        return None
    if isinstance(value, dt.datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        return node
    text = value.strip()
    if ISO_DATE.fullmatch(text):
        return replace(node, value=text)
    corrected = correct_date(text) or correct_date(text, month_names(lang))
    if not corrected:
        return node
    message = f"`{text}` is read as the date {corrected}"
    problems.warn("R35", node.at, message, f"write `{corrected}`")
    return replace(node, value=corrected)


def _iso_date(node: Node | None) -> dt.date | None:
    """Return the date that a value is, or None."""
    if node is None:
        return None
    if type(node.value) is dt.date:
        return node.value
    try:
        return dt.date.fromisoformat(str(node.value))
    except ValueError:
        return None


def name_of_file(file: str) -> str:
    """Return the name of a brief's file without its suffix, or that of its folder."""
    path = PurePosixPath(file)
    has_own_folder = len(path.parts) > 2
    if has_own_folder and path.name == INDEX:
        return path.parent.name
    translation = TRANSLATION.fullmatch(path.stem)
    if has_own_folder and translation and translation["name"] == "index":
        return f"{path.parent.name}.{translation['lang']}"
    return path.stem


def slug_of_file(file: str) -> str:
    """Return the slug that the name of a file gives: "rents-ru" for rents.ru.md."""
    name = name_of_file(file)
    if TRANSLATION.fullmatch(name):
        name = name.replace(".", "-").lower()
    message, _ = check_slug(name)
    return make_slug(name) if message else name


def _take_language_of_name(items: Items, name: str, at: Offsets) -> None:
    """Set language and original of a translation, from its file's name."""
    translation = TRANSLATION.fullmatch(name)
    if translation is None:
        return
    items.setdefault("lang", Node(translation["lang"], at, at))
    items.setdefault("translation_of", Node(translation["name"], at, at))


def _take_date_of_name(
    items: Items, name: str, at: Offsets, problems: SourceProblems
) -> None:
    """Set the date to that of the file's name if front matter has none that is valid."""
    written = items.get("date")
    if _iso_date(written) is not None:
        return
    dated_name = DATE_IN_NAME.match(name)
    if dated_name is None:
        return
    date = Node(dated_name[1], at, at)
    if _iso_date(date) is None:
        return
    message = f"`date` is missing: {dated_name[1]}, from the file's name, is taken"
    if written is not None:
        at = written.at
        message = (
            f"`date` is not a date: {dated_name[1]}, from the file's name, is taken"
        )
    items["date"] = date
    problems.warn("R34", at, message, f"write `date: {dated_name[1]}`")


def _repair_slug(node: Node | None, name: str, problems: SourceProblems) -> Node:
    """Return a slug that can be used everywhere."""
    nowhere = (0, 0)
    slug = ""
    if node is not None:
        slug = unicodedata.normalize("NFC", str(node.value).strip())
    if node is None or not slug:
        node = Node(name, nowhere, nowhere)
        slug = name
    message, _ = check_slug(slug)
    if not message:
        return replace(node, value=slug)
    made = make_slug(slug)
    message = f"{message}: `{made}` is used"
    if node.at == nowhere:
        fix = f"rename the file, or add `slug: {made}`"
        problems.warn("R18", None, message, fix)
    else:
        problems.warn("R18", node.at, message, f"write `{made}`")
    return replace(node, value=made)


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading of the first level. Offsets are in the text."""

    words: str
    start: int
    end: int
    is_plain: bool  # without a link, a picture or a call


MAX_HEADING = 1_000  # characters: a longer one is no title
CODE_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
ATX_HEADING = re.compile(r" {0,3}#[ \t]+(.*?)[ \t]*#*[ \t]*")
HTML_HEADING = re.compile(r"\s{0,3}<h1\b[^<>]*>(.*?)</h1>\s*", re.IGNORECASE)
UNDERLINE = re.compile(r" {0,3}=+[ \t]*")
NO_PARAGRAPH = re.compile(r" {4}|\t| {0,3}(?:[>#|<]|[-*+][ \t]|\d+[.)][ \t])")
PICTURE_OR_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_ADDRESS = r"(?:\([^()]*\)|\[[^\[\]]*\])"
PICTURE = re.compile(rf"!\[[^\[\]]*\]{_ADDRESS}|\[!\[[^\[\]]*\]{_ADDRESS}\]{_ADDRESS}")
CALL = re.compile(r"\[\^[^\]]+\]")
ATTRIBUTES = re.compile(r"[ \t]*\{:?[^{}]*\}$")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TAG = re.compile(r"<[^<>]+>")
EMPHASIS = re.compile(r"\*{1,3}|`+|~~|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)")
ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def _assume_title(
    text: str, name: str, at: Offsets, problems: SourceProblems
) -> tuple[Node, str]:
    """Return the first heading or the file's name as title, and the text without it."""
    heading = _first_heading(text)
    if heading is None:
        title = _name_in_words(name)
        message = f"`title` is missing: the file's name, `{title}`, is taken"
    else:
        title = heading.words
        message = f"`title` is missing: the first heading, `{title}`, is taken"
    if heading and heading.is_plain and not _has_words(text[: heading.start]):
        # Its lines stay, so that the lines below keep their numbers.
        lines = text.count("\n", heading.start, heading.end)
        text = text[: heading.start] + "\n" * lines + text[heading.end :]
    problems.warn("R34", at, message, f"add `title: {title}`")
    return Node(title, at, at), text


def _has_words(text: str) -> bool:
    """Return whether a text has words: comments, tags and pictures are none."""
    for markup in (COMMENT, PICTURE, TAG):
        text = markup.sub("", text)
    return re.search(r"\w", text) is not None


def _name_in_words(name: str) -> str:
    """Return a file's name as a title: "2024-05-31-rent-limits" is "Rent limits"."""
    dated_name = DATE_IN_NAME.match(name)
    rest = name[dated_name.end() :] if dated_name else name
    words = re.sub(r"[-_\s]+", " ", rest).strip() or name
    return words[:1].upper() + words[1:]


def _first_heading(text: str) -> _Heading | None:
    """Return the first heading of level 1 with words, or None. Code has none."""
    fence = ""
    line_start = 0
    paragraph: list[tuple[int, str]] = []  # at most two lines, and where each begins
    for line in text.split("\n"):
        start, line_start = line_start, line_start + len(line) + 1
        code = CODE_FENCE.match(line)
        if code and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else code[1]
            paragraph = []
            continue
        if fence or len(line) > MAX_HEADING:
            continue
        end = min(line_start, len(text))
        words = ""
        if found := ATX_HEADING.fullmatch(line) or HTML_HEADING.fullmatch(line):
            words = found[1]
        elif len(paragraph) == 1 and UNDERLINE.fullmatch(line):
            start, words = paragraph[0]
        heading = _heading(words, start, end) if words else None
        if heading is not None:
            return heading
        is_paragraph = bool(line.strip()) and not NO_PARAGRAPH.match(line)
        paragraph = [*paragraph, (start, line)][:2] if is_paragraph else []
    return None


def _heading(markdown: str, start: int, end: int) -> _Heading | None:
    """Return a heading with its words as plain text, or None if it has none."""
    words = CALL.sub("", markdown)
    without_pictures = PICTURE.sub("", words)
    if without_pictures.strip():
        words = without_pictures
    while PICTURE_OR_LINK.search(words):  # a link may be around a picture
        words = PICTURE_OR_LINK.sub(r"\1", words)
    is_plain = words == markdown
    for markup in (ATTRIBUTES, TAG, EMPHASIS):
        words = markup.sub("", words)
    words = html.unescape(ESCAPE.sub(r"\1", words))
    words = " ".join(words.split())
    if not words or len(words) > MAX_CHARACTERS["title"]:
        return None
    return _Heading(words, start, end, is_plain)


# Programs and authors


def _repair_program(items: Items, press: Press, problems: SourceProblems) -> None:
    """Find the program by its key, name or acronym; leave an unknown one out."""
    node = items.get("program")
    if node is None or not node.value or node.value in press.programs:
        return
    written = str(node.value).strip()
    keys = _program_keys(press)
    key = keys.get(written.casefold())
    if key is not None:
        message = f"`{written}` is read as the program `{key}`"
        problems.warn("R15", node.at, message, f"write `{key}`")
        items["program"] = replace(node, value=key)
        return
    fix = suggest_fix(written, press.programs)
    closest = closest_name(written, keys)
    if closest:
        fix = f"write `{keys[closest]}`"
    if not fix:
        fix = "add it to press.toml, under `[programs]`"
    message = f"no program has the key `{written}`, so it is left out"
    problems.warn("R15", node.at, message, fix)
    del items["program"]


def _program_keys(press: Press) -> dict[str, str]:
    """Return the keys of the programs by key, name and acronym without case."""
    keys = {key.casefold(): key for key in press.programs}
    for program in press.programs.values():
        for name in (program.name, program.acronym):
            if name:
                keys.setdefault(name.casefold(), program.key)
    return keys


def _parse_authors(
    node: Node | None, press: Press, problems: SourceProblems
) -> tuple[Author, ...]:
    """Return the authors, each once: from press.toml by key or name, else as written."""
    if node is None or node.value == "":
        return ()
    known = {author.name: author for author in press.authors.values()}
    known |= press.authors
    items = list(_flat_items(node))
    if len(items) > MAX_ITEMS:
        message = f"`authors` has {len(items):,} entries; the limit is {MAX_ITEMS}"
        problems.add("R31", node.at, message, "delete some")
        return ()
    authors: dict[Author, None] = {}
    for item in items:
        if isinstance(item.value, dict):
            found = _authors_of_table(item, item.value, problems)
        else:
            found = _authors_of_text(item, known, problems)
        for author in found:
            authors[known.get(author.name, author)] = None
    return tuple(authors)


def _authors_of_text(
    item: Node, known: Mapping[str, Author], problems: SourceProblems
) -> list[Author]:
    """Return the authors that a string names, mostly one."""
    words = _text_of(item, problems.source).split()
    text = unicodedata.normalize("NFC", " ".join(words))
    if not text:
        _report_left_out_item("authors", item, problems)
        return []
    if text in known:
        return [known[text]]
    keys = {key.casefold(): key for key in known}
    key = keys.get(text.casefold())
    if key is not None:
        message = f"`{text}` is read as the author `{key}`"
        problems.warn("R16", item.at, message, f"write `{key}`")
        return [known[key]]
    names = _split_authors(text)
    if len(names) > 1:
        listed = ", ".join(names)
        message = f"`{text}` is read as {len(names)} authors: {listed}"
        fix = (
            f"write `authors: [{listed}]`; if this is one name, put it under"
            " `[authors]` in press.toml and write its key"
        )
        problems.warn("R16", item.at, message, fix)
    elif AUTHOR_KEY.fullmatch(text):
        fix = suggest_fix(text, [author.key for author in known.values() if author.key])
        fix = fix or "add it to press.toml, under `[authors]`, or write the name"
        message = f"no author has the key `{text}`, so it is printed as a name"
        problems.warn("R16", item.at, message, fix)
    authors = []
    for name in names:
        author = _author({"name": replace(item, value=name)}, item, problems)
        authors += author
    return authors


def _author(items: Items, item: Node, problems: SourceProblems) -> list[Author]:
    """Return the author with these fields in a list, or nothing if there is no name."""
    items = _repair_items(items, author_schema(), "en", problems)
    values = parse_table(replace(item, value=items), author_schema(), problems)
    if "name" not in values:
        return []
    values.setdefault("sort", sort_name(values["name"]))
    return [Author(**values)]


def _authors_of_table(
    item: Node, table: Mapping[str, Node], problems: SourceProblems
) -> list[Author]:
    """Return the author that a table describes in a list, as Pandoc and Quarto write it."""
    source = problems.source
    fields: Items = {}
    for key, node in table.items():
        field = AUTHOR_FIELDS.get(_plain_key(key))
        if field is not None:
            fields.setdefault(field, node)
    if "name" not in fields:
        fields |= _fields_by_name(table)
    texts = {}
    for field, node in fields.items():
        text = "; ".join(_texts_in(node, source))
        if text:
            texts[field] = replace(node, value=text)
    if "name" not in texts:
        problems.warn("R12", item.at, "an author without a name is left out")
        return []
    return _author(texts, item, problems)


def _fields_by_name(table: Mapping[str, Node]) -> Items:
    """Return the fields of an author whose name is written in parts, or is the key.

    Pandoc's manual has `- Jane Doe: {institute: Example}` too.
    """
    parts = [table[key] for key in ("given", "firstname", "first_name") if key in table]
    parts += [table[key] for key in ("family", "lastname", "last_name") if key in table]
    words = [str(part.value) for part in parts]
    if words:
        return {"name": replace(parts[0], value=" ".join(words))}
    if len(table) != 1:
        return {}
    ((name, node),) = table.items()
    if _plain_key(name) in AUTHOR_FIELDS:
        return {}
    fields: Items = {"name": Node(name, node.key_at, node.key_at)}
    if isinstance(node.value, dict):
        for key, item in node.value.items():
            field = AUTHOR_FIELDS.get(_plain_key(key))
            if field is not None:
                fields.setdefault(field, item)
    return fields


def _texts_in(node: Node, source: Source) -> Iterator[str]:
    """Yield the texts of a value. A table is its name: `{name: Example, city: X}`."""
    for item in _flat_items(node):
        if not isinstance(item.value, dict):
            text = _text_of(item, source)
            if text:
                yield text
            continue
        names = [item.value[key] for key in NAME_KEYS if key in item.value]
        words = [_text_of(name, source) for name in names]
        name = " ".join(word for word in words if word)
        if name:
            yield name


def _split_authors(text: str) -> list[str]:
    """Return the names in a string, one if it seems to be one.

    "Ministry of Health and Welfare" is one, since it has the word of an office.
    """
    if len(text) > MAX_AUTHORS_TEXT:
        return [text]
    names: list[str] = []
    start = 0
    for separator in AUTHOR_SEPARATOR.finditer(text):
        names.append(text[start : separator.start()])
        start = separator.end()
    names.append(text[start:])
    last = names.pop()
    names += _split_last_authors(last)
    stripped = [name.strip() for name in names]
    return [name for name in stripped if name]


def _split_last_authors(text: str) -> list[str]:
    """Return the two names of "Jane Doe and John Roe", or the text as one name."""
    text_after_and = text.removeprefix(" and ")
    names = AND.split(text_after_and.strip())
    if _are_people(names):
        return names
    names = AMPERSAND.split(text.strip())
    has_full_names = all(" " in name for name in names)
    if has_full_names and _are_people(names):
        return names
    return [text]


def _are_people(names: list[str]) -> bool:
    """Return whether each name begins with a capital and has no word of an office."""
    for name in names:
        first = name[:1]
        if not first.isupper() or OFFICE.search(name):
            return False
    return True
