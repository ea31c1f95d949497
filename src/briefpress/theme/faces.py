"""The faces of a chain of themes, each looked up in its package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from briefpress.problems import Problem
from briefpress.theme.fonts import FontFace, face_fault, font_digest
from briefpress.theme.level import Level, Toml, words_of

FACE = frozenset({"family", "package", "file", "weight", "style", "opsz"})


def read_faces(
    levels: Sequence[tuple[Level, Toml]], problems: list[Problem]
) -> tuple[FontFace, ...]:
    """Return the faces of the chain, those that no sheet asks for among them.

    A level's face stands before its parent's of the same family, weight and style.
    """
    faces: dict[tuple[str, str, str], FontFace] = {}
    for level, (node, source) in levels:
        listed = node.value.get("fonts") if isinstance(node.value, dict) else None
        if listed is None:
            continue
        for item in listed.value if isinstance(listed.value, tuple) else (listed,):
            raw = {
                key: word
                for key, word in words_of(item).items()
                if key in FACE and isinstance(word, str)
            }
            line = source.place(item.at[0] or listed.key[0])[0]
            if wrong := face_fault(raw):
                level.refuse(Problem("T08", f"a font {wrong}", level.span(line)))
            face = FontFace(**{"weight": "400", "style": "normal"} | raw)
            try:
                digest = font_digest(face.package, face.file)
            except FileNotFoundError:
                message = f"the font “{face.family}” is not installed: {face.package}, {face.file}"
                problems.append(
                    Problem(
                        "T05",
                        message,
                        level.span(line),
                        f"`pip install {face.package}`",
                    )
                )
                continue
            except ValueError as error:
                message = f"the font “{face.family}” is damaged: {error}"
                level.refuse(
                    Problem(
                        "T05", message, level.span(line), "install the package again"
                    )
                )
            faces.setdefault(
                (face.family, face.weight, face.style), replace(face, digest=digest)
            )
    return tuple(faces.values())
