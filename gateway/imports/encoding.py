"""Which text encoding a file is in, and whether all of it is."""

import codecs
import io
import re
from pathlib import Path

from gateway.imports.errors import FileRefused, RefusalCode

_SAMPLE = 4096
_CHUNK = 1 << 20

# The BOM of UTF-32 LE starts with that of UTF-16 LE and must be looked for first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = (
    (b"PK\x03\x04", "an Excel or Numbers workbook (or another ZIP archive)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
)
_SIGNS = tuple([sign.encode(name) for sign in "\n\r,;\t"] for name in ("utf-16-le", "utf-16-be"))
# Python also knows codecs that are no character sets (unicode_escape, idna, rot13); a file read
# with one of those would be altered, not decoded.
_CHARACTER_SETS = re.compile(
    r"ascii|utf-(8|16|32)(-[lb]e)?|utf-8-sig|cp\d+|iso8859-\d+|koi8-[rtu]|mac-[a-z]+|tis-620"
    r"|shift_jis\w*|euc_\w+|iso2022_\w+|gb2312|gbk|gb18030|hz|big5(hkscs)?|johab|kz1048|ptcp154"
)


def detect_encoding(head: bytes) -> str:
    """The encoding of a file that starts with `head` (a few kilobytes are enough).

    A byte order mark decides. Without one, UTF-16 is recognised by its zero bytes: in any text
    with delimiters and line ends they fill one half of many two-byte units and never the other.
    Everything else is taken for UTF-8; `check_encoding` then proves it.

    Raises FileRefused with UNSUPPORTED_FORMAT for workbooks and archives, INVALID_ENCODING for
    UTF-32.
    """
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            message = f"This is {what}, not a CSV file; save or export it as CSV (UTF-8)."
            raise FileRefused(RefusalCode.UNSUPPORTED_FORMAT, message)
    for mark, name in _MARKS:
        if head.startswith(mark):
            if name.startswith("utf-32"):
                message = "The file is UTF-32; export it as UTF-8, or pass --encoding utf-32."
                raise FileRefused(RefusalCode.INVALID_ENCODING, message, offset=0, line=1)
            return name
    sample = head[: min(len(head), _SAMPLE) // 2 * 2]
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    # A fifth is far above what stray NULs reach; "eight times" leaves room for letters such as Ā,
    # whose other half is zero.
    if second * 10 >= len(sample) > 0 and second >= 8 * first + 2:
        return "utf-16-le"
    if first * 10 >= len(sample) > 0 and first >= 8 * second + 2:
        return "utf-16-be"
    return "utf-8"


def suspicion(head: bytes) -> str:
    """What to try if a file that starts with `head` turned out not to be UTF-8.

    Text with few signs of ASCII, such as Chinese, has too few zero bytes to be taken for UTF-16;
    but its line ends and delimiters are units of two bytes all the same.
    """
    sample = head[: min(len(head), _SAMPLE) // 2 * 2]
    units = [sample[place : place + 2] for place in range(0, len(sample), 2)]
    little, big = (sum(map(units.count, signs)) for signs in _SIGNS)
    if little == big:
        return "--encoding cp1252 is usual for Excel on Windows."
    return f"--encoding {'utf-16-le' if little > big else 'utf-16-be'} looks right."


def named_encoding(name: str) -> str:
    """Python's name of the character set the user asked for.

    Raises FileRefused with UNKNOWN_ENCODING if there is none.
    """
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        found = ""
    if not _CHARACTER_SETS.fullmatch(found):
        message = f"Unknown encoding {name!r}; examples are utf-8, utf-16, cp1252, iso-8859-1."
        raise FileRefused(RefusalCode.UNKNOWN_ENCODING, message)
    return found


def check_encoding(path: Path, encoding: str) -> None:
    """Decode the whole file once, in constant memory, so that no row lands from a file that fails.

    Raises FileRefused with INVALID_ENCODING, the offset of the first bad byte and its line.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    fed, line, head = 0, 1, b""
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            head = head or chunk[:_SAMPLE]
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, not chunk)
            except UnicodeDecodeError as error:
                offset = fed - pending + error.start
                good = error.object[: error.start].decode(encoding, "ignore")
                line += newlines.decode(good, final=True).count("\n")
                raise _refusal(encoding, error, offset, line, head) from None
            except UnicodeError as error:  # utf-16 and utf-32 without the mark they need
                message = f"The file is not {encoding}: {error}."
                raise FileRefused(RefusalCode.INVALID_ENCODING, message) from None
            if not chunk:
                return
            line += newlines.decode(text).count("\n")
            fed += len(chunk)


def _refusal(
    encoding: str, error: UnicodeDecodeError, offset: int, line: int, head: bytes
) -> FileRefused:
    byte = error.object[error.start]
    message = f"Byte 0x{byte:02X} at offset {offset} (line {line}) is not {encoding.upper()}."
    if encoding == "utf-8":
        message += f" Export the file as UTF-8, or name its encoding: {suspicion(head)}"
    return FileRefused(RefusalCode.INVALID_ENCODING, message, offset=offset, line=line)
