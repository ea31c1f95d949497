"""Links: inside the brief, to other briefs, to data and to the web; ids of documents."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from re import Match
from unicodedata import bidirectional
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from briefpress.document.context import ParseContext
from briefpress.document.figures import read_asset, web_address
from briefpress.document.files import (
    PathError,
    name_of_brief_file,
    published_address,
    resolve_path,
)
from briefpress.document.headings import IdRegistry
from briefpress.model import Document
from briefpress.problems import Problem, Severity
from briefpress.schema.suggest import closest_name
from briefpress.xhtml import (
    elements_by_id,
    is_call,
    parents_of,
    replace_matches,
    text_of,
    unwrap,
)

BRIEF_SCHEME = "brief:"  # `brief:slug#id` is a link to another brief
# Files that are published beside the page. None of them runs in a browser.
DOWNLOADS = tuple(
    ".csv .tsv .txt .json .geojson .pdf .zip .gz .xls .xlsx .ods .doc .docx .odt .rtf"  # noqa: SIM905 - shorter than a list
    " .ppt .pptx .odp .bib .ris .parquet".split()
)
MAX_LABEL = 80  # characters of the text that a link without one gets
MAX_SUGGESTIONS = 20  # ids that are looked for in other briefs
_WEB = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_NOT_IN_URL = re.compile(r"[\s\"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![\w.+/-])(?:mailto:)?[A-Za-z0-9.+_-]{1,64}@[A-Za-z0-9_-]+"
    r"(?:\.[A-Za-z0-9_-]+)*\.[A-Za-z0-9_-]*[A-Za-z](?![\w@-])"
)
_WRITTEN_ADDRESS = re.compile(r"(?:https?://|www\.|[\w.+-]+@)\S+\Z")
_NOT_LINKED = frozenset(("a", "code", "pre", "kbd", "samp", "var"))
_NOTE_OF_WORD = re.compile(r"_(?:ftn|edn)(?:ref)?\d")
_ID_LISTS = ("aria-labelledby", "aria-describedby", "headers")
_GENERATED_ID = re.compile(r"(?:b|call-|note-|page-)\d")


@dataclass(frozen=True, slots=True)
class BriefLink:
    """A link from a document to another brief."""

    slug: str
    fragment: str  # the id in the other brief, or ""
    block: str  # the id of the block that contains the link

    @property
    def target(self) -> str:
        """What the link names: the slug, and the id if there is one."""
        return f"{self.slug}#{self.fragment}" if self.fragment else self.slug


def resolve_links(root: Element, context: ParseContext, targets: IdRegistry) -> None:
    """Check every link of a tree, and make its address neutral."""
    parents: dict[Element, Element] | None = None
    for link in list(root.iter("a")):
        if is_call(link):
            continue
        written = link.get("href", "").strip()
        if "href" in link.attrib:
            _resolve_link(link, written, context, targets)
        if "href" not in link.attrib:
            if "id" in link.attrib:
                continue
            if parents is None:
                parents = parents_of(root)
            parent = parents[link]
            parents.update((child, parent) for child in link)
            unwrap(parent, link)
            continue
        address = link.get("href", "")
        if not text_of(link) and next(link.iter("img"), None) is None:
            fix = "write it in the brackets"
            token = f"]({address}"
            message = "the link has no text; its address is printed"
            context.warn("L04", message, link, token, address, fix=fix)
            shown = written.removeprefix("mailto:").removeprefix("tel:")
            link.insert(0, _shown_address(shown))


def link_emails(root: Element) -> None:
    """Make links of the e-mail addresses in the text, as GitHub does."""
    stack = [root]
    while stack:
        element = stack.pop()
        stack += [child for child in element if child.tag not in _NOT_LINKED]
        replace_matches(element, _EMAIL, _email_link)


def _email_link(match: Match[str]) -> Element:
    """Return the link of an address."""
    link = Element("a", {"href": f"mailto:{match[0].removeprefix('mailto:')}"})
    link.text = match[0]
    return link


def isolate_addresses(root: Element) -> None:
    """Set the direction of links whose words are an address, in right-to-left text.

    Its last `/` would stand before it (UAX 9 gives signs the direction around them).
    """
    for link in root.iter("a"):
        if _WRITTEN_ADDRESS.match(text_of(link)):
            link.attrib.setdefault("dir", "ltr")


def isolate_left_to_right(paragraph: Element) -> None:
    """Put a paragraph that has only left-to-right letters into an element of its own."""
    directions = set(map(bidirectional, text_of(paragraph)))
    if "L" not in directions or not directions.isdisjoint(("R", "AL")):
        return
    words = Element("span", {"dir": "ltr"})
    words.text, paragraph.text = paragraph.text, None
    words[:] = list(paragraph)
    paragraph[:] = [words]


def brief_links(document: Document) -> Iterator[BriefLink]:
    """Yield the links of a document to other briefs.

    A document does not know the other briefs, so a new brief changes no other document.
    """
    for tree in (document.body, *(note.body for note in document.notes)):
        block = ""
        for element in tree.iter():
            if not is_call(element):
                block = element.get("id", block)
            address = element.get("href", "")
            if element.tag == "a" and address.startswith(BRIEF_SCHEME):
                target = address.removeprefix(BRIEF_SCHEME)
                slug, _, fragment = target.partition("#")
                yield BriefLink(slug, fragment, block)


def document_ids(document: Document) -> frozenset[str]:
    """Return the ids in a document's body and notes, with those of the notes."""
    ids = set(elements_by_id(document.body))
    for note in document.notes:
        ids.add(note.id)
        ids.update(elements_by_id(note.body))
    return frozenset(ids)


def check_links(
    links: Iterable[BriefLink], ids_by_slug: Mapping[str, AbstractSet[str]]
) -> tuple[Problem, ...]:
    """Return a warning for each link to a part that another brief does not have.

    `Problem.about` is the block that contains the link.
    """
    problems: list[Problem] = []
    for link in dead_links(links, ids_by_slug):
        fragment = unquote(link.fragment)
        ids = ids_by_slug[link.slug]
        part = f"the brief `{link.slug}` has no part with the id `{fragment}`"
        message = f"{part}; the link is plain text"
        fix = f"link to `{link.slug}.md`"
        if len(problems) < MAX_SUGGESTIONS:
            near = closest_name(fragment, _author_ids(ids))
            fix = f"write `{link.slug}.md#{near}`" if near else fix
        problem = Problem(
            "L06", message, fix=fix, severity=Severity.WARNING, about=link.block
        )
        problems.append(problem)
    return tuple(problems)


def dead_links(
    links: Iterable[BriefLink], ids_by_slug: Mapping[str, AbstractSet[str]]
) -> Iterator[BriefLink]:
    """Yield the links to a part that another brief does not have.

    Briefs that `ids_by_slug` does not have are not checked.
    """
    for link in links:
        fragment = unquote(link.fragment)
        ids = ids_by_slug.get(link.slug)
        if ids is not None and fragment and fragment not in ids:
            yield link


def prefix_ids(document: Document, prefix: str) -> Document:
    """Return a copy whose ids and inner links begin with a prefix.

    So several documents can be in one tree, such as a bound PDF: `prefix_ids(document,
    "rents-")` has the note `rents-note-1`. The numbers that readers see stay.
    """

    def copied(tree: Element) -> Element:
        tree = copy.deepcopy(tree)
        for element in tree.iter():
            _prefix_attributes(element, prefix)
        return tree

    notes = [
        replace(
            note,
            body=copied(note.body),
            calls=tuple(f"{prefix}{call}" for call in note.calls),
            id_prefix=f"{prefix}{note.id_prefix}",
        )
        for note in document.notes
    ]
    headings = [replace(each, id=f"{prefix}{each.id}") for each in document.outline]
    figures = [replace(each, id=f"{prefix}{each.id}") for each in document.figures]
    return replace(
        document,
        body=copied(document.body),
        summary=None if document.summary is None else copied(document.summary),
        takeaways=tuple(copied(tree) for tree in document.takeaways),
        outline=tuple(headings),
        notes=tuple(notes),
        figures=tuple(figures),
    )


def _prefix_attributes(element: Element, prefix: str) -> None:
    """Put a prefix before the id of an element, and before the ids it refers to."""
    if not element.attrib:
        return
    if "id" in element.attrib:
        element.set("id", prefix + element.get("id", ""))
    address = element.get("href", "")
    if address.startswith("#"):
        element.set("href", f"#{prefix}{address[1:]}")
    for key in _ID_LISTS:
        names = element.get(key, "").split()
        if names:
            element.set(key, " ".join(f"{prefix}{name}" for name in names))


def _author_ids(ids: Iterable[str]) -> list[str]:
    """Return the ids that people know, and not those of numbered blocks."""
    return [name for name in ids if not _GENERATED_ID.match(name)]


def _resolve_link(
    link: Element, address: str, context: ParseContext, targets: IdRegistry
) -> None:
    """Check one link, and make its address neutral."""
    if address.startswith("#"):
        _resolve_fragment(link, unquote(address[1:]), context, targets)
    elif _WEB.match(address) or address.startswith("//"):
        target = web_address(address, context) or address
        link.set("href", _encoded(target))
    elif "download" not in link.attrib:
        _resolve_file(link, address, context)


def _encoded(address: str) -> str:
    """Return an address without characters that no address contains.

    Only a host may have brackets, as in `http://[::1]/`, and only one `#` begins a part.
    """
    address = _NOT_IN_URL.sub(_percent_encoded, address)
    host = _HOST.match(address)
    path_start = host.end() if host else 0
    path, sign, part = address[path_start:].partition("#")
    path += sign + part.replace("#", "%23")
    return address[:path_start] + path.replace("[", "%5B").replace("]", "%5D")


def _percent_encoded(match: Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def _resolve_fragment(
    link: Element, name: str, context: ParseContext, targets: IdRegistry
) -> None:
    """Check a link inside the brief. Without text it gets the name of its target.

    A link to nothing becomes its words.
    """
    target = targets.find(name)
    if target is not None:
        link.set("href", f"#{targets.name_of(target, name)}")
        if not text_of(link):
            link.text = _name_of_target(target)
        return
    near = context.closest("L01", name, targets.elements, unless=_GENERATED_ID)
    fix = f"write `#{near}`" if near else "give the part an id: `{: #name }`"
    if _NOTE_OF_WORD.match(name):
        fix = "write a note: `[^1]`, and `[^1]: …`"
    message = f"no part of this brief has the id `{name}`; the link is plain text"
    context.warn("L01", message, link, f"#{name}", fix=fix)
    del link.attrib["href"]


def _name_of_target(target: Element) -> str:
    """Return what a target is called: "Figure 2", or the words of a heading."""
    if target.tag != "figure":
        return text_of(target, skip=is_call)[:MAX_LABEL]
    if "plain" in target.get("class", "").split():
        return ""
    for element in target.iter("span"):
        if element.get("class") == "label":
            return text_of(element).replace(" ", "\N{NO-BREAK SPACE}")
    return ""


def _resolve_file(link: Element, address: str, context: ParseContext) -> None:
    """Resolve a link to another brief, to a file beside the page, or to the site.

    A link to nothing becomes its words.
    """
    path, _, fragment = address.partition("#")
    is_of_site = path.startswith("/") and not path.endswith(".md")
    if is_of_site:
        _resolve_site_address(link, address, context)
        return
    if path.lower().endswith(DOWNLOADS):
        if read_asset(path, link, context, what="file") is None:
            del link.attrib["href"]
            return
        link.set("href", published_address(context.brief.folder, path))
        link.set("download", path.rpartition("/")[2])
        return
    name = name_of_brief_file(unquote(path))
    if name in ("", ".", "..") or not name.isprintable():
        _report_unknown_target(link, address, context)
        return
    slug = _slug_of_brief(link, address, name, context)
    if not slug:
        del link.attrib["href"]
        return
    target = BRIEF_SCHEME + slug
    if fragment:
        target += f"#{fragment}"
    link.set("href", target)


def _resolve_site_address(link: Element, address: str, context: ParseContext) -> None:
    """Let an address from the site's root lead there, if the press has a site."""
    target = web_address(address, context)
    if not target:
        _report_unknown_target(link, address, context)
        return
    link.set("href", _encoded(target))
    message = f"`{address}` is read as `{target}`"
    fix = "write the whole address"
    context.warn("L07", message, link, address, fix=fix)


def _report_unknown_target(link: Element, address: str, context: ParseContext) -> None:
    """Report a link to something that is not published, and remove its address."""
    message = f"`{address}` is not published; the link is plain text"
    fix = (
        "link to a brief as other-brief.md, to data as a .csv file, to a page as"
        " https://…"
    )
    if address.startswith("/"):
        fix = "set `url` in `[organisation]` of press.toml, or write https://…"
    context.warn("L05", message, link, address, fix=fix)
    del link.attrib["href"]


def _shown_address(address: str) -> Element:
    """Return an address as text. It is code, so that typography does not change it."""
    shown = Element("code")
    shown.text = address
    return shown


def _slug_of_brief(
    link: Element, address: str, name: str, context: ParseContext
) -> str:
    """Return the slug of the brief that a link names, or "" if there is none.

    If briefs are not checked, it is the name.
    """
    linkable = context.linkable
    if linkable is None:
        return name
    path = address.partition("#")[0]
    try:
        file = resolve_path(context.brief.folder, path)
    except PathError:
        file = ""
    slug = linkable.slug_of(file, name)
    remark = linkable.remarks.get(name) or linkable.remarks.get(slug)
    if remark:
        code = "L09" if slug else "L08"
        end = "" if slug else "; the link is plain text until then"
        context.warn(code, f"`{name}` {remark}{end}", link, address)
    if slug or remark:
        return slug
    near = context.closest("L02", name, linkable.slugs)
    message = f"there is no brief `{name}`; the link is plain text"
    fix = f"write `{near}.md`" if near else ""
    context.warn("L02", message, link, address, fix=fix)
    return ""
