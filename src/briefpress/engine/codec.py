"""Values as canonical bytes, and back: what steps read and return.

A value is made of str, int, float, bool, None, bytes, dates, enums, elements, tuples,
frozen sets, mappings and frozen dataclasses of these. The type hints of a dataclass say
how to read it, so no type needs code of its own. Equal values give equal bytes, and
nothing is unpickled.

Bytes are kept as they are. Everything else is JSON in UTF-8: a dataclass is an object
whose keys are its fields, bytes within it are Base64, an element is XHTML, a date is
ISO 8601. Mappings keep their order, frozen sets are sorted. A field that does not take
part in comparisons (`compare=False`) is not kept: it must have a default. One that is
missing, because an earlier version did not have it, gets its default.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints
from xml.etree.ElementTree import Element

from briefpress.xhtml import parse_xhtml, to_xhtml

T = TypeVar("T")
Decoder: TypeAlias = Callable[[object], object]
Encoder: TypeAlias = Callable[..., object]
Hints: TypeAlias = tuple[object, ...]  # the arguments of a type hint
NONE_TYPE = type(None)
PLAIN = frozenset(
    {
        str,
        int,
        float,
        bool,
        NONE_TYPE,
    }
)


def encode(value: object) -> bytes:
    """Return the value as bytes. Raises `TypeError` for a type that is not listed above."""
    if isinstance(value, bytes):
        return value
    text = json.dumps(
        _plain(value),
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    )
    return text.encode("utf-8", "surrogatepass")


def decode(kind: type[T], data: bytes) -> T:
    """Return the value of a type that `encode` wrote.

    Raises `ValueError`, `KeyError` or `TypeError` if the bytes hold something else.
    """
    value = decode_as(kind, data)
    if isinstance(value, kind):
        return value
    found = type(value)
    raise TypeError(f"expected {kind.__name__}, found {found.__name__}")


def decode_as(hint: object, data: bytes) -> object:
    """Return the value that a type hint describes, such as `tuple[Brief, ...]`."""
    if hint is bytes:
        return data
    text = data.decode("utf-8", "surrogatepass")
    decoder = _decoder(hint)
    return decoder(json.loads(text))


def is_immutable(hint: object) -> bool:
    """Return whether values of this type can be shared: no element is within them."""
    return _is_immutable(hint, frozenset())


def _plain(value: object) -> object:
    """Return the value as data that JSON can write."""
    kind: type = type(value)
    if kind in PLAIN:
        return value
    encoder = _encoder(kind)
    return encoder(value)


@cache
def _encoder(kind: type) -> Encoder:
    """Return the function that turns values of this type into plain data."""
    for base, encoder in ENCODERS.items():
        if issubclass(kind, base):
            return encoder
    if is_dataclass(kind):
        return _dataclass_encoder(kind)
    raise TypeError(f"a step cannot read or return a {kind.__name__}")


def _dataclass_encoder(kind: type) -> Encoder:
    names = _kept_fields(kind)

    def encode_dataclass(value: object) -> object:
        return {name: _plain(getattr(value, name)) for name in names}

    return encode_dataclass


def _encode_enum(value: Enum) -> object:
    return value.value


def _encode_tuple(value: tuple[object, ...]) -> object:
    return [_plain(item) for item in value]


def _encode_set(value: frozenset[str]) -> object:
    return sorted(value)


def _encode_mapping(value: Mapping[str, object]) -> object:
    return {key: _plain(item) for key, item in value.items()}


def _encode_bytes(value: bytes) -> object:
    letters = base64.b64encode(value)
    return letters.decode("ascii")


def _encode_date(value: dt.date) -> object:
    return value.isoformat()


@cache
def _kept_fields(kind: type) -> tuple[str, ...]:
    """Return the names of the fields that are written."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} is not a dataclass")
    kept = [field for field in fields(kind) if field.compare]
    return tuple(field.name for field in kept)


@cache
def _decoder(hint: object) -> Decoder:
    """Return the function that turns JSON data into a value of this type."""
    if hint in SCALARS:
        return SCALARS[hint]
    origin = get_origin(hint)
    if origin in CONTAINERS:
        container = CONTAINERS[origin]
        return container(get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass_decoder(hint)
    raise TypeError(f"a step cannot read or return a {hint}")


def _same(data: object) -> object:
    return data


def _decode_base64(data: object) -> bytes:
    text = _string(data)
    return base64.b64decode(text)


def _decode_element(data: object) -> Element:
    text = _string(data)
    return parse_xhtml(text)


def _decode_date(data: object) -> dt.date:
    text = _string(data)
    return dt.date.fromisoformat(text)


def _optional_decoder(members: Hints) -> Decoder:
    """Return a decoder for `X | None`. JSON cannot distinguish the members of other unions."""
    kinds = [kind for kind in members if kind is not NONE_TYPE]
    if PLAIN.issuperset(kinds):
        return _same
    if len(kinds) != 1:
        raise TypeError(f"a step cannot read or return one of {members}")
    inner = _decoder(kinds[0])

    def decode_optional(data: object) -> object:
        if data is None:
            return None
        return inner(data)

    return decode_optional


def _tuple_decoder(kinds: Hints) -> Decoder:
    """Return a decoder for `tuple[X, ...]` or for a tuple of fixed length."""
    if Ellipsis in kinds:
        return _sequence_decoder(kinds)
    decoders = [_decoder(kind) for kind in kinds]

    def decode_fixed(data: object) -> object:
        items = _list(data)
        pairs = zip(decoders, items, strict=True)
        values = [decoder(item) for decoder, item in pairs]
        return tuple(values)

    return decode_fixed


def _sequence_decoder(kinds: Hints) -> Decoder:
    inner = _decoder(kinds[0])

    def decode_sequence(data: object) -> object:
        values = [inner(item) for item in _list(data)]
        return tuple(values)

    return decode_sequence


def _set_decoder(_: Hints) -> Decoder:
    return _decode_set


def _decode_set(data: object) -> object:
    return frozenset(_list(data))


def _mapping_decoder(kinds: Hints) -> Decoder:
    _, kind = kinds
    inner = _decoder(kind)

    def decode_mapping(data: object) -> object:
        items = _object(data).items()
        return {key: inner(item) for key, item in items}

    return decode_mapping


def _dataclass_decoder(kind: type) -> Decoder:
    names = _kept_fields(kind)
    hints = get_type_hints(kind)
    decoders: dict[str, Decoder] = {}

    def decode_dataclass(data: object) -> object:
        if not decoders:  # filled late: a dataclass may hold itself
            by_name = {name: _decoder(hints[name]) for name in names}
            decoders.update(by_name)
        found = _object(data)
        values = {name: decoders[name](found[name]) for name in names if name in found}
        return kind(**values)

    return decode_dataclass


def _string(data: object) -> str:
    if isinstance(data, str):
        return data
    raise _unexpected("text", data)


def _list(data: object) -> list[object]:
    if isinstance(data, list):
        return data
    raise _unexpected("a list", data)


def _object(data: object) -> dict[str, object]:
    if isinstance(data, dict):
        return data
    raise _unexpected("an object", data)


def _unexpected(expected: str, data: object) -> TypeError:
    """Return the error for data of another type than the expected one."""
    found = type(data)
    return TypeError(f"expected {expected}, found {found.__name__}")


def _is_immutable(hint: object, seen: frozenset[object]) -> bool:
    if hint is Element:
        return False
    if hint in seen:
        return True
    seen |= {hint}
    inner: list[object] = [part for part in get_args(hint) if part is not Ellipsis]
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        inner = [hints[name] for name in _kept_fields(hint)]
    return all(_is_immutable(part, seen) for part in inner)


SCALARS: Mapping[object, Decoder] = {
    **dict.fromkeys(PLAIN, _same),
    bytes: _decode_base64,
    dt.date: _decode_date,
    Element: _decode_element,
}
CONTAINERS: Mapping[object, Callable[[Hints], Decoder]] = {
    tuple: _tuple_decoder,
    frozenset: _set_decoder,
    Mapping: _mapping_decoder,
    Union: _optional_decoder,
    types.UnionType: _optional_decoder,
}
ENCODERS: Mapping[type, Encoder] = {
    Enum: _encode_enum,
    tuple: _encode_tuple,
    frozenset: _encode_set,
    Mapping: _encode_mapping,
    bytes: _encode_bytes,
    dt.date: _encode_date,
    Element: to_xhtml,
}
