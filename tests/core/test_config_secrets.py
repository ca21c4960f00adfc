"""Secrets stay ``${NAME}`` everywhere but in the plugin that gets them."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from fourstroke.config import flat, load_config, mask, resolve_secrets
from fourstroke.errors import ConfigError

HEAD = '[project]\nname = "small"\n[data.collect]\n'


def load(folder, text: str):
    (folder / "fourstroke.toml").write_text(HEAD + text)
    return load_config(folder)


def test_reference_is_left_in_place_by_loading(tmp_path, monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "tiger-7")

    config = load(tmp_path, 'url = "db://ana:${DB_PASSWORD}@db/x"\n')

    assert config.tables["collect"][0].settings["url"] == "db://ana:${DB_PASSWORD}@db/x"
    assert "tiger-7" not in repr(config)
    assert "tiger-7" not in repr(flat(config))


def test_variable_need_not_be_set_to_load(tmp_path, monkeypatch):
    monkeypatch.delenv("DB_PASSWORD", raising=False)

    assert load(tmp_path, 'token = "${DB_PASSWORD}"\n').name == "small"


def test_references_are_resolved_at_any_depth(monkeypatch):
    monkeypatch.setenv("A", "one")
    monkeypatch.setenv("B", "two")
    value = {"x": ["${A}-${B}", ("${B}",)], "n": 1, "f": True, "no": "$A {A} $"}

    resolved = resolve_secrets(value, where="data.collect")

    assert resolved == {"x": ["one-two", ("two",)], "n": 1, "f": True, "no": "$A {A} $"}
    assert value["x"][0] == "${A}-${B}"


def test_resolved_text_is_not_resolved_again(monkeypatch):
    monkeypatch.setenv("A", "${B}")
    monkeypatch.setenv("B", "two")

    assert resolve_secrets("${A}", where="x") == "${B}"


def test_doubled_dollar_stands_for_itself(tmp_path):
    config = load(tmp_path, 'pattern = "$${x}"\n')

    assert resolve_secrets(config.tables["collect"][0].settings, where="x") == {"pattern": "${x}"}


def test_missing_variables_are_named_with_their_keys(monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "tiger-7")
    monkeypatch.delenv("DB_PASWORD", raising=False)
    monkeypatch.delenv("QQQ", raising=False)

    with pytest.raises(ConfigError) as caught:
        resolve_secrets({"url": "${DB_PASWORD}", "more": ["${QQQ}"]}, where="backends.storage")

    start = "the environment variable"
    assert str(caught.value).splitlines() == [
        f"backends.storage.url: {start} DB_PASWORD is not set (did you mean 'DB_PASSWORD'?)",
        f"backends.storage.more[0]: {start} QQQ is not set (set QQQ before the command)",
    ]


@pytest.mark.parametrize("text", ["${", "${}", "${A B}", "${1A}", "${A-B}", "x ${A"])
def test_malformed_reference_is_refused(tmp_path, text):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f'url = "{text}"\n')

    assert "data.collect.url:" in str(caught.value)
    assert "is no ${NAME} of a variable" in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        '[backends]\nrecords = "postgresql://ana:tiger-7@db/x"\n',
        'url = "https://ana:tiger-7@host/path"\n',
        'nested = { urls = ["s3://key:tiger-7@bucket"] }\n',
        'url = "db://ana:tiger-7${MORE}@db"\n',
    ],
)
def test_password_in_clear_is_refused_and_not_repeated(tmp_path, line):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, line)

    assert "a password stands here in clear (write ${NAME}" in str(caught.value)
    assert "tiger-7" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["sqlite:///runs.sqlite", "postgresql://ana@db/x", "https://host:8080/a@b", "a:b@c"]
)
def test_url_without_a_password_is_taken(tmp_path, url):
    assert load(tmp_path, f'url = "{url}"\n').tables["collect"][0].settings["url"] == url


def test_text_is_masked_in_every_form_that_a_secret_takes(tmp_path, monkeypatch):
    secret = 'ti"ger\\7 ä@/'
    monkeypatch.setenv("DB_PASSWORD", secret)
    config = load(tmp_path, 'url = "db://ana:${DB_PASSWORD}@db/x"\n')
    text = f"{secret} | {quote(secret, safe='')} | {json.dumps(secret)} | {[secret]!r}"

    masked = mask(text, config)

    assert masked == "${DB_PASSWORD} | ${DB_PASSWORD} | \"${DB_PASSWORD}\" | ['${DB_PASSWORD}']"


def test_secret_within_a_longer_secret_is_masked_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("SHORT", "tiger")
    monkeypatch.setenv("LONG", "tiger-and-more")
    config = load(tmp_path, 'a = "${SHORT}"\nb = "${LONG}"\n')

    assert mask("tiger-and-more, tiger", config) == "${LONG}, ${SHORT}"


@pytest.mark.parametrize("value", ["", "a", "ab", None])
def test_text_is_not_torn_by_secrets_that_are_none(tmp_path, monkeypatch, value):
    if value is None:
        monkeypatch.delenv("EMPTY", raising=False)
    else:
        monkeypatch.setenv("EMPTY", value)
    config = load(tmp_path, 'a = "${EMPTY}"\n')

    assert mask("abc", config) == "abc"


def test_secret_of_the_records_is_masked(tmp_path, monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "tiger-7")
    config = load(tmp_path, '[backends]\nrecords = "postgresql://ana:${DB_PASSWORD}@db/x"\n')

    assert mask("failed: tiger-7", config) == "failed: ${DB_PASSWORD}"
