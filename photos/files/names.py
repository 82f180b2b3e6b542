"""Names of files as users see them: on pages, in ZIP files and deliveries. No path of the storage contains one."""

import re
import unicodedata

ARCHIVE_EXTENSION = ".zip"
MAX_NAME_BYTES = 255  # of UTF-8, as most file systems have it
MAX_PATH_BYTES = 1000
MAX_EXTENSION_BYTES = 16
HIDDEN_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}  # controls, halves of surrogate pairs, line and paragraph separators
# Characters that reorder or hide text. The two zero-width joiners stay: Persian and emoji need them.
DECEPTIVE_CHARS = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
EXTENSION_PATTERN = re.compile(r"(?=\d*[a-z])[a-z0-9]{1,5}", re.IGNORECASE)  # "v 1.0" has none
ESCAPED_BY_BROWSERS = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))
ESCAPED_CONTROLS_PATTERN = re.compile(
    r"(%([01][0-9A-F]|7F))+", re.IGNORECASE
)  # how some programs send a name of controls alone
UNPORTABLE_CHARS = str.maketrans(dict.fromkeys('<>:"/\\|?*', "-"))  # what Windows refuses
DEVICE_NAME = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
DRIVE_PREFIX = re.compile(r"[A-Za-z]:")
ABSOLUTE_PREFIX = re.compile(r"[/\\]|[A-Za-z]:")
SYSTEM_FILES = frozenset(("__macosx", "thumbs.db", "desktop.ini", "@eadir"))  # operating systems add them to folders


def clean_part(raw: str) -> str:
    """One part of a path without invisible and deceptive characters, in NFC; empty when nothing is left."""
    text = remove_invisible(unicodedata.normalize("NFC", raw))
    text = shorten(text.strip(), MAX_NAME_BYTES)
    return "" if text in {".", ".."} else text


def remove_invisible(text: str) -> str:
    """The text without control characters, and without characters that reorder or hide other text."""
    return "".join(
        char for char in text if unicodedata.category(char) not in HIDDEN_CATEGORIES and char not in DECEPTIVE_CHARS
    )


def clean_category(raw: str) -> str:
    """A category in the form that the database stores: NFC, no invisible characters, single spaces."""
    return " ".join(remove_invisible(unicodedata.normalize("NFC", raw)).split())


def to_portable(raw: str) -> str:
    """One part of a path as a name that is valid and visible on every system; empty when nothing is left."""
    text = clean_part(raw.translate(UNPORTABLE_CHARS)).strip(". ")
    return f"_{text}" if DEVICE_NAME.fullmatch(text) else text


def display_name(raw: str | None, extension: str) -> str:
    """The name to show for a file sent as `raw`; "unnamed" with `extension` if `raw` has no usable name."""
    text = ESCAPED_CONTROLS_PATTERN.sub("", raw) if raw and ESCAPED_CONTROLS_PATTERN.fullmatch(raw) else raw or ""
    for code, char in ESCAPED_BY_BROWSERS:
        text = text.replace(code, char)
    return clean_part(re.split(r"[/\\]", text)[-1]) or f"unnamed.{extension}"


def display_folder(raw: str, raw_name: str | None) -> str:
    """The folder of a dropped file in the library: the path that the browser sent, without the file's own name."""
    parts = [part for part in map(clean_part, re.split(r"[/\\]", raw)) if part and not DRIVE_PREFIX.fullmatch(part)]
    if parts and raw_name and parts[-1] == display_name(raw_name, ""):
        parts.pop()
    while len("/".join(parts).encode()) > MAX_PATH_BYTES:
        parts.pop(0)
    return "/".join(parts)


def split_path(path: str) -> list[str]:
    """The parts of a path, with slashes or backslashes between them."""
    return [part for part in re.split(r"[/\\]", path) if part]


def is_outside(path: str) -> bool:
    """Whether a path leads out of a folder: absolute, on a drive, or with a step upwards."""
    return bool(ABSOLUTE_PREFIX.match(path)) or any(part.strip() == ".." for part in split_path(path))


def is_system_file(path: str) -> bool:
    """Whether a part of a path is hidden or belongs to an operating system."""
    return any(part.casefold() in SYSTEM_FILES or (part[0] == "." and part.strip(". ")) for part in split_path(path))


def is_archive_name(name: str | None) -> bool:
    """Whether the name ends like that of a ZIP file: the larger limit of archives then applies."""
    return (name or "").lower().endswith(ARCHIVE_EXTENSION)


def replace_extension(name: str, extension: str) -> str:
    """The name with another extension, in at most `MAX_NAME_BYTES` of UTF-8."""
    stem, _, old = name.rpartition(".")
    if not stem or not EXTENSION_PATTERN.fullmatch(old):
        stem = name
    return f"{clip(stem, MAX_NAME_BYTES - len(extension) - 1)}.{extension}"


def shorten(name: str, limit: int) -> str:
    """The name in at most `limit` bytes of UTF-8, with its extension."""
    if len(name.encode()) <= limit:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > MAX_EXTENSION_BYTES:
        return clip(name, limit)
    return clip(stem, limit - len(extension.encode()) - 1) + dot + extension


def clip(text: str, limit: int) -> str:
    """The text in at most `limit` bytes of UTF-8, never half a character."""
    return text.encode()[:limit].decode(errors="ignore").rstrip()


class UniqueNames:
    """Makes names unique, also for file systems that ignore case or how accents are encoded.

    The second a.jpg becomes a (2).jpg.
    """

    def __init__(self) -> None:
        self.used: set[str] = set()
        self.next_number: dict[str, int] = {}

    def __call__(self, name: str) -> str:
        """The name itself the first time, then with a number before its extension."""
        key, number = comparison_key(name), 1
        candidate = name
        while comparison_key(candidate) in self.used:
            number = self.next_number[key] = max(self.next_number.get(key, 1), number) + 1
            candidate = add_number(name, number)
        self.used.add(comparison_key(candidate))
        return candidate


def comparison_key(name: str) -> str:
    """A key that is equal for names that differ only in case or in how accents are encoded."""
    return unicodedata.normalize("NFC", name.casefold())


def add_number(name: str, number: int) -> str:
    """The path with a number in its last part: a.jpg with 2 becomes a (2).jpg, in at most `MAX_NAME_BYTES`."""
    folders, slash, last = name.rpartition("/")
    mark = f" ({number})"
    last = shorten(last, MAX_NAME_BYTES - len(mark))
    stem, dot, extension = last.rpartition(".")
    if not stem:
        return f"{folders}{slash}{last}{mark}"
    return f"{folders}{slash}{stem}{mark}{dot}{extension}"


def safe_folder(*paths: str) -> str:
    """The paths, one inside the other, as a relative path that is valid on every system and never leads upwards."""
    return "/".join(filter(None, (to_portable(part) for path in paths for part in split_path(path))))


def safe_name(name: str) -> str:
    """The name of an output, valid on every system, with its extension."""
    stem, _, extension = name.rpartition(".")
    return shorten(f"{to_portable(stem) or 'unnamed'}.{extension}", MAX_NAME_BYTES)
