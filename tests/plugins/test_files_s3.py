"""Files in a bucket of S3: on a server of its own, through the libraries that users have."""

from __future__ import annotations

import pytest

from fourstroke import Context, DataError, Task
from fourstroke_files import Remote

pytest.importorskip("s3fs", reason="s3fs is not installed")
moto = pytest.importorskip("moto.server", reason="moto is not installed")
ROWS = b"id,amount\n1,2.5\n2,3.5\n"


@pytest.fixture(scope="module")
def address():
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def options(address):
    return {"key": "ann", "secret": "s3cret-7", "client_kwargs": {"endpoint_url": address}}


@pytest.fixture
def bucket(options):
    import s3fs

    system = s3fs.S3FileSystem(**options, skip_instance_cache=True)
    system.mkdir("shop")
    for year in (2023, 2024):
        system.pipe(f"shop/sales/year={year}/rows.csv", ROWS)
    yield system
    system.rm("shop", recursive=True)


def context(tmp_path) -> Context:
    return Context(
        run="r", step="data.collect", project="p", root=tmp_path, scratch=tmp_path, task=Task()
    )


def test_files_of_a_bucket_are_one_table(bucket, options, tmp_path):
    source = Remote(url="s3://shop/sales/**/*.csv", storage_options=options, partitions=("year",))

    table = source.collect(context(tmp_path))

    assert table["year"].tolist() == [2023, 2023, 2024, 2024]


def test_state_is_the_etag_and_changes_with_the_content(bucket, options, tmp_path):
    source = Remote(url="s3://shop/sales/year=2024/rows.csv", storage_options=options)
    before = source.source_state(context(tmp_path))
    bucket.pipe("shop/sales/year=2024/rows.csv", ROWS.replace(b"3.5", b"4.5"))

    after = source.source_state(context(tmp_path))

    assert "ETag" in before
    assert before != after


def test_a_file_that_is_not_there_is_told_without_secrets(bucket, options, tmp_path):
    source = Remote(url="s3://shop/sales/none.csv", storage_options=options)

    with pytest.raises(DataError, match="there is no such file") as caught:
        source.collect(context(tmp_path))

    assert "s3cret" not in f"{caught.value} {source!r}"
