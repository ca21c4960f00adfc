"""The project file as a file: what is no readable TOML is refused, and its place is named."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from fourstroke.config import load_config
from fourstroke.errors import ConfigError

SHORTEST = """\
[project]
name = "small"

[task]
target = "bought"

[data.collect]
path = "data.csv"
"""


def fault(folder, content: str | bytes) -> ConfigError:
    content = content if isinstance(content, bytes) else content.encode()
    (folder / "fourstroke.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    return caught.value


def test_shortest_useful_file_has_eight_lines(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(SHORTEST)

    config = load_config(tmp_path)

    assert len(SHORTEST.splitlines()) == 8
    assert (config.name, config.dataset, config.model) == ("small", "small", "small")
    assert config.task.target == "bought"
    assert config.root == tmp_path.resolve()
    assert config.tables["collect"][0].settings == {"path": "data.csv"}


def test_folder_without_a_project_is_told_how_to_begin(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)

    assert str(caught.value) == f"{tmp_path}: there is no project here (fourstroke init)"
    assert caught.value.exit_code == 2


def test_missing_folder_is_no_project(tmp_path):
    with pytest.raises(ConfigError, match="there is no project here"):
        load_config(tmp_path / "nowhere")


def test_project_in_a_folder_above_is_not_taken(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(SHORTEST)
    (tmp_path / "below").mkdir()

    with pytest.raises(ConfigError, match="there is no project here"):
        load_config(tmp_path / "below")


@pytest.mark.parametrize(("below", "above"), [("data", ".."), ("data/raw", "../..")])
def test_project_in_a_folder_above_is_named(tmp_path, monkeypatch, below, above):
    (tmp_path / "fourstroke.toml").write_text(SHORTEST)
    (tmp_path / below).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / below)

    with pytest.raises(ConfigError) as caught:
        load_config(Path())

    assert caught.value.hint == f"the project of this folder is in {above}: -C {above}"


def test_nearest_project_above_is_named_first(tmp_path, monkeypatch):
    (tmp_path / "fourstroke.toml").write_text(SHORTEST)
    inner = tmp_path / "inner"
    (inner / "data").mkdir(parents=True)
    (inner / "fourstroke.toml").write_text(SHORTEST)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError, match="-C inner"):
        load_config(inner / "data")


def test_folder_in_the_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "fourstroke.toml").mkdir()

    with pytest.raises(ConfigError, match="this is not a regular file"):
        load_config(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_named_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "fourstroke.toml")

    with pytest.raises(ConfigError, match="this is not a regular file"):
        load_config(tmp_path)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="sockets in folders are POSIX")
def test_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket may not be long
    with socket.socket(socket.AF_UNIX) as own:
        own.bind("fourstroke.toml")

        with pytest.raises(ConfigError, match="this is not a regular file"):
            load_config(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_file_that_may_not_be_read_says_why(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(SHORTEST)
    (tmp_path / "fourstroke.toml").chmod(0)

    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        load_config(tmp_path)


def test_file_over_a_mebibyte_is_refused(tmp_path):
    error = fault(tmp_path, SHORTEST + "#" * (1 << 20))

    assert str(error) == "fourstroke.toml: the project file is larger than 1 MiB"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            '[project]\nname = "caf\xe9"\n'.encode("latin-1"),
            "fourstroke.toml:2: this is not UTF-8: byte 0xe9 (save it as UTF-8)",
            id="latin-1",
        ),
        pytest.param(
            SHORTEST.encode("utf-16"),
            "fourstroke.toml: this is UTF-16, not UTF-8 (save it as UTF-8)",
            id="utf-16",
        ),
        pytest.param(b"# one\n# two \0\n", "fourstroke.toml:2: there is a NUL character", id="nul"),
        pytest.param(b"\xff" * 10, "not UTF-8: byte 0xff", id="binary"),
    ],
)
def test_wrong_encoding_names_the_line(tmp_path, content, message):
    assert message in str(fault(tmp_path, content))


def test_byte_order_mark_and_windows_line_ends_are_taken(tmp_path):
    content = b"\xef\xbb\xbf" + SHORTEST.replace("\n", "\r\n").encode()
    (tmp_path / "fourstroke.toml").write_bytes(content)

    config = load_config(tmp_path)

    assert config.origins["task.target"] == "fourstroke.toml:5"


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        pytest.param("[project\nname = 1", "fourstroke.toml:1:", "not TOML", id="open-header"),
        pytest.param('[project]\nname = "x', "fourstroke.toml:2:", "unterminated", id="open-text"),
        pytest.param("a = 1\nb\nc = 2\n", "fourstroke.toml:2:", "not TOML", id="no-value"),
        pytest.param("[task]\n\n[task]\n", "fourstroke.toml:3:", "twice", id="duplicate-table"),
        pytest.param("[run]\nseed = 1\nseed = 2\n", "fourstroke.toml:3:", "not TOML", id="twice"),
        pytest.param("[data]\ncheck=[]\n[[data.check]]\n", "toml:3:", "not TOML", id="array-twice"),
        pytest.param("[run]\nseed = 01\n", "fourstroke.toml:2:", "not TOML", id="leading-zero"),
        pytest.param(f"[run]\nseed = {'1' * 5000}\n", "fourstroke.toml:", "not TOML", id="digits"),
        pytest.param("[run]\nseed = 2023-02-30\n", "fourstroke.toml:", "not TOML", id="no-day"),
    ],
)
def test_broken_toml_names_the_line(tmp_path, text, place, what):
    error = fault(tmp_path, text)

    assert place in str(error)
    assert what in str(error)
    assert "\n" not in str(error)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[run]\nx = " + "[" * 400_000, id="brackets"),
        pytest.param("[run]\nx = " + "[" * 21 + "]" * 21, id="one-bracket-too-many"),
        pytest.param("[run]\nx = " + "{a = " * 100_000, id="braces"),
        pytest.param("[run]\n" + "a." * 300_000 + "a = 1", id="dots"),
        pytest.param("[" + "a." * 300_000 + "a]", id="dots-in-a-header"),
        pytest.param(f"[{'a.' * 18}a]\n{'b.' * 18}b = 1", id="header-and-key-add-up"),
        pytest.param("[run]\nx = " + '"a".' * 100_000, id="quoted-dots"),
    ],
)
def test_deep_nesting_is_refused_at_once(tmp_path, text):
    assert "nest deeper than 20" in str(fault(tmp_path, text))


def test_nesting_of_twenty_is_taken(tmp_path):
    deep = "x = " + "[" * 17 + "1" + "]" * 17 + "\n"
    (tmp_path / "fourstroke.toml").write_text(SHORTEST + deep)

    assert load_config(tmp_path).tables["collect"][0].settings["x"]


@pytest.mark.timeout(20)
def test_many_wrong_keys_are_counted_and_not_all_printed(tmp_path):
    error = fault(tmp_path, "".join(f"wrong{n} = {n}\n" for n in range(50_000)))

    lines = str(error).splitlines()
    assert len(lines) == 51
    assert lines[-1] == "and 49952 more faults"


def test_nothing_is_left_behind(tmp_path):
    fault(tmp_path, "[projekt]\n")

    assert [path.name for path in tmp_path.iterdir()] == ["fourstroke.toml"]


def test_control_characters_in_keys_are_escaped(tmp_path):
    error = fault(tmp_path, SHORTEST + '[run]\n"\\u001b[2J" = 1\n')

    assert "\x1b" not in str(error)
    assert "there is no such key" in str(error)
