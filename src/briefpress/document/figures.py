"""Figures and tables: headline, measure, source and notes of pictures and of tables."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from functools import cache
from unicodedata import normalize
from urllib.parse import quote, unquote, urljoin
from xml.etree.ElementTree import Element, SubElement

from briefpress.document.blocks import (
    copy_position,
    is_source,
    joined,
    lines_of,
    without_break,
    without_dash,
)
from briefpress.document.context import ParseContext
from briefpress.document.files import (
    PathError,
    UnreadableFile,
    WebAddressError,
    published_address,
    resolve_path,
)
from briefpress.document.images import (
    CONVERTED_SUFFIXES,
    CSV,
    SUFFIXES,
    SVG,
    Picture,
    PictureError,
    inspect_picture,
)
from briefpress.document.typography import headline_words
from briefpress.model import Asset
from briefpress.problems import Span
from briefpress.xhtml import (
    BLOCK_ELEMENTS,
    FORBIDDEN_CHARACTERS,
    is_call,
    own_texts,
    text_of,
    unwrap,
)

# A line of Markdown, and where it is, to an element with its inline content.
ParseInline = Callable[[str, Span], Element]

SIMPLIFIED_FIX = "compare it with the original; a PNG shows it as the program drew it"
# Characters of a file's name that addresses contain as they are.
_KEPT_IN_ADDRESSES = "/!$&'()*+,;=:@~"
_WIDTH = re.compile(r"\s*([0-9]{1,5}(?:\.[0-9]{1,3})?)\s*(%|px|cm|mm|in|pt|em)?\s*\Z")
MAX_WIDTH = 5000
MAX_IN_ROW = 4  # pictures side by side
GAP_IN_ROW = 1.5  # per cent of the width, for each picture
MAX_ROWS, MAX_COLUMNS = 200, 20  # larger data is offered as a file only
_FIGURE_HOLDERS = frozenset(("div", "li", "dd", "blockquote"))
_MOVED_ATTRIBUTES = ("id", "lang", "dir")
_SEPARATORS = ",;\t"
# What is assumed of a file that cannot be used, by what it is.
_ASSUMED = {
    "picture": "a box is in its place",
    "data": "the figure has no table",
    "file": "the link is plain text",
}
_ON_THE_WEB = re.compile(r"https?://", re.IGNORECASE)


def make_figures(
    root: Element, context: ParseContext, parse_inline: ParseInline, *, numbered: bool
) -> None:
    """Make figures of the pictures that are alone, and check every picture."""
    unlink_pictures(root, context)
    for parent in list(root.iter()):
        if parent.tag not in _FIGURE_HOLDERS:
            continue
        for index, paragraph in enumerate(list(parent)):
            lines = _lines_of_figure(paragraph)
            if lines:
                figure = _make_figure(
                    paragraph, lines, context, parse_inline, numbered=numbered
                )
                figure.tail = paragraph.tail
                parent[index] = figure
    captions = _captions_of_pictures(root)
    for picture in list(root.iter("img")):
        if picture.attrib.pop("title", ""):
            message = "this picture cannot have a headline"
            fix = "put the picture into a paragraph of its own"
            context.warn("F07", message, picture, picture.get("src", ""), fix=fix)
        picture.attrib.pop("data", None)
        check_picture(picture, context, captions.get(picture))
    for paragraph in root.iter("p"):
        paragraph.attrib.pop("data", None)


def make_html_figures(root: Element) -> None:
    """Make figures as ours of those of raw HTML: the caption first, pictures framed.

    A figure around a table is a box, because the table gets a figure of its own.
    """
    for figure in list(root.iter("figure")):
        if next(figure.iter("table"), None) is not None:
            figure.tag = "div"
            for caption in figure.findall("figcaption"):
                caption.tag = "div" if _has_blocks(caption) else "p"
            continue
        classes = f"figure plain {figure.get('class', '')}"
        figure.set("class", classes.strip())
        captions = figure.findall("figcaption")
        for caption in captions[:1]:
            figure.remove(caption)
            _set_caption(caption)
        others = [_framed(child) for child in figure]
        figure[:] = [*captions[:1], *others]


def _set_caption(caption: Element) -> None:
    """Make a measure of the words of a caption."""
    caption.tail = None
    if _has_blocks(caption):
        return
    measure = Element("p", {"class": "measure"})
    measure.text = (caption.text or "").lstrip()
    measure[:] = list(caption)
    caption.text = None
    caption[:] = [measure]


def _has_blocks(element: Element) -> bool:
    """Return whether an element contains blocks."""
    return any(child.tag in BLOCK_ELEMENTS for child in element)


def _framed(child: Element) -> Element:
    """Return a picture, or a paragraph with only a picture, in its frame."""
    inner = list(child) if child.tag in ("p", "a") else []
    is_alone = [each.tag for each in inner] == ["img"] and not text_of(child)
    if child.tag != "img" and not is_alone:
        return child
    picture = inner[0] if is_alone else child
    picture.tail = None
    frame = Element("div", {"class": "picture"})
    frame.append(picture)
    return frame


def make_headline(words: Element, kind: str) -> Element:
    """Return a headline. With a `kind` it has an empty label, for its number."""
    headline = Element("p", {"class": "headline"})
    if kind:
        label = SubElement(headline, "span", {"class": "label"})
        label.tail = " " + (words.text or "")
    else:
        headline.text = words.text
    headline.extend(words)
    return headline


def label_source(source: Element, context: ParseContext) -> Element:
    """Put the word for "Source:" before a source, and return the source."""
    source.set("class", "source")
    label = Element("span", {"class": "label"})
    label.text = context.language.words["source"]
    label.tail = " " + (source.text or "")
    source.text = None
    source.insert(0, label)
    return source


def read_asset(
    address: str, element: Element, context: ParseContext, *, what: str
) -> bytes | None:
    """Return the bytes of a file that the brief names, and add it to the assets.

    Returns None if it cannot be read, which is reported. `what` the file is, "picture"
    or "data", is for the message.
    """
    asset = find_asset(address, element, context, what=what)
    if asset is None:
        return None
    context.assets.setdefault(asset.src, asset)
    content = context.read_file(asset.path)
    return content if isinstance(content, bytes) else None


def find_asset(
    address: str, element: Element, context: ParseContext, *, what: str
) -> Asset | None:
    """Return the file that the brief names, or None if it cannot be read.

    A name may be written as it is or with `%20` for a space, and its accents in any
    form of Unicode.
    """
    folder = context.brief.folder
    try:
        path = resolve_path(folder, address)
    except PathError as error:
        code = "F14" if isinstance(error, WebAddressError) else "F01"
        message = f"{what} `{address}` cannot be used: {error}; {_ASSUMED[what]}"
        context.warn(code, message, element, address)
        return None
    content = context.read_file(path)
    for other in _other_forms(address):
        if not _is_missing(content):
            break
        other_path = resolve_path(folder, other)
        found = context.read_file(other_path)
        if not _is_missing(found):
            address, path, content = other, other_path, found
    max_bytes = context.limits.picture_bytes
    if isinstance(content, bytes) and len(content) > max_bytes:
        content = UnreadableFile("large", size=len(content))
    if isinstance(content, UnreadableFile):
        _report_unreadable(content, address, element, context, what=what)
        return None
    src = quote(unquote(published_address(folder, address)), safe=_KEPT_IN_ADDRESSES)
    return Asset(src, path, CSV)


def _other_forms(address: str) -> list[str]:
    """Return other ways to read an address, encoded, if it names no file."""
    name = unquote(address)
    forms = [address, normalize("NFC", name), normalize("NFD", name)]
    encoded = [quote(form) for form in dict.fromkeys(forms)]
    return [each for each in encoded if unquote(each) != name]


def _is_missing(content: bytes | UnreadableFile) -> bool:
    return isinstance(content, UnreadableFile) and content.reason == "missing"


def check_picture(
    picture: Element, context: ParseContext, caption: Element | None
) -> None:
    """Check a picture's alternative text, file, kind and size; set its size.

    A picture that cannot be shown becomes a box, and a caption describes one without
    alternative text.
    """
    address = picture.get("src", "")
    found = _find_picture(address, picture, context) if address else None
    if found is None:
        _make_box(picture, address, context)
        return
    asset, shown = found
    if not picture.get("alt", "").strip():
        _describe(picture, address, context, caption)
    src = asset.src + _added_suffix(picture, address, shown, context)
    context.assets[src] = Asset(src, asset.path, shown.media, shown.converted)
    for loss in shown.losses:
        message = f"picture `{address}` was simplified: {loss}"
        context.warn("F13", message, picture, address, fix=SIMPLIFIED_FIX)
    picture.set("src", src)
    width = _css_width(picture.get("width", ""))
    if width:
        picture.set("style", f"width:{width}")
    picture.set("width", str(shown.width))
    picture.set("height", str(shown.height))


def _find_picture(
    address: str, picture: Element, context: ParseContext
) -> tuple[Asset, Picture] | None:
    """Return the file of a picture and what it shows, or None if it cannot be shown."""
    asset = find_asset(address, picture, context, what="picture")
    data = context.read_file(asset.path) if asset else None
    if asset is None or not isinstance(data, bytes):
        return None
    max_pixels = context.limits.picture_pixels
    try:
        found = inspect_picture(data, max_pixels)
    except PictureError as error:
        assumed = _ASSUMED["picture"]
        message = f"picture `{address}` cannot be used: {error}; {assumed}"
        context.warn("F05", message, picture, address, fix=error.fix)
        return None
    if found.media != SVG and found.width * found.height > max_pixels:
        message = (
            f"picture `{address}` has {found.width:,} × {found.height:,} pixels, and the"
            f" limit is {max_pixels:,} in all"
        )
        context.error("F04", message, picture, address, fix="save it smaller")
    return asset, found


def _describe(
    picture: Element, address: str, context: ParseContext, caption: Element | None
) -> None:
    """Describe a picture with its caption, or mark it as not described."""
    words = _words_of(caption) if caption is not None else ""
    assumed = "its caption describes it"
    if not words:
        words = context.language.words["undescribed"]
        assumed = "it is marked as not described"
        classes = f"undescribed {picture.get('class', '')}"
        picture.set("class", classes.strip())
    picture.set("alt", words)
    message = f"the picture has no alternative text; {assumed}"
    fix = "describe it: `![a line that climbs from 100 to 141](…)`"
    context.warn("F03", message, picture, address, fix=fix)


def _words_of(caption: Element) -> str:
    """Return the words of a caption that describe its picture, so without its source."""
    lines = [line for line in caption if line.get("class") != "source"]
    words = [text_of(line, skip=is_call) for line in lines]
    return " ".join(filter(None, words))


def _captions_of_pictures(root: Element) -> dict[Element, Element]:
    """Return the captions of the pictures that are alone in a figure."""
    captions = {}
    for figure in root.iter("figure"):
        pictures = list(figure.iter("img"))
        caption = figure.find("figcaption")
        if len(pictures) == 1 and caption is not None:
            captions[pictures[0]] = caption
    return captions


def _make_box(picture: Element, address: str, context: ParseContext) -> None:
    """Make a box of a picture that cannot be shown: its words, and its address."""
    name = unquote(address).rpartition("/")[2]
    words = picture.get("alt", "").strip() or name
    tail = picture.tail
    kept = {key: picture.get(key, "") for key in ("id", "lang", "dir")}
    classes = f"unshown {picture.get('class', '')}"
    picture.clear()
    picture.tag = "span"
    picture.tail = tail
    picture.set("class", classes.strip())
    for key, value in kept.items():
        if value:
            picture.set(key, value)
    label = SubElement(picture, "span", {"class": "unshown-words"})
    label.text = words or context.language.words["undescribed"]
    if not address or address == words:
        return
    label.tail = " "
    place = SubElement(picture, "span", {"class": "unshown-address"})
    target = web_address(address, context)
    if target:
        SubElement(place, "a", {"href": target}).text = target
    else:
        SubElement(place, "code").text = address


def web_address(address: str, context: ParseContext) -> str:
    """Return where an address leads on the web, or "".

    `//…` has the scheme of the page that it is on, and `/…` its site.
    """
    if _ON_THE_WEB.match(address):
        return address
    if address.startswith("//"):
        return f"https:{address}"
    site = context.linkable.site if context.linkable else ""
    return urljoin(site, address) if site and address.startswith("/") else ""


def _css_width(written: str) -> str:
    """Return the width that the author asks for: "50%", "8cm"; "" if it is not one."""
    match = _WIDTH.match(written)
    if match is None or not 0 < float(match[1]) <= MAX_WIDTH:
        return ""
    return f"{match[1]}{match[2] or 'px'}"


def _added_suffix(
    picture: Element, address: str, found: Picture, context: ParseContext
) -> str:
    """Return what is added to the name of a picture; report one of another kind.

    Under a name that is not a picture's, the file could replace another: `index.html`
    is the page.
    """
    suffixes = SUFFIXES[found.media]
    name = address.lower()
    if name.endswith(suffixes):
        return found.suffix
    if found.suffix and name.endswith(CONVERTED_SUFFIXES):
        return found.suffix
    kind = found.media.partition("/")[2].partition("+")[0].upper()
    message = f"picture `{address}` is a {kind}, and is published with {suffixes[0]}"
    fix = f"change the end of its name to {suffixes[0]}"
    context.warn("F06", message, picture, address, fix=fix)
    return suffixes[0]


def _report_unreadable(
    file: UnreadableFile,
    address: str,
    element: Element,
    context: ParseContext,
    *,
    what: str,
) -> None:
    """Report why a file cannot be read."""
    if file.reason == "missing":
        folder = address.rpartition("/")[0]
        near = f"{folder}/{file.near}" if folder and file.near else file.near
        fix = f"write `{near}`" if near else f"put {what} `{address}` into the folder"
        message = f"there is no file `{address}`; {_ASSUMED[what]}"
        context.warn("F01", message, element, address, fix=fix)
    elif file.reason == "unreadable":
        message = f"file `{address}` cannot be opened; {_ASSUMED[what]}"
        context.warn("F01", message, element, address, fix="let us read it")
    elif file.reason == "outside":
        message = f"{what} `{address}` is a link to a file outside the project"
        fix = "put a copy into the project"
        context.error("F02", message, element, address, fix=fix)
    elif file.reason == "large":
        limit = context.limits.picture_bytes
        message = (
            f"{what} `{address}` has {file.size:,} bytes, and the limit is {limit:,}"
        )
        context.error("F04", message, element, address)
    else:
        message = f"{what} `{address}` is not a regular file"
        context.error("F02", message, element, address)


def unlink_pictures(root: Element, context: ParseContext) -> None:
    """Remove the links around pictures: PDF/UA has no place for them."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == "a" and next(child.iter("img"), None) is not None:
                message = "a picture cannot be a link"
                fix = "put the link into the text"
                context.warn("F08", message, child, child.get("href", ""), fix=fix)
                unwrap(parent, child)


def _lines_of_figure(paragraph: Element) -> list[Element]:
    """Return the lines of a paragraph whose first line is only a picture, or none."""
    if paragraph.tag != "p" or not len(paragraph) or (paragraph.text or "").strip():
        return []
    if paragraph[0].tag != "img" or _has_words_in_first_line(paragraph):
        return []
    return lines_of(paragraph)


def _has_words_in_first_line(paragraph: Element) -> bool:
    """Return whether the first line of a paragraph has more than pictures."""
    for child in paragraph:
        words, line_end, _ = (child.tail or "").partition("\n")
        if child.tag not in ("img", "br") or words.strip():
            return True
        if line_end:
            return False
    return False


def _pictures_of(line: Element) -> list[Element]:
    """Return the pictures of a line that has nothing else."""
    pictures = [child for child in line if child.tag == "img"]
    has_text = any((text or "").strip() for text in own_texts(line))
    others = [child for child in line if child.tag not in ("img", "br")]
    return [] if has_text or others else pictures


def _make_figure(
    paragraph: Element,
    lines: list[Element],
    context: ParseContext,
    parse_inline: ParseInline,
    *,
    numbered: bool,
) -> Element:
    """Return the figure of a paragraph: pictures, data, caption with source."""
    rows = []
    while lines and (pictures := _pictures_of(lines[0])):
        rows.append(pictures)
        lines.pop(0)
    picture = rows[0][0]
    title = picture.attrib.pop("title", "")
    kind = "figure" if numbered and title else ""
    figure = Element("figure", _moved_attributes(paragraph, picture))
    own_classes = "figure" if kind else "figure plain"
    figure.set("class", f"{own_classes} {figure.get('class', '')}".strip())
    source = None
    if lines and is_source(lines[-1]):
        source = joined([without_dash(lines.pop())])
    caption = Element("figcaption")
    if title:
        words = parse_inline(title, context.span_of(picture))
        headline = make_headline(words, kind)
        copy_position(headline, paragraph, 0, context)
        caption.append(headline)
    if lines:
        measure = joined(lines, **{"class": "measure"})
        copy_position(measure, paragraph, len(rows), context)
        caption.append(measure)
    if source is not None:
        copy_position(source, paragraph, len(rows) + len(lines), context)
        caption.append(label_source(source, context))
    if paragraph in context.positions:
        context.positions[figure] = context.positions[paragraph]
    figure.extend([_picture_row(pictures) for pictures in rows])
    data = picture.attrib.pop("data", "") or paragraph.attrib.pop("data", "")
    if data:
        _add_data(figure, data, context)
    if len(caption):
        figure.append(caption)  # HTML allows it at the beginning or the end only
    return figure


def _picture_row(pictures: list[Element]) -> Element:
    """Return the frame of pictures that are side by side."""
    frames = []
    for picture in pictures:
        picture.tail = None
        frame = Element("div", {"class": "picture"})
        frame.append(picture)
        frames.append(frame)
    if len(frames) == 1:
        return frames[0]
    in_row = max(2, min(len(frames), MAX_IN_ROW))
    for frame in frames:
        frame.set("style", f"width:{(100 - GAP_IN_ROW * in_row) / in_row:.2f}%")
    row = Element("div", {"class": "pictures"})
    row.extend(frames)
    return row


def _moved_attributes(paragraph: Element, picture: Element) -> dict[str, str]:
    """Return the author's attributes of the picture, or of its paragraph."""
    moved = {}
    for key in _MOVED_ATTRIBUTES:
        value = picture.attrib.pop(key, "") or paragraph.get(key, "")
        if value:
            moved[key] = value
    picture_classes = picture.attrib.pop("class", "").split()
    classes = [*picture_classes, *paragraph.get("class", "").split()]
    if classes:
        moved["class"] = " ".join(classes)
    return moved


def _add_data(figure: Element, address: str, context: ParseContext) -> None:
    """Add a figure's data as a table, for those who cannot see the picture."""
    if not address.lower().endswith(".csv"):
        message = f"data `{address}` is not a CSV file; {_ASSUMED['data']}"
        fix = "write the name of a file that ends in .csv"
        context.warn("F09", message, figure, address, fix=fix)
        return
    content = read_asset(address, figure, context, what="data")
    if content is None:
        return
    try:
        rows = _csv_rows(content)
    except _DataError as error:
        message = f"data `{address}` cannot be used: {error}; {_ASSUMED['data']}"
        context.warn("F09", message, figure, address, fix=error.fix)
        return
    figure.append(_data_details(rows, published_address(context.brief.folder, address)))


class _DataError(ValueError):
    """Data that cannot be used. The message is a clause; `fix` is what to do."""

    def __init__(self, clause: str, fix: str) -> None:
        super().__init__(clause)
        self.fix = fix


def _csv_rows(content: bytes) -> list[list[str]]:
    """Return the rows of a CSV file that are not empty, all of one length.

    Raises `_DataError`.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        clause = f"byte {error.start + 1} is not UTF-8"
        raise _DataError(clause, "save it as CSV in UTF-8") from error
    if FORBIDDEN_CHARACTERS.search(text):
        raise _DataError("it is not a text file", "save it as CSV in UTF-8")
    head_line = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head_line.count)
    reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    try:
        cells = [[cell.strip() for cell in row] for row in reader]
    except csv.Error as error:
        clause = f"line {reader.line_num}: {error}"
        raise _DataError(clause, "save it as CSV") from error
    rows = [row for row in cells if any(row)]
    if len(rows) < 2 or not all(rows[0]):
        clause = "it needs a head row with a name for each column, and a row of data"
        raise _DataError(clause, "add the head row or the data")
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) > width:
            clause = f"row {number} has {len(row)} cells, and the head row has {width}"
            fix = "name all columns, or put cells with the separator in quotation marks"
            raise _DataError(clause, fix)
        row.extend([""] * (width - len(row)))
    return rows


def _data_details(rows: list[list[str]], address: str) -> Element:
    """Return a `<details>` with the data as a table, and a link to the file."""
    details = Element("details", {"class": "data"})
    SubElement(details, "summary")
    if len(rows) <= MAX_ROWS and len(rows[0]) <= MAX_COLUMNS:
        region = {"class": "scroll", "role": "region", "tabindex": "0"}
        scroll = SubElement(details, "div", region)
        table = SubElement(scroll, "table")
        head = SubElement(SubElement(table, "thead"), "tr")
        for cell in rows[0]:
            SubElement(head, "th", {"scope": "col"}).text = cell
        body = SubElement(table, "tbody")
        for row in rows[1:]:
            body_row = SubElement(body, "tr")
            for cell in row:
                SubElement(body_row, "td").text = cell
    name = address.rpartition("/")[2]
    download = SubElement(details, "p", {"class": "download"})
    link = SubElement(download, "a", {"href": address, "download": name})
    link.text = name
    return details


# A number with its units and marks, and what stands for one that is not known.
_NUMBER = re.compile(r"[^\w]*+\d[\d\s.,'’/:]*+[\s%‰$€£¥₸₽]*+(?:\*|\(\d+\))?\Z")
_UNKNOWN = re.compile(r"[–—\-.…]*\Z|n/?a\Z", re.IGNORECASE)
_ALIGNMENTS = ("left", "right", "center")
MAX_SPAN = 1000  # columns or rows that a cell may span
_SPAN = re.compile(r"[0-9]{1,4}\Z")


def make_tables(root: Element, context: ParseContext, *, numbered: bool) -> None:
    """Put a figure around every table, and set its cells."""
    for parent in list(root.iter()):
        tables = [child for child in parent if child.tag == "table"]
        if tables and parent.get("class") != "scroll":
            _frame_tables(parent, context, numbered=numbered)
        for table in tables:
            set_cells(table, context)
    for paragraph in root.iter("p"):
        is_named = not (paragraph.text or "").lstrip().startswith(":")
        if is_named and _is_headline(paragraph) and not paragraph.get("class"):
            message = "there is no table after this headline"
            context.warn("F12", message, paragraph)


@cache
def _headline_start() -> re.Pattern[str]:
    """Return what begins a headline, "Table:", in every language."""
    words = "|".join(re.escape(word) for word in headline_words())
    return re.compile(rf"\s*(?:{words})?\s?:[ ]+")


def _is_headline(element: Element) -> bool:
    """Return whether an element is the paragraph with a table's headline."""
    return element.tag == "p" and bool(_headline_start().match(element.text or ""))


def _frame_tables(parent: Element, context: ParseContext, *, numbered: bool) -> None:
    """Put each table of a parent into a figure, with its headline and source."""
    blocks = list(parent)
    framed: list[Element] = []
    index = 0
    while index < len(blocks):
        block = blocks[index]
        index += 1
        if block.tag != "table":
            framed.append(block)
            continue
        before = framed[-1] if framed and not (framed[-1].tail or "").strip() else None
        if before is not None and _is_headline(before):
            framed.pop()
        else:
            before = None
        if before is None and _has_headline_below(blocks, index):
            before = blocks[index]
            index += 1
        after = None
        if index < len(blocks) and _is_source_paragraph(block, blocks[index]):
            after = blocks[index]
            index += 1
        framed.append(
            _make_table_figure(block, before, after, context, numbered=numbered)
        )
    parent[:] = framed


def _has_headline_below(blocks: Sequence[Element], index: int) -> bool:
    """Return whether the block after a table is its headline, and not the next one's.

    Where tables and headlines alternate, the headlines are below if one is the last.
    """
    while index < len(blocks) and _is_headline(blocks[index]):
        if index + 1 == len(blocks) or blocks[index + 1].tag != "table":
            return True
        index += 2
    return False


def _is_source_paragraph(table: Element, paragraph: Element) -> bool:
    """Return whether a paragraph directly after a table is its source."""
    has_text_between = bool((table.tail or "").strip())
    is_paragraph = paragraph.tag == "p" and not has_text_between
    return is_paragraph and is_source(paragraph)


def _make_table_figure(
    table: Element,
    before: Element | None,
    after: Element | None,
    context: ParseContext,
    *,
    numbered: bool,
) -> Element:
    """Return the figure of a table, with the paragraphs before and after it."""
    figure = Element("figure", {"class": "table plain"})
    position = context.positions.get(table) or context.position_of(table)
    if position[0]:
        context.positions[figure] = position
    if before is not None:
        figure.append(_make_caption(before, context, numbered=numbered))
        attributes = dict(before.attrib)
        classes = ["table", "" if numbered else "plain", attributes.pop("class", "")]
        figure.attrib.update(attributes)
        figure.set("class", " ".join(filter(None, classes)))
    region = {"class": "scroll", "role": "region", "tabindex": "0"}
    scroll = SubElement(figure, "div", region)
    figure.tail, table.tail = table.tail, None
    if after is not None:
        lines = lines_of(after)
        if lines:
            lines[0] = without_dash(lines[0])
        source = joined(lines)
        copy_position(source, after, 0, context)
        figure.append(label_source(source, context))
        figure.tail = after.tail
    scroll.append(table)
    return figure


def _make_caption(
    paragraph: Element, context: ParseContext, *, numbered: bool
) -> Element:
    """Return the caption of the paragraph before a table."""
    paragraph.text = _headline_start().sub("", paragraph.text or "", count=1)
    lines = lines_of(paragraph)
    words = without_break(lines[0]) if lines else Element("p")
    headline = make_headline(words, "table" if numbered else "")
    copy_position(headline, paragraph, 0, context)
    caption = Element("figcaption")
    caption.append(headline)
    if lines[1:]:
        measure = joined(lines[1:], **{"class": "measure"})
        copy_position(measure, paragraph, 1, context)
        caption.append(measure)
    return caption


def set_cells(table: Element, context: ParseContext) -> None:
    """Set the scope of header cells and the classes of numbers; check the widths."""
    for cell in table.iter():
        if cell.tag in ("th", "td"):
            _set_alignment(cell)
    head_rows = _rows_of_head(table)
    for cell in _cells_of(head_rows):
        if cell.tag == "th":
            cell.attrib.setdefault("scope", "col")
    in_head = set(head_rows)
    body_rows = [row for row in table.iter("tr") if row not in in_head]
    rows = head_rows + body_rows
    _fill_rows(rows, table, context)
    _set_row_headers(body_rows)
    if not any(_spans_cells(cell) for cell in _cells_of(rows)):
        _mark_numbers(head_rows, body_rows)


def _rows_of_head(table: Element) -> list[Element]:
    """Return the rows of a table's head. A head without content is removed."""
    rows = [row for head in table.iter("thead") for row in head.iter("tr")]
    has_content = any(_has_content(cell) for cell in _cells_of(rows))
    if rows and not has_content:
        table.remove(next(table.iter("thead")))
        return []
    return rows


def _has_content(cell: Element) -> bool:
    """Return whether a cell has words or a picture."""
    return bool(text_of(cell)) or next(cell.iter("img"), None) is not None


def _cells_of(rows: Sequence[Element]) -> list[Element]:
    return [cell for row in rows for cell in row]


def _set_alignment(cell: Element) -> None:
    """Make a class of the alignment."""
    alignment = cell.attrib.pop("align", "").lower()
    if alignment in _ALIGNMENTS:
        cell.set("class", f"{alignment} {cell.get('class', '')}".strip())


def _spans_cells(cell: Element) -> bool:
    """Return whether a cell spans several columns or rows."""
    return cell.get("colspan", "1") != "1" or cell.get("rowspan", "1") != "1"


def _fill_rows(rows: Sequence[Element], table: Element, context: ParseContext) -> None:
    """Add empty cells so that all rows have one width, as PDF/UA requires.

    Reports the first row that is longer or shorter than the first one.
    """
    widths = _widths_of(rows)
    width = max(widths, default=0)
    for number, (row, row_width) in enumerate(zip(rows, widths, strict=True), 1):
        if row_width != widths[0]:
            message = (
                f"the width of row {number} of the table is {row_width}, and that of"
                f" the first row is {widths[0]}"
            )
            fix = r"write `\|` for a bar that is text"
            context.warn("F11", message, row if len(row) else table, fix=fix)
            break
    for row, row_width in zip(rows, widths, strict=True):
        is_head = len(row) > 0 and all(cell.tag == "th" for cell in row)
        for _ in range(width - row_width):
            cell = SubElement(row, "th" if is_head else "td")
            cell.tail = "\n"


def _widths_of(rows: Sequence[Element]) -> list[int]:
    """Return the width of each row. A cell that spans rows counts in each of them."""
    widths: list[int] = []
    hanging: list[int] = []  # for each column of a tall cell, the rows that it has
    for row in rows:
        width = len(hanging)
        hanging = [left - 1 for left in hanging if left > 1]
        for cell in row:
            columns = _read_span(cell, "colspan")
            cell_rows = _read_span(cell, "rowspan")
            width += columns
            if cell_rows > 1:
                hanging += [cell_rows - 1] * columns
        widths.append(width)
    return widths


def _read_span(cell: Element, key: str) -> int:
    """Return how many columns or rows a cell spans, and correct a wrong number."""
    if key not in cell.attrib:
        return 1
    value = cell.get(key, "").strip()
    number = 1
    if _SPAN.match(value):
        number = max(1, min(int(value), MAX_SPAN))
    cell.set(key, str(number))
    return number


def _set_row_headers(rows: Sequence[Element]) -> None:
    """Make headers of the first column if its cells have text and all differ."""
    first_cells = [row[0] for row in rows if len(row) > 1]
    words = [text_of(cell) for cell in first_cells]
    are_unique = len(words) == len(rows) == len(set(words))
    if are_unique and all(words):
        for cell in first_cells:
            if cell.get("rowspan", "1") == "1":
                cell.tag = "th"
    for row in rows:
        scope = "row"
        for cell in row:
            if cell.tag == "th":
                cell.attrib.setdefault("scope", scope)
            scope = "col"


def _mark_numbers(head_rows: Sequence[Element], body_rows: Sequence[Element]) -> None:
    """Set the classes of the columns that contain only numbers."""
    rows = [*head_rows, *body_rows]
    columns = min(map(len, rows)) if body_rows else 0
    for column in range(columns):
        cells = [row[column] for row in body_rows]
        if not _are_numbers(cells):
            continue
        for cell in [*(row[column] for row in head_rows), *cells]:
            classes = cell.get("class", "").split()
            is_data = cell.tag == "td"
            if is_data:
                classes.append("number")
            is_aligned = not set(_ALIGNMENTS).isdisjoint(classes)
            if not is_aligned and (is_data or column):
                classes.insert(0, "right")
            if classes:
                cell.set("class", " ".join(classes))


def _are_numbers(cells: Sequence[Element]) -> bool:
    """Return whether cells contain numbers, apart from those that are not known."""
    words = [text_of(cell, skip=_is_link) for cell in cells]
    known = [word for word in words if not _UNKNOWN.match(word)]
    return bool(known) and all(_NUMBER.match(word) for word in known)


def _is_link(element: Element) -> bool:
    """Return whether an element is a link or a note call."""
    return element.tag == "a"
