"""Forms: what a value must look like, by the name of its key. A language tag is one wherever it stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WINDOWS = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)),
}
RESERVED = WINDOWS | {
    "index",
    "assets",
}  # names of devices on Windows, and of our own in what a build leaves
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Form:
    """A pattern for the whole of a value, what it is called, and how a wrong value is most likely mended."""

    pattern: str
    called: str
    mend: Callable[[str], str] = lambda _: ""


def check_format(name: str, value: str) -> tuple[str, str]:
    """Return what is wrong with the form of a value, and the fix; nothing where all is well."""
    form = FORMS.get(name)
    if form is None:
        return "", ""
    if re.fullmatch(form.pattern, value):
        right = CHECKS[name](value) if name in CHECKS else True
        return (
            ("", "")
            if right
            else (
                f"`{value}` is not {form.called}: its last character does not check",
                "",
            )
        )
    better = form.mend(value)
    good = bool(better) and re.fullmatch(form.pattern, better) is not None
    return (
        f"`{value}` is not {form.called}",
        f"write `{better}`" if good and better != value else "",
    )


def check_slug(slug: str) -> tuple[str, str]:
    """Return why a word cannot name a file and an address everywhere, and the nearest that can."""
    better = slugify(slug)
    fix = (
        f"write `{better}`"
        if better and better != slug and better not in RESERVED
        else ""
    )
    if slug in RESERVED:
        return (
            f"`{slug}` is a name that is taken by the system or by briefpress",
            f"write `{slug}-brief`",
        )
    if len(slug) > 100:
        return f"`{slug[:20]}…` is longer than 100 characters", "choose a shorter one"
    if not KEY.fullmatch(slug):
        return (
            f"`{slug}` is not made of lower-case letters a to z, digits and single hyphens",
            fix,
        )
    return "", ""


def slugify(text: str) -> str:
    """Return the nearest word that can name a brief: "Rent Limits" gives "rent-limits"."""
    plain = (
        unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    )
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:100].strip("-")


def _orcid(value: str) -> bool:
    """ISO 7064 11-2, as orcid.org computes it."""
    total = 0
    for digit in value.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == value[-1]


def _issn(value: str) -> bool:
    """The eighth digit makes the weighted sum divisible by eleven."""
    digits = [10 if digit == "X" else int(digit) for digit in value.replace("-", "")]
    return (
        sum(
            weight * digit
            for weight, digit in zip(range(8, 0, -1), digits, strict=True)
        )
        % 11
        == 0
    )


def _language(value: str) -> str:
    """Return a tag as BCP 47 writes it: "EN_gb" gives "en-GB"."""
    first, *rest = value.strip().replace("_", "-").split("-")
    return "-".join(
        [
            first.lower(),
            *(part.title() if len(part) == 4 else part.upper() for part in rest),
        ]
    )


TAG = r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?"  # BCP 47: language, script, region
LANGUAGE = Form(TAG, "a language tag such as `en`, `en-GB` or `fa`", _language)
NAME = Form(r"[a-z0-9]+([-_][a-z0-9]+)*", "the name of a theme", slugify)
FORMS: Mapping[str, Form] = {
    "lang": LANGUAGE,
    "language": LANGUAGE,
    "theme": NAME,
    "doi": Form(
        r"10\.\d{4,9}/\S+",
        "a DOI such as `10.1234/abc`",
        lambda v: v[v.find("10.") :] if "10." in v else "",
    ),
    "orcid": Form(
        r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]",
        "an ORCID iD",
        lambda v: v.strip("/").rpartition("/")[2],
    ),
    "issn": Form(r"\d{4}-\d{3}[\dX]", "an ISSN", lambda v: f"{v[:4]}-{v[4:]}"),
    "url": Form(
        r"https?://[^\s/?#<>\"][^\s?#<>\"]*",
        "the address of a site",
        lambda v: f"https://{v}",
    ),
    "email": Form(r"[^\s@<>\"]+@[^\s@<>\"]+", "an e-mail address"),
    "logo": Form(
        r"(?!/|~|[A-Za-z]+:)(?!(.*/)?\.\.(/|$))[^\\]+",
        "a file of the project, named from its top folder",
    ),
}
CHECKS: Mapping[str, Callable[[str], bool]] = {"orcid": _orcid, "issn": _issn}


TOKEN_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# One string, or one run of what cannot end a declaration, a block, a style element or a comment, nor begin one.
TOKEN_PIECE = re.compile(
    r"""'[^'"\\<>\n\r\f]*' | "[^"\\<>\n\r\f]*" | [^'"\\<>{}\[\];@!()\x00-\x1f\x7f/]+ | /(?![*/]) | [()]""",
    re.VERBOSE,
)
LOADS = re.compile(
    r"\b(?:url|src|image|image-set|cross-fade|attr|element|expression)\s*\(",
    re.IGNORECASE,
)
LONGEST_TOKEN = 1000


def check_token(name: str, value: str) -> str:
    """Return why a token cannot be set into a style sheet, as a clause; nothing where it can."""
    if not TOKEN_NAME.fullmatch(name):
        return "has a name that is not of small letters, digits and single hyphens"
    if len(value) > LONGEST_TOKEN:
        return f"is longer than {LONGEST_TOKEN:,} characters"
    if found := LOADS.search(value):
        return f"loads something: `{found[0]}`"
    depth = at = 0
    while at < len(value):
        piece = TOKEN_PIECE.match(value, at)
        if piece is None:
            return f"has `{value[at]}` where it would end the rule that it is set into"
        depth += {"(": 1, ")": -1}.get(piece[0], 0)
        if depth < 0:
            break
        at = piece.end()
    return "has parentheses that do not match" if depth else ""
