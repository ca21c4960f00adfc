"""What services get, and what is said of those that do not take it."""

from __future__ import annotations

import logging
import pickle
import socket
import subprocess
import sys
import time

import apprise
import pytest
from conftest import SECRET

from fourstroke import StepError
from fourstroke_apprise import Apprise


def test_service_gets_the_alert(receiver, url, alert, context):
    sent = Apprise(urls=(url("alerts"),)).alert(alert(), context)

    assert sent is True
    [(path, message)] = receiver.received
    assert path.startswith("/alerts/")
    assert message["title"] == "credit: drift: income"
    assert message["message"] == (
        "income has moved\n\nmodel credit, version 3, 2026-05-04 03:02:01 UTC, run r7"
    )


@pytest.mark.parametrize(("severity", "kind"), [("error", "failure"), ("warning", "warning")])
def test_severity_is_told(receiver, url, alert, context, severity, kind):
    Apprise(urls=(url("alerts"),)).alert(alert(severity=severity), context)

    assert receiver.received[0][1]["type"] == kind


def test_every_service_gets_the_alert(receiver, url, alert, context):
    Apprise(urls=(url("one"), url("two"))).alert(alert(), context)

    assert sorted(path.split("/")[1] for path, _ in receiver.received) == ["one", "two"]


def test_text_comes_as_it_is(receiver, url, alert, context):
    odd = "<script>alert(1)</script> & \\n ${HOME} {{ 7 * 7 }} *bold* Köln 🚗"

    Apprise(urls=(url("alerts"),)).alert(alert(text=odd, title=odd), context)

    message = receiver.received[0][1]
    assert message["title"] == f"credit: {odd}"
    assert message["message"].startswith(f"{odd}\n\n")


def test_html_is_escaped_for_services_that_show_it(receiver, url, alert, context):
    Apprise(urls=(f"{url('alerts')}&format=html",)).alert(alert(text="<script>&"), context)

    assert receiver.received[0][1]["message"].startswith("&lt;script&gt;&amp;")


def test_title_is_one_line_without_control_characters(receiver, url, alert, context):
    Apprise(urls=(url("alerts"),)).alert(alert(title="a\r\nBcc: all\x1b[2J\x00"), context)

    assert receiver.received[0][1]["title"] == "credit: a Bcc: all[2J"


def test_failing_service_leaves_the_others_alone(receiver, url, alert, context):
    plugin = Apprise(urls=(url("fail"), url("alerts")))

    with pytest.raises(StepError) as told:
        plugin.alert(alert(), context)

    assert [path.split("/")[1] for path, _ in sorted(receiver.received)] == ["alerts", "fail"]
    assert str(told.value) == (
        "operations.alert: 1 of 2 services did not take the alert: urls[0]: JSON answered 500"
        " (apprise --dry-run shows whether a URL is right)"
    )


def test_service_that_cannot_be_reached_is_told(alert, context):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        plugin = Apprise(urls=(f"json://127.0.0.1:{free.getsockname()[1]}/x",))

        with pytest.raises(StepError, match=r"urls\[0\]: JSON could not be reached"):
            plugin.alert(alert(), context)


def test_slow_service_is_not_waited_for(url, alert, context):
    plugin = Apprise(urls=(url("slow"),), wait_seconds=0.2)
    begun = time.monotonic()

    with pytest.raises(StepError, match=r"urls\[0\]: JSON did not answer in time"):
        plugin.alert(alert(), context)

    assert time.monotonic() - begun < 0.9


@pytest.mark.parametrize("wrong", ["nonsense://host", "slack://x", "json://"])
def test_url_that_apprise_does_not_know_leaves_the_others_alone(
    receiver, url, alert, context, wrong
):
    plugin = Apprise(urls=(wrong, url("alerts")))

    with pytest.raises(StepError, match=r"1 of 2 services .* urls\[0\]: apprise knows no such"):
        plugin.alert(alert(), context)

    assert len(receiver.received) == 1


def test_what_is_no_url_is_told_by_its_number_alone():
    with pytest.raises(ValueError, match=r"'urls' holds no URL at \[1\]") as told:
        Apprise(urls=("json://host", SECRET))

    assert SECRET not in str(told.value)


def test_no_url_at_all_is_refused():
    with pytest.raises(ValueError, match="urls"):
        Apprise(urls=())


@pytest.mark.parametrize("path", ["alerts", "fail", "slow"])
def test_secrets_are_in_no_log_and_no_error(url, alert, context, caplog, capfd, path):
    caplog.set_level(1)
    plugin = Apprise(urls=(url(path), f"nonsense://{SECRET}"), wait_seconds=0.3)

    with pytest.raises(StepError) as told:
        plugin.alert(alert(), context)
    time.sleep(1 if path == "slow" else 0)

    printed = capfd.readouterr()
    assert SECRET not in f"{told.value}{told.value.__cause__}{caplog.text}{printed}"


def test_log_that_is_silent_here_is_not_silent_elsewhere(url, alert, context, caplog):
    Apprise(urls=(url("alerts"),)).alert(alert(), context)

    logging.getLogger("apprise").warning("of somebody else")

    assert "of somebody else" in caplog.text


def test_secrets_are_not_in_repr(url):
    assert repr(Apprise(urls=(url("alerts"),))) == "Apprise(wait_seconds=20.0)"


def test_nothing_is_written_to_the_folders_of_the_user(
    url, alert, context, tmp_path, monkeypatch, receiver
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    Apprise(urls=(url("alerts"),)).alert(alert(), context)

    assert list(tmp_path.iterdir()) == []


def test_plugin_travels_between_processes(url, alert, context, receiver):
    pickle.loads(pickle.dumps(Apprise(urls=(url("alerts"),)))).alert(alert(), context)

    assert len(receiver.received) == 1


def test_settings_are_known_without_loading_apprise():
    program = "import sys, fourstroke_apprise; print('apprise' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"


def test_apprise_itself_would_show_what_the_plugin_hides(url):
    assert SECRET in str(apprise.Apprise.instantiate(url("alerts")))
