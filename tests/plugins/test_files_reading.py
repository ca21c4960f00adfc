"""Tables in files: what is read, and what each broken file is told."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import hashlib
import io
import lzma
import os
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fourstroke import Context, DataError, FourstrokeError, Task
from fourstroke_files import Files


@attrs.frozen
class Digests:
    def digest(self, path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def dataset(self, reference: str) -> Any:
        raise NotImplementedError(reference)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(
        run="r",
        step="data.collect.files",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(),
        services=Digests(),
    )


@pytest.fixture
def read(context: Context):
    def read(content: bytes | str = b"", name: str = "data.csv", **settings: Any) -> pd.DataFrame:
        raw = content.encode() if isinstance(content, str) else content
        (context.root / name).write_bytes(raw)
        return Files(path=settings.pop("path", name), **settings).collect(context)

    return read


def error_of(read, content: bytes | str, name: str = "data.csv", **settings: Any) -> str:
    with pytest.raises(FourstrokeError) as caught:
        read(content, name, **settings)
    line = str(caught.value)
    assert "\n" not in line
    return line


def parquet(frame: pd.DataFrame, **options: Any) -> bytes:
    sink = io.BytesIO()
    frame.to_parquet(sink, **options)
    return sink.getvalue()


def excel(frame: pd.DataFrame, **options: Any) -> bytes:
    sink = io.BytesIO()
    frame.to_excel(sink, index=False, **options)
    return sink.getvalue()


def zstd(content: bytes) -> bytes:
    return pa.compress(content, codec="zstd", asbytes=True)


def zipped(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return sink.getvalue()


SMALL = pd.DataFrame({"a": [1, 2], "b": ["x", "é"], "c": [0.1, 2.5]})
CSV = "a,b,c\n1,x,0.1\n2,é,2.5\n"
BY_FORMAT = {
    "data.csv": CSV.encode(),
    "data.tsv": CSV.replace(",", "\t").encode(),
    "data.CSV": CSV.encode(),
    "data.csv.gz": gzip.compress(CSV.encode()),
    "data.jsonl": b'{"a": 1, "b": "x", "c": 0.1}\n\n{"a": 2, "b": "\xc3\xa9", "c": 2.5}\n',
    "data.csv.bz2": bz2.compress(CSV.encode()),
    "data.csv.xz": lzma.compress(CSV.encode()),
    "data.tsv.zst": zstd(CSV.replace(",", "\t").encode()),
    "data.csv.zip": zipped({"inner.csv": CSV.encode(), "__MACOSX/._inner.csv": b"x"}),
    "data.jsonl.gz": gzip.compress(SMALL.to_json(orient="records", lines=True).encode()),
    "data.parquet": parquet(SMALL),
    "data.xlsx": excel(SMALL),
}


@pytest.mark.parametrize("name", BY_FORMAT)
def test_the_suffix_tells_the_format(read, name: str):
    table = read(BY_FORMAT[name], name)

    pd.testing.assert_frame_equal(table, SMALL)


@pytest.mark.parametrize("name", BY_FORMAT)
def test_columns_are_read_in_the_order_asked_for(read, name: str):
    table = read(BY_FORMAT[name], name, columns=("c", "a"))

    pd.testing.assert_frame_equal(table, SMALL[["c", "a"]])


@pytest.mark.parametrize("name", BY_FORMAT)
def test_column_that_is_not_there_is_told_with_the_nearest(read, name: str):
    line = error_of(read, BY_FORMAT[name], name, columns=("aa",))

    assert name in line
    assert "did you mean 'a'?" in line


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "utf-8", "cp1252"])
def test_other_encodings_are_read_when_they_are_named(read, encoding: str):
    table = read(CSV.encode(encoding), encoding=encoding)

    pd.testing.assert_frame_equal(table, SMALL)


def test_byte_order_mark_is_no_part_of_a_name(read):
    assert list(read(b"\xef\xbb\xbf" + CSV.encode()).columns) == ["a", "b", "c"]


def test_delimiter_and_decimal_sign_can_be_set(read):
    table = read("a;b;c\n1;x;0,1\n2;é;2,5\n", delimiter=";", decimal=",")

    pd.testing.assert_frame_equal(table, SMALL)


def test_text_keeps_leading_zeros(read):
    table = read("zip,n\n0123,1\n,2\n", text=("zip",))

    assert table["zip"].isna().tolist() == [False, True]
    assert table["zip"][0] == "0123"


def test_missing_words_replace_the_usual_ones(read):
    table = read("country,n\nNA,1\n-,2\n", missing=("-",))

    assert table["country"].isna().tolist() == [False, True]


def test_truth_values_with_missing_cells_stay_truth_values(read):
    assert read("a,b\nTrue,1\n,2\n")["a"].dtype == "boolean"


def test_large_whole_numbers_with_missing_cells_stay_exact(read):
    table = read("id,n\n9007199254740993,1\n,2\n")

    assert table["id"][0] == 9007199254740993
    assert table["id"].isna()[1]


def test_numbers_beyond_all_integers_stay_exact_as_text(read):
    assert read("id,n\n0099999999999999999999,1\n1,2\n")["id"][0] == "0099999999999999999999"


def test_floats_are_those_that_were_written(read):
    values = np.random.default_rng(0).normal(size=2000) * 10.0 ** np.arange(2000).clip(0, 300)

    table = read("x\n" + "\n".join(map(repr, values.tolist())) + "\n")

    assert (table["x"].to_numpy() == values).all()


def test_quoted_cells_may_hold_line_ends_and_delimiters(read):
    table = read('a,b\n1,"x,\ny"\n2,\n')

    assert table["b"][0] == "x,\ny"


def test_blank_lines_are_no_rows(read):
    assert len(read("a,b\n1,2\n\n3,\n\n")) == 2


BROKEN = {
    "empty": (b"", ["data.csv: the file is empty"]),
    "blank": (b"\n\n", ["data.csv: the file is empty"]),
    "header only": (b"a,b\n", ["data.csv: it has a header and no rows"]),
    "header without line end": (b"a,b", ["no rows"]),
    "duplicate": (b"a,b,a\n1,2,3\n", ["data.csv:1", "columns 1 and 3", "'a'"]),
    "unnamed": (b"a,,c\n1,2,3\n", ["data.csv:1", "column 2 has no name"]),
    "blank name": (b"a, ,c\n1,2,3\n", ["data.csv:1", "column 2 has no name"]),
    "too many cells": (b"a,b\n1,2\n3,4,5\n", ["data.csv:3", "3 cells, and 2 in the header"]),
    "too many at once": (b"a,b\n1,2,3\n1,2,3\n", ["data.csv:2", "3 cells, and 2 in the header"]),
    "too few cells": (b"a,b\n1,2\n3\n4,5\n", ["data.csv:3", "1 cells, and 2 in the header"]),
    "line after a long cell": (b'a,b\n1,"x\ny"\n3\n', ["data.csv:4"]),
    "unclosed quote": (b'a,b\n1,2\n3,"4\n5,6\n', ["data.csv:3", "never closed"]),
    "quote closed too late": (b'a,b\n1,2\n3,"4\n5,6"\n7,"8",9\n', ["data.csv:5"]),
    "quote swallows lines": (
        b'a,b,c\n1,"2,3\n4,5,6\n7,8",9,1\n',
        ["data.csv:2", "open from line 2 to line 4"],
    ),
    "latin-1": ("a,b\n1,x\n2,é\n".encode("latin-1"), ["data.csv:3", "not utf-8", "0xe9"]),
    "latin-1 header": ("é,b\n1,x\n".encode("latin-1"), ["data.csv:1", "not utf-8", "0xe9"]),
    "utf-16": (CSV.encode("utf-16"), ["data.csv", "UTF-16", 'encoding = "utf-16"']),
    "utf-16 without mark": (CSV.encode("utf-16-le"), ["data.csv:1", "NUL", "utf-16"]),
    "nul": (b"a,b\n1,2\n3,\x00\n", ["data.csv:3", "NUL"]),
    "nul at the end": (b"a,b\n1,2\n\x00", ["data.csv:3", "NUL"]),
    "other delimiter": (
        b"a;b\n1;2\n",
        ["data.csv:1: it has one column, 'a;b' (set delimiter = \";\""],
    ),
    "other delimiter, decimal commas": (
        b"a;b\n1,5;2,5\n",
        ["one column, 'a;b'", 'delimiter = ";"'],
    ),
    "tabs": (b"a\tb\n1\t2\n", ["data.csv:1", r'delimiter = "\t"']),
    "binary": (bytes(range(256)) * 9, ["data.csv"]),
}


@pytest.mark.parametrize(("content", "says"), BROKEN.values(), ids=BROKEN)
def test_broken_csv_is_told_in_one_line(read, content: bytes, says: list[str]):
    line = error_of(read, content)

    assert all(word in line for word in says), line


@pytest.mark.parametrize("name", ["too few cells", "unclosed quote", "latin-1", "nul"])
def test_broken_packed_csv_is_told_in_the_same_way(read, name: str):
    content, says = BROKEN[name]

    line = error_of(read, gzip.compress(content), "data.csv.gz")

    assert all(word.replace("data.csv", "data.csv.gz") in line for word in says), line


def test_line_far_down_is_named(read):
    lines = [f"{number},{number}" for number in range(200_000)]
    lines[150_000] = "1,2,3"

    assert "data.csv:150002" in error_of(read, "a,b\n" + "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("suffix", "pack", "how"),
    [
        ("gz", gzip.compress, "gzip"),
        ("bz2", bz2.compress, "bzip2"),
        ("xz", lzma.compress, "xz"),
        ("zst", zstd, "zstd"),
        ("zip", lambda content: zipped({"a.csv": content}), "zip"),
    ],
)
@pytest.mark.parametrize("harm", [lambda content: content[:-20], lambda _: b"no archive at all"])
def test_damaged_archive_is_told(read, suffix, pack, how, harm):
    content = harm(pack(CSV.encode() * 1000))

    assert f"data.csv.{suffix}: it is packed with {how} and damaged" in error_of(
        read, content, f"data.csv.{suffix}"
    )


def test_file_that_is_not_packed_and_says_so_is_told(read):
    assert "data.csv.gz" in error_of(read, CSV, "data.csv.gz")


OTHER_BROKEN = {
    "no JSON": ("data.jsonl", b'{"a": 1}\n{"a": \n', ["data.jsonl:2", "no JSON"]),
    "no object": ("data.jsonl", b'{"a": 1}\n\n[1]\n', ["data.jsonl:3", "object"]),
    "nested": ("data.jsonl", b'{"a": 1}\n{"a": {"b": 1}}\n', ["data.jsonl:2", "'a'"]),
    "mixed": ("data.jsonl", b'{"a": 1}\n\n{"a": "x"}\n', ["data.jsonl:3", "'a'", "text", "number"]),
    "deep": ("data.jsonl", b"[" * 100_000, ["data.jsonl:1"]),
    "blank": ("data.jsonl", b"\n\n", ["data.jsonl", "no row"]),
    "jsonl latin-1": ("data.jsonl", b'{"a": "\xe9"}\n', ["data.jsonl:1", "not utf-8"]),
    "no Parquet": ("data.parquet", b"PAR1 nonsense", ["data.parquet", "Parquet"]),
    "cut Parquet": ("data.parquet", parquet(SMALL)[:-100], ["data.parquet", "Parquet"]),
    "nested Parquet": (
        "data.parquet",
        parquet(pd.DataFrame({"a": [[1], [2]]})),
        ["data.parquet", "'a'", "list"],
    ),
    "no rows": ("data.parquet", parquet(SMALL.iloc[:0]), ["data.parquet", "no rows"]),
    "no workbook": ("data.xlsx", b"PK\x03\x04 nonsense", ["data.xlsx", "workbook"]),
    "other zip": ("data.xlsx", BY_FORMAT["data.csv.gz"], ["data.xlsx", "workbook"]),
    "no sheet": ("data.xlsx", excel(SMALL, sheet_name="Data"), ["'Date'", "did you mean 'Data'?"]),
    "mixed sheet": (
        "data.xlsx",
        excel(pd.DataFrame({"a": [1, 2, "x"]}, dtype=object)),
        ["data.xlsx, row 4", "'a'", 'text = ["a"]'],
    ),
    "number as a name": ("data.xlsx", excel(pd.DataFrame({2020: [1]})), ["row 1", "2020"]),
    "empty sheet": ("data.xlsx", excel(pd.DataFrame()), ["data.xlsx", "empty"]),
    "unknown suffix": ("data.dat", b"x", ["data.dat", "'.dat'", "format"]),
    "no suffix": ("data", b"x", ["data", "suffix"]),
    "old Excel": ("data.xls", b"x", ["data.xls", ".xlsx"]),
    "two files in one": (
        "data.csv.zip",
        zipped({"a.csv": b"x", "b.csv": b"y"}),
        ["data.csv.zip", "2 files", "unpack"],
    ),
    "packed Parquet": ("data.parquet.gz", b"x", ["data.parquet.gz", "unpack"]),
}


@pytest.mark.parametrize(("name", "content", "says"), OTHER_BROKEN.values(), ids=OTHER_BROKEN)
def test_broken_file_of_another_format_is_told_in_one_line(
    read, name: str, content: bytes, says: list[str]
):
    settings = {"sheet": "Date"} if "'Date'" in says else {}

    line = error_of(read, content, name, **settings)

    assert all(word in line for word in says), line


def two_sheets() -> bytes:
    written = io.BytesIO()
    with pd.ExcelWriter(written) as book:
        pd.DataFrame({"a": [1]}).to_excel(book, sheet_name="Notes", index=False)
        pd.DataFrame({"b": [2]}).to_excel(book, sheet_name="Data", index=False)
    return written.getvalue()


def test_first_of_several_sheets_is_told(read, context: Context):
    table = read(two_sheets(), "data.xlsx")

    assert list(table.columns) == ["a"]
    assert context.notes.messages == [
        "data.xlsx: its sheet 'Notes' was read, the first of 2; `sheet` names another"
    ]


def test_sheet_that_is_named_is_read_without_a_word(read, context: Context):
    assert list(read(two_sheets(), "data.xlsx", sheet="Data").columns) == ["b"]
    assert context.notes.messages == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("https://example.org/a.csv", "this is a URL"),
        ("s3://bucket/a.csv", "this is a URL"),
        ("nofolder/a.csv", "no folder 'nofolder'"),
        ("dta/a.csv", "did you mean the folder 'data'?"),
    ],
)
def test_path_that_leads_nowhere_says_why(read, context: Context, path: str, says: str):
    (context.root / "data").mkdir()

    assert says in error_of(read, "a\n1\n", path=path)


def test_setting_that_a_format_has_no_use_for_is_refused(read):
    assert "delimiter" in error_of(read, BY_FORMAT["data.parquet"], "data.parquet", delimiter=";")


def test_json_lines_may_leave_keys_out(read):
    table = read('{"a": 1, "b": true}\n{"b": null, "c": "x"}\n', "data.jsonl")

    assert list(table.columns) == ["a", "b", "c"]
    assert table.isna().to_numpy().tolist() == [[False, False, True], [True, True, False]]


def test_dates_in_json_lines_stay_text_and_large_numbers_exact(read):
    table = read(
        '{"date": "2020-01-01", "n": 9007199254740993}\n{"date": "x", "n": null}\n', "data.jsonl"
    )

    assert table["date"].tolist() == ["2020-01-01", "x"]
    assert table["n"][0] == 9007199254740993


def test_excel_times_and_gaps_are_read(read):
    frame = pd.DataFrame(
        {"t": pd.to_datetime(["2020-01-01", None]), "n": [None, 2], "s": ["", "x"]}
    )

    table = read(excel(frame), "data.xlsx")

    assert table["t"].dtype.kind == "M"
    assert table.isna().to_numpy().tolist() == [[False, True, True], [True, False, False]]


def test_excel_text_columns_lose_the_fraction_that_excel_adds(read):
    table = read(excel(pd.DataFrame({"zip": [8001.0, 8002.0]})), "data.xlsx", text=("zip",))

    assert table["zip"].tolist() == ["8001", "8002"]


def test_parquet_index_with_a_name_is_a_column_and_one_without_is_left_out(read):
    named = read(parquet(SMALL.set_index("a")), "named.parquet")
    unnamed = read(parquet(SMALL[SMALL["a"] > 1]), "unnamed.parquet")

    assert set(named.columns) == {"a", "b", "c"}
    assert list(unnamed.columns) == ["a", "b", "c"]
    assert isinstance(unnamed.index, pd.RangeIndex)


def test_parquet_types_arrive_as_numbers_times_and_truth_values(read):
    frame = pd.DataFrame(
        {
            "decimal": [Decimal("1.5"), None],
            "date": [dt.date(2020, 1, 1), None],
            "truth": pd.Series([True, None], dtype=object),
            "large": pd.array([2**60 + 1, None], dtype="Int64"),
            "category": pd.Categorical(["a", None]),
        }
    )

    table = read(parquet(frame), "data.parquet")

    assert table["decimal"].dtype == np.float64
    assert table["date"].dtype.kind == "M"
    assert table["truth"].dtype == "boolean"
    assert table["large"][0] == 2**60 + 1
    assert isinstance(table["category"].dtype, pd.CategoricalDtype)


def test_missing_file_is_told_with_the_nearest(context: Context):
    (context.root / "data").mkdir()
    (context.root / "data" / "adult.csv").write_text(CSV)

    with pytest.raises(DataError, match=r"did you mean 'adult.csv'\?") as caught:
        Files(path="data/adlut.csv").collect(context)

    assert caught.value.where == "data/adlut.csv"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("dota/adult.csv", "did you mean the folder 'data'?"),
        ("data/adult.csv/x.csv", "data/adult.csv/x.csv"),
        ("data/b*.csv", "adult.csv"),
        ("data", "this is a folder"),
        ("nul\0.csv", "cannot be read"),
        ("x" * 5000, "cannot be read"),
    ],
)
def test_path_without_a_table_is_told(context: Context, path: str, says: str):
    (context.root / "data").mkdir()
    (context.root / "data" / "adult.csv").write_text(CSV)

    with pytest.raises(DataError) as caught:
        Files(path=path).source_state(context)

    assert says in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO on this system")
@pytest.mark.parametrize("path", ["data.csv", "*.csv"])
def test_pipe_is_refused_and_not_waited_for(context: Context, path: str):
    os.mkfifo(context.root / "data.csv")

    with pytest.raises(DataError, match="pipe or a device"):
        Files(path=path).collect(context)


def test_pattern_reads_all_files_in_the_order_of_their_names(context: Context):
    for month in ("02", "01", "10"):
        (context.root / f"part-{month}.csv").write_text(f"b,a\nx{month},1\n")
    (context.root / "part-11.csv").write_text("a,b\n1.5,y\n")

    table = Files(path="part-*.csv").collect(context)

    assert table["b"].tolist() == ["x01", "x02", "x10", "y"]
    assert table["a"].tolist() == [1, 1, 1, 1.5]
    assert table.index.tolist() == [0, 1, 2, 3]


def test_file_whose_name_looks_like_a_pattern_is_read(read):
    assert len(read(CSV, "data[1].csv")) == 2


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ("a,c\n1,2\n", ["2.csv", "lacks 'b'", "has 'c'"]),
        ("a,b\nx,2\n", ["2.csv", "'a'", "1.csv"]),
        ("a,b\nTrue,2\n", ["2.csv", "'a'", "1.csv"]),
        ("a,b\n", ["2.csv", "no rows"]),
    ],
)
def test_files_that_do_not_fit_together_are_named(context: Context, second: str, says: list[str]):
    (context.root / "1.csv").write_text("a,b\n1,2\n")
    (context.root / "2.csv").write_text(second)

    with pytest.raises(DataError) as caught:
        Files(path="*.csv").collect(context)

    assert all(word in str(caught.value) for word in says), caught.value


@pytest.mark.parametrize("cell", ["x", "1", "True", "1.5"])
def test_part_without_any_cell_takes_the_type_of_the_others(context: Context, cell: str):
    (context.root / "1.csv").write_text("a,b\n,2\n,3\n")
    (context.root / "2.csv").write_text(f"a,b\n{cell},2\n")

    table = Files(path="*.csv").collect(context)

    assert table["a"].isna().tolist() == [True, True, False]
    assert table["a"].dtype != object or pd.__version__ < "3"


def test_state_follows_content_and_not_names_or_times(context: Context):
    (context.root / "1.csv").write_text("a\n1\n")
    source = Files(path="*.csv")
    before = source.source_state(context)

    (context.root / "1.csv").rename(context.root / "2.csv")
    renamed = source.source_state(context)
    (context.root / "3.csv").write_text("a\n1\n")
    longer = source.source_state(context)

    assert before == renamed
    assert longer != renamed


def test_five_thousand_columns_are_read(read):
    header = ",".join(f"c{number}" for number in range(5000))
    row = ",".join(map(str, range(5000)))

    table = read(f"{header}\n{row}\n{row}\n")

    assert table.shape == (2, 5000)


@pytest.mark.parametrize(
    "settings",
    [{"encoding": "utf-9"}, {"delimiter": ";;"}, {"delimiter": '"'}, {"path": ""}],
)
def test_settings_without_sense_are_refused_at_once(settings: dict[str, str]):
    with pytest.raises(ValueError, match=r"encoding|delimiter|path"):
        Files(**{"path": "x.csv", **settings})
