"""Attributes that the author gave: classes that are ours are taken off, languages checked, directions added."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from briefpress.document.desk import Desk
from briefpress.document.dialect import OUR_CLASSES
from briefpress.document.languages import direction

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
_CLASS = re.compile(r"-?[A-Za-z_][\w-]*\Z")


def check_attributes(root: Element, desk: Desk) -> None:
    """Check classes, languages and directions of a tree that holds nothing of ours yet."""
    for element in root.iter():
        if "class" in element.attrib:
            _check_classes(element, desk)
        if "lang" in element.attrib:
            _check_language(element, desk)
        if element.get("dir", "ltr").lower() not in ("ltr", "rtl", "auto"):
            del element.attrib["dir"]
        for key, value in list(element.attrib.items()):
            element.set(key, value.replace("\n", " ").strip())


def _check_classes(element: Element, desk: Desk) -> None:
    """Keep the classes that are the theme's business."""
    classes = element.attrib.pop("class").split()
    code = element.tag == "code"
    for name in dict.fromkeys(classes):
        if name in OUR_CLASSES or (name.startswith("language-") and not code):
            where = desk.span(element, f".{name}", name)
            desk.warn(
                "D07",
                f"class {name!r} is one of ours and was taken off",
                where,
                "give it another name",
            )
    kept = [
        name
        for name in dict.fromkeys(classes)
        if name not in OUR_CLASSES and _CLASS.match(name)
    ]
    if kept:
        element.set("class", " ".join(kept))


def _check_language(element: Element, desk: Desk) -> None:
    """Keep a language that is one, and say in which direction it runs."""
    tag = element.get("lang", "")
    if not _LANGUAGE.match(tag):
        desk.warn(
            "D08",
            f"{tag!r} is no language",
            desk.span(element, f"lang={tag}", tag),
            "write it as fa, ru or kk",
        )
        del element.attrib["lang"]
    elif "dir" not in element.attrib and direction(tag) != direction(desk.brief.lang):
        element.set("dir", direction(tag))
