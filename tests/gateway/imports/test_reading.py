"""Files of any encoding and delimiter come out as numbered records, broken ones as errors."""

import codecs
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.imports.errors import FileRefused, RowError
from gateway.imports.reading import DELIMITERS, Record, Shape, examine, read_records
from gateway.imports.records import Limits

SMALL = Limits(columns=10, field=50, record=200)


def shape(path: Path, data: bytes, **options: str) -> Shape:
    path.write_bytes(data)
    return examine(path, encoding=options.get("encoding"), delimiter=options.get("delimiter"))


def read(path: Path, data: bytes, limits: Limits = SMALL) -> list[tuple[object, ...]]:
    """Rows as (row, line, cells) or (row, line, code)."""
    path.write_bytes(data)
    found = examine(path, limits=limits)
    return [
        (item.row, item.line, item.cells if isinstance(item, Record) else str(item.code))
        for item in read_records(path, found, limits=limits)
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


TEXT = "Name,Phone\r\nÅsa Ñandú,1\r\n名前,2\r\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_encodings_are_recognised(file: Path, data: bytes, encoding: str) -> None:
    assert shape(file, data).encoding == encoding
    assert read(file, data) == [(2, 2, ["Åsa Ñandú", "1"]), (3, 3, ["名前", "2"])]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_bad_byte_is_located(file: Path, line_end: str) -> None:
    good = line_end.join(["Name,Role", "Zoë,CEO", ""]).encode()
    with pytest.raises(FileRefused) as refused:
        shape(file, good + b"Ren\xe9,CFO")
    assert refused.value.code == "INVALID_ENCODING"
    assert refused.value.offset == len(good) + 3
    assert refused.value.line == 3
    assert "--encoding cp1252" in str(refused.value)


@pytest.mark.parametrize("size", [(1 << 20) - 2, (1 << 20) - 1, 1 << 20])
def test_bad_byte_is_located_across_chunks(file: Path, size: int) -> None:
    # A character cut by the end of the chunk that is decoded is not an error, a wrong one is.
    start = b"Name\n" + b"x" * (size - 5)
    with pytest.raises(FileRefused) as refused:
        shape(file, start + "é".encode() + b"\xff\n")
    assert (refused.value.offset, refused.value.line) == (size + 2, 2)


def test_truncated_utf16_is_refused(file: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        shape(file, codecs.BOM_UTF16_LE + "Name\nAnn".encode("utf-16-le") + b"x")
    assert refused.value.code == "INVALID_ENCODING"
    assert refused.value.offset == 18


def test_encoding_can_be_named(file: Path) -> None:
    found = shape(file, "Prénom;Société\nRené;Çà".encode("cp1252"), encoding="windows-1252")
    assert (found.encoding, found.delimiter, found.header) == ("cp1252", ";", ("Prénom", "Société"))
    assert [r.cells for r in read_records(file, found) if isinstance(r, Record)] == [["René", "Çà"]]


@pytest.mark.parametrize("name", ["utf-9", "rot13", "unicode_escape", "hex", "idna", "a\0b", ""])
def test_unknown_encodings_are_refused(file: Path, name: str) -> None:
    with pytest.raises(FileRefused) as refused:
        shape(file, b"Name\nAnn\n", encoding=name)
    assert refused.value.code == "UNKNOWN_ENCODING"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "EMPTY_FILE"),
        (codecs.BOM_UTF8, "EMPTY_FILE"),
        (b"\n\r\n \n,,,\n", "EMPTY_FILE"),
        (b"PK\x03\x04rest", "UNSUPPORTED_FORMAT"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "UNSUPPORTED_FORMAT"),
        (b"\x1f\x8b\x08", "UNSUPPORTED_FORMAT"),
        ("\ufeffName\n".encode("utf-32-le"), "INVALID_ENCODING"),
        (b'Name,"Phone\nAnn,1\n', "INVALID_HEADER"),
        (b'"Name"x,Phone\nAnn,1\n', "INVALID_HEADER"),
        (b"Na\0me,Phone\nAnn,1\n", "INVALID_HEADER"),
        (b"\0" * 5000, "INVALID_HEADER"),
        (b"x" * 3_000_000, "INVALID_HEADER"),
        (",".join(f"c{i}" for i in range(10_000)).encode(), "TOO_MANY_COLUMNS"),
        (b",".join([b"c"] * 1_001), "TOO_MANY_COLUMNS"),
    ],
)
def test_files_are_refused(file: Path, data: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        shape(file, data)
    assert refused.value.code == code


def test_paths_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(FileRefused) as refused:
            examine(path)
        assert refused.value.code == "NOT_READABLE"


def test_a_delimiter_must_be_one_of_four(file: Path) -> None:
    for wrong in ("", ":", ",;"):
        with pytest.raises(FileRefused) as refused:
            shape(file, b"Name\n", delimiter=wrong)
        assert refused.value.code == "INVALID_DELIMITER"


@pytest.mark.parametrize(
    ("head", "delimiter", "header"),
    [
        ("Name,Phone", ",", ("Name", "Phone")),
        ("Name;Phone", ";", ("Name", "Phone")),
        ("Name\tPhone", "\t", ("Name", "Phone")),
        ("Name|Phone", "|", ("Name", "Phone")),
        ("Name", ",", ("Name",)),
        ('Name;"Phone, work"', ";", ("Name", "Phone, work")),
        ('"Name; first, last";"a"', ";", ("Name; first, last", "a")),
        ('"Multi\nline"|b', "|", ("Multi\nline", "b")),
        ("sep=;\r\na,b;c", ";", ("a,b", "c")),
        ("\n\nName;Phone", ";", ("Name", "Phone")),
        ("Name;Deal (a,b,c,d)", ",", ("Name;Deal (a", "b", "c", "d)")),
    ],
)
def test_delimiter_comes_from_the_header(
    file: Path, head: str, delimiter: str, header: tuple[str, ...]
) -> None:
    found = shape(file, head.encode() + b"\n")
    assert (found.delimiter, found.header) == (delimiter, header)


@pytest.mark.parametrize("name", ["TAB", "tab", "\\t", "\t"])
def test_a_tab_has_several_names(file: Path, name: str) -> None:
    found = shape(file, b"Name;a\tPhone;b\n", delimiter=name)
    assert (found.delimiter, found.header) == ("\t", ("Name;a", "Phone;b"))


@pytest.mark.parametrize(
    ("head", "row"),
    [("a,b\n", 2), ("\n\na,b\n", 4), ("sep=,\na,b\n", 2), ('"a\n",b\n', 2), ("a,b\n\n,\n", 4)],
)
def test_rows_are_those_of_a_spreadsheet(file: Path, head: str, row: int) -> None:
    ((found, *_),) = read(file, f"{head}1,2\n".encode())
    assert found == row


@pytest.mark.parametrize(
    ("body", "record"),
    [
        ("1\n", ["1"]),
        ('"a"x,2\n', '"a"x,2'),
        ('1,"a\n', '1,"a'),
        ('"a\r\n\0",2\n', '"a\r\n\0",2'),
        ('"a","b","c"\n', '"a","b","c"'),
        (f"1,{'x' * 51}\n", f"1,{'x' * 51}"),
        (f"1,{'x' * 5000}\n", None),
    ],
)
def test_a_broken_record_is_kept_as_it_was(
    file: Path, body: str, record: list[str] | str | None
) -> None:
    file.write_bytes(f"a,b\n{body}".encode())
    (error,) = read_records(file, examine(file, limits=SMALL), limits=SMALL)
    assert isinstance(error, RowError)
    assert error.record == record


def test_known_headers_outweigh_many_fields(file: Path) -> None:
    file.write_bytes(b"Name;Deal (a,b,c,d)\n")
    assert examine(file, knows=lambda header: header == "Name").delimiter == ";"


def test_header_alone_has_no_rows(file: Path) -> None:
    assert read(file, b"Name,Phone") == []
    assert read(file, b"Name,Phone\r\n\r\n,\r\n") == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1,2\r\n3,4\n5,6\r7,8", [(2, 2, ["1", "2"]), (3, 3, ["3", "4"]), (4, 4, ["5", "6"]), (5, 5, ["7", "8"])]),
        ('"a ""b"", c","d\r\ne"\nf,g', [(2, 2, ['a "b", c', "d\r\ne"]), (3, 4, ["f", "g"])]),
        ('"",""\n"",x', [(3, 3, ["", "x"])]),
        ('5" disk,x\n', [(2, 2, ['5" disk', "x"])]),
        ("\n\n1,2\n,\n\n3,4\n", [(4, 4, ["1", "2"]), (7, 7, ["3", "4"])]),
        ("1\n2,3,4\n5,6\n", [(2, 2, "TOO_FEW_FIELDS"), (3, 3, "TOO_MANY_FIELDS"), (4, 4, ["5", "6"])]),
        ("1,\0\n5,6\n", [(2, 2, "NUL_CHARACTER"), (3, 3, ["5", "6"])]),
        ('"a\n\0",2\n5,6\n', [(2, 2, "NUL_CHARACTER"), (3, 4, ["5", "6"])]),
        ('"a"x,2\n5,6\n', [(2, 2, "TEXT_AFTER_QUOTE"), (3, 3, ["5", "6"])]),
        ('"a" ,2\n5,6\n', [(2, 2, "TEXT_AFTER_QUOTE"), (3, 3, ["5", "6"])]),
        # One lost quote costs one row: the lines after it are read again as records.
        ('1,"a\n2,b\n3,c\n', [(2, 2, "UNTERMINATED_QUOTE"), (3, 3, ["2", "b"]), (4, 4, ["3", "c"])]),
        ('1,"a\n2,b\n"3","c"\n', [(2, 2, "TEXT_AFTER_QUOTE"), (3, 3, ["2", "b"]), (4, 4, ["3", "c"])]),
        ('1,"a\n2,"b\nb"\n3,c\n', [(2, 2, "TEXT_AFTER_QUOTE"), (3, 3, ["2", "b\nb"]), (4, 5, ["3", "c"])]),
        ('1,"a', [(2, 2, "UNTERMINATED_QUOTE")]),
        # The rest of a broken field is no record, though it has the right number of fields.
        ('"He said "hi\nthere" ok",x\n5,6\n', [(2, 2, "TEXT_AFTER_QUOTE"), (3, 3, "STRAY_QUOTE"), (4, 4, ["5", "6"])]),
        (f"1,{'x' * 51}\n5,6\n", [(2, 2, "FIELD_TOO_LARGE"), (3, 3, ["5", "6"])]),
        (f'1,"{"x" * 30}\n{"y" * 30}"\n5,6\n', [(2, 2, "FIELD_TOO_LARGE"), (3, 4, ["5", "6"])]),
        (f"1,{'x' * 50}\n", [(2, 2, ["1", "x" * 50])]),
        (f"1,{'x' * 5000}\r\n5,6\n", [(2, 2, "RECORD_TOO_LARGE"), (3, 3, ["5", "6"])]),
        ('1,"a\n' + "2,b\n" * 60, [(2, 2, "UNTERMINATED_QUOTE"), *((i, i, ["2", "b"]) for i in range(3, 63))]),
        ('1,"a\n' + "x" * 900 + "\n5,6\n", [(2, 2, "UNTERMINATED_QUOTE"), (3, 3, "RECORD_TOO_LARGE"), (4, 4, ["5", "6"])]),
    ],
)  # fmt: skip
def test_records(file: Path, body: str, expected: list[tuple[object, ...]]) -> None:
    assert read(file, b"a,b\n" + body.encode()) == expected


@pytest.mark.parametrize("length", range(195, 206))
def test_a_size_limit_never_splits_a_line_end(file: Path, length: int) -> None:
    rows = read(file, b"a,b\r\n" + b"x" * length + b"\r\n5,6\r\n")
    assert rows[-1] == (3, 3, ["5", "6"])


def test_lines_swallowed_by_a_quote_are_named(file: Path) -> None:
    file.write_bytes(b'a,b,c\n1,"x,y\n2,p,q\n3,r,5"\n')
    (error,) = read_records(file, examine(file))
    assert isinstance(error, RowError)
    assert error.code == "TOO_FEW_FIELDS"
    assert "lines 2 to 4" in error.message


def test_hostile_quotes_cost_linear_work(file: Path) -> None:
    # Every line opens a quoted field, read alone, and goes on inside one, read after another:
    # without a bound each would scan all the lines after it.
    count = 20_000
    file.write_bytes(b"a,b\n" + b'x","y\n' * count)
    codes = [item.code for item in read_records(file, examine(file)) if isinstance(item, RowError)]
    assert set(codes) <= {"UNTERMINATED_QUOTE", "TEXT_AFTER_QUOTE", "STRAY_QUOTE"}
    assert 0 < len(codes) < 100


def test_progress_counts_bytes(file: Path) -> None:
    file.write_bytes(b"a,b\n" + b"1,2\n" * 200_000)
    told: list[tuple[int, int]] = []
    found = examine(file)
    rows = sum(1 for _ in read_records(file, found, progress=lambda *now: told.append(now)))
    assert rows == 200_000
    assert told == sorted(told)
    assert told[-1] == (found.size, found.size) == (800_004, 800_004)
    assert len(told) == 4


def test_a_file_that_changes_meanwhile_is_refused(file: Path) -> None:
    found = shape(file, b"a,b\n1,2\n")
    file.write_bytes(b"a,b\n1,\xff\n")
    with pytest.raises(FileRefused) as refused:
        list(read_records(file, found))
    assert refused.value.code == "INVALID_ENCODING"


CELL = st.text(
    st.one_of(
        st.sampled_from('",;\t|\r\n \x0b\x0c\x1c\x85\u2028\ufeff'),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(
    rows=st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=8)
    ),
    delimiter=st.sampled_from(DELIMITERS),
    line_end=st.sampled_from(["\r\n", "\n", "\r"]),
    quoted=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_the_csv_module_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    line_end: str,
    quoted: bool,
    encoding: str,
) -> None:
    width = len(rows[0]) if rows else 1
    # Older csv modules leave a line end unquoted that is not the one they write.
    everything = quoted or line_end != "\r\n"
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=delimiter,
        lineterminator=line_end,
        quoting=csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL,
    )
    writer.writerow([f"h{i}" for i in range(width)])
    writer.writerows(rows)
    path = tmp_path_factory.getbasetemp() / "roundtrip.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    found = examine(path, delimiter=delimiter)
    read = list(read_records(path, found))
    assert all(isinstance(item, Record) for item in read), read
    cells = [item.cells for item in read if isinstance(item, Record)]
    assert cells == [row for row in rows if any(cell.strip() for cell in row)]


@settings(max_examples=500, deadline=None)
@given(
    body=st.lists(
        st.sampled_from([b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"a", b"\0", b"=", b"\xff", b" "]),
        max_size=60,
    ).map(b"".join)
)  # fmt: skip
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.csv"
    path.write_bytes(b"a,b\n" + body)
    limits = Limits(columns=5, field=8, record=20)
    try:
        found = examine(path, encoding="utf-8", limits=limits)
        items = list(read_records(path, found, limits=limits))
    except FileRefused:
        assert b"\xff" in body
        return
    rows = [item.row for item in items]
    assert rows == sorted(set(rows))
    assert rows[:1] >= [2][: len(rows)]
    lines = [item.line for item in items]
    assert lines == sorted(set(lines))
    assert all(len(item.cells) == 2 for item in items if isinstance(item, Record))
