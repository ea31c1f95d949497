"""The files that a brief shows or offers: looked at, judged, and listed."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from briefpress.document.desk import Desk
from briefpress.document.files import Absent, PathError, published, resolve
from briefpress.document.pictures import CSV, SUFFIXES, PictureError, inspect
from briefpress.model import Asset
from briefpress.problems import Span


def file_of(address: str, element: Element, desk: Desk, *, what: str) -> bytes | None:
    """Return the bytes of a file that the brief names, and list it; say what is wrong when it cannot be had."""
    try:
        path = resolve(desk.brief.folder, address)
    except PathError as error:
        desk.error("F02", f"{what} {address!r}: {error}", desk.span(element, address))
        return None
    found = desk.look(path)
    if isinstance(found, bytes) and len(found) > desk.limits.picture_bytes:
        found = Absent("large", size=len(found))
    if isinstance(found, Absent):
        _tell(found, address, what, desk.span(element, address), desk)
        return None
    src = published(desk.brief.folder, address)
    desk.assets.setdefault(src, Asset(src, path, CSV))
    return found


def _tell(absent: Absent, address: str, what: str, where: Span, desk: Desk) -> None:
    """Say why a file cannot be had."""
    if absent.reason == "missing":
        folder = address.rpartition("/")[0]
        near = f"{folder}/{absent.near}" if folder and absent.near else absent.near
        desk.error(
            "F01",
            f"there is no file {address!r}",
            where,
            f"write {near!r}" if near else "",
        )
    elif absent.reason == "outside":
        desk.error(
            "F02", f"{what} {address!r} is a link that leaves the project", where
        )
    elif absent.reason == "large":
        limit = desk.limits.picture_bytes
        desk.error(
            "F04",
            f"{what} {address!r} has {absent.size:,} bytes, and {limit:,} is the limit",
            where,
        )
    else:
        desk.error("F02", f"{what} {address!r} is no plain file", where)


def picture_of(picture: Element, desk: Desk) -> None:
    """Look at a picture: its alternative text, its file, its kind and size."""
    address = picture.get("src")
    if address is None:
        return  # `sanitise` has said why
    if not picture.get("alt", "").strip():
        fix = "say what one sees in it: ![a line that climbs from 100 to 141](…)"
        desk.error(
            "F03",
            "the picture has no alternative text",
            desk.span(picture, address),
            fix,
        )
    data = file_of(address, picture, desk, what="picture")
    if data is None:
        return
    try:
        found = inspect(data)
    except PictureError as error:
        where = desk.span(picture, address)
        desk.error(
            "F05",
            f"picture {address!r} cannot be set: {error}",
            where,
            "save it as SVG, PNG or JPEG",
        )
        return
    if found.width * found.height > desk.limits.picture_pixels and found.media in (
        "image/png",
        "image/jpeg",
    ):
        size = f"{found.width:,} by {found.height:,} pixels"
        message = f"picture {address!r} has {size}, and {desk.limits.picture_pixels:,} in all is the limit"
        desk.error("F04", message, desk.span(picture, address))
    src = published(desk.brief.folder, address)
    picture.set("src", src)
    desk.assets[src] = Asset(src, desk.assets[src].path, found.media)
    picture.set("width", str(found.width))
    picture.set("height", str(found.height))
    if not address.lower().endswith(SUFFIXES[found.media]):
        kind = found.media.partition("/")[2].partition("+")[0].upper()
        fix = f"name it {SUFFIXES[found.media][0]}"
        known = address.lower().endswith(
            tuple(suffix for known in SUFFIXES.values() for suffix in known)
        )
        tell = (
            desk.warn if known else desk.error
        )  # it is published under its name: `index.html` would be the page
        tell(
            "F06",
            f"picture {address!r} holds a {kind}",
            desk.span(picture, address),
            fix,
        )
