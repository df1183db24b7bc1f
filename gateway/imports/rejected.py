"""The rows that did not land, in a file like the one they came from: to mend and import again."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.imports.reading import Shape

#: Spreadsheets know these encodings by their mark only.
MARKED = {"utf-8", "utf-16-le", "utf-16-be"}


class Rejected:
    """Writes failed rows below the input's header, in its encoding and with its delimiter.

    Rows are as they were; a row whose quotes are broken is written as its text stood in the file.
    An existing file is replaced. Use as a context manager; raises OSError if the file can't be
    written.
    """

    def __init__(self, path: Path, shape: Shape) -> None:
        self._file = path.open("w", encoding=shape.encoding, newline="")
        self._delimiter = shape.delimiter
        if shape.encoding in MARKED:
            self._file.write("\ufeff")
        self.write(shape.header)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, record: Sequence[str] | str) -> None:
        """Add a row."""
        if not isinstance(record, str):
            line = io.StringIO()
            csv.writer(line, delimiter=self._delimiter, lineterminator="").writerow(record)
            record = line.getvalue()
        self._file.write(f"{record}\r\n")
