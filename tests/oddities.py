"""Files that a repository cannot contain, or that would be large: made from TOML.

`kind` is a `pipe`, a `link`, a `file` with its `text` or with what it is to `repeat`,
`bytes` in hexadecimal, `zeros`, or a `picture`. The folders of `tests/problems` and
`tests/hostile` describe such files.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Item = Mapping[str, Any]


def add_oddities(project: Path, items: Sequence[Item]) -> None:
    """Make each file at its `path` in the project."""
    for item in items:
        path = project / item["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        match item["kind"]:
            case "pipe":
                os.mkfifo(path)
            case "link":
                path.symlink_to(item["to"])
            case _:
                path.write_bytes(content_of(item))


def content_of(item: Item) -> bytes:
    """Return the content of a file."""
    match item["kind"]:
        case "file":
            return (
                item["text"] if "text" in item else repeated(item["repeat"])
            ).encode("utf-8", "surrogatepass")
        case "bytes":
            return bytes.fromhex(item["hex"])
        case "zeros":
            return bytes(int(item["bytes"]))
        case "picture":
            return _picture(item)
    raise ValueError(item["kind"])


def repeated(parts: Sequence[Item | str]) -> str:
    """Return parts one after another, each repeated. `{n}` in a part counts from 1."""
    return "".join(
        part if isinstance(part, str) else _times(part["text"], part["times"])
        for part in parts
    )


def _times(text: str, times: int) -> str:
    return (
        "".join(text.replace("{n}", str(n)) for n in range(1, times + 1))
        if "{n}" in text
        else text * times
    )


def _picture(item: Item) -> bytes:
    """Return a picture with a `format`, a `mode` and a `size`.

    A PNG can `declare` another size than it has. `cut` is the length of a truncated
    file, `after` is text that follows the picture.
    """
    from PIL import Image

    size = tuple(item.get("size", (8, 6)))
    frames = [
        Image.new(item.get("mode", "RGB"), size, n * 40)
        for n in range(1, item.get("frames", 1) + 1)
    ]
    out = io.BytesIO()
    more = {"append_images": frames[1:], "save_all": True} if frames[1:] else {}
    more |= {"icc_profile": bytes.fromhex(item["icc"])} if "icc" in item else {}
    frames[0].save(out, item.get("format", "PNG"), **more)
    data = out.getvalue()
    if "declare" in item:
        head = b"IHDR" + struct.pack(">II", *item["declare"]) + data[24:29]
        data = data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:]
    return bytes(
        data[: item.get("cut", len(data))] + str(item.get("after", "")).encode()
    )
