"""What no edition may contain: checked in the published files, by other code than ours."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pikepdf
import pypdfium2

ACTIVE = {
    "script",
    "iframe",
    "frame",
    "object",
    "embed",
    "applet",
    "base",
    "form",
    "foreignobject",
    "animate",
    "set",
}
LOADING = {
    "src",
    "srcset",
    "poster",
    "data",
    "background",
    "action",
    "formaction",
    "ping",
}
SCHEMES = {"", "http", "https", "mailto", "tel"}
NAMES = {
    "/JavaScript",
    "/JS",
    "/Launch",
    "/GoToR",
    "/GoToE",
    "/SubmitForm",
    "/ImportData",
    "/RichMedia",
    "/EmbeddedFile",
}
FETCHING = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "dns-prefetch",
    "preconnect",
    "import",
    "manifest",
}


def unsafe_parts(out: Path, secret: str) -> Iterator[str]:
    """Yield everything unsafe in a folder of editions: scripts, loads, the secret."""
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        name, data = path.relative_to(out).as_posix(), path.read_bytes()
        if path.suffix == ".pdf":
            yield from (f"{name}: {why}" for why in _pdf(data, secret))
        elif path.suffix == ".epub":
            yield from (f"{name}: {why}" for why in _epub(data, secret))
        else:
            yield from (f"{name}: {why}" for why in _file(name, data, secret))
            if path.suffix == ".html":
                yield from (
                    f"{name}: {src} is missing" for src in _missing_pictures(path, data)
                )


def _file(name: str, data: bytes, secret: str) -> Iterator[str]:
    """Yield what is unsafe in a page, a drawing or a style sheet."""
    if secret.encode() in data:
        yield "the secret"
    if name.endswith(".html"):
        page = _Page()
        page.feed(data.decode())
        for tag, attributes in page.found:
            yield from _element(tag, attributes)
    elif name.endswith((".xhtml", ".svg", ".opf", ".ncx")):
        for element in ET.fromstring(data).iter():
            local = {key.rpartition("}")[2]: value for key, value in element.items()}
            yield from _element(str(element.tag).rpartition("}")[2].lower(), local)
    elif name.endswith(".css"):
        yield from (
            f"leads to {address}"
            for address in re.findall(r"""url\(\s*["']?([^#)"']*)""", data.decode())
            if ":" in address
        )
        if b"@import" in data.lower():
            yield "imports"


def _element(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    """Yield what is unsafe in an element."""
    if tag in ACTIVE:
        yield f"<{tag}>"
    if tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
        yield "<meta http-equiv=refresh>"
    fetches = tag == "link" and not FETCHING.isdisjoint(
        attributes.get("rel", "").lower().split()
    )
    for key, value in attributes.items():
        address = re.sub(r"[\x00-\x20]", "", value).lower()
        scheme = (
            match[1] if (match := re.match(r"([a-z][a-z0-9+.-]*):", address)) else ""
        )
        if key.lower().startswith("on"):
            yield f"{key} on <{tag}>"
        if key.lower() in {"href", "cite", "xlink:href"} and scheme not in SCHEMES:
            yield f"<{tag}> leads to {value}"
        if (
            key.lower() in LOADING
            or (key == "href" and (fetches or tag in {"image", "use"}))
        ) and (
            (scheme and not address.startswith("data:image/"))
            or address.startswith("//")
        ):
            yield f"<{tag}> loads {value}"


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {key: value or "" for key, value in attrs}))


def _missing_pictures(path: Path, data: bytes) -> Iterator[str]:
    """Yield the pictures of a page that were not published."""
    page = _Page()
    page.feed(data.decode())
    for tag, attributes in page.found:
        src = attributes.get("src", "") if tag == "img" else ""
        if (
            src
            and not src.startswith("data:")
            and not (path.parent / unquote(src)).is_file()
        ):
            yield src


def _epub(data: bytes, secret: str) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            yield from (
                f"{info.filename}: {why}"
                for why in _file(info.filename, archive.read(info), secret)
            )


def _pdf(data: bytes, secret: str) -> Iterator[str]:
    """Yield what a PDF reader would run or open, and the secret."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for value in pdf.objects:
            if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
                yield from _dictionary(value)
    document = pypdfium2.PdfDocument(data)
    if any(secret in page.get_textpage().get_text_bounded() for page in document):
        yield "the secret"
    document.close()


def _dictionary(value: pikepdf.Object) -> Iterator[str]:
    keys = set(value.keys())
    names = {str(value.get(key)) for key in ("/S", "/Type", "/Subtype") if key in keys}
    yield from sorted(NAMES & (keys | names))
    if "/URI" in keys and str(value["/URI"]).partition(":")[0].lower() not in SCHEMES:
        yield f"leads to {value['/URI']}"
    for inner in (value[key] for key in keys if key in {"/A", "/AA"}):
        if isinstance(inner, pikepdf.Dictionary):
            yield from _dictionary(inner)
