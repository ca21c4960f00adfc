"""How a call of the command line begins and ends: loading, options, errors, exit codes, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings

import click
import pytest

from fourstroke.cli import main as program
from fourstroke.cli import signals
from fourstroke.cli.groups import Command, Group, Lazy
from fourstroke.cli.main import COMMANDS, main
from fourstroke.errors import BlockedError, ConfigError, FourstrokeError, RefusedError
from fourstroke.plugins import discovery
from fourstroke.plugins.discovery import Offer

pytestmark = pytest.mark.usefixtures("in_one_process")

HEAVY = (
    *("pandas", "sklearn", "sqlalchemy", "cattrs", "rich", "numpy", "alembic", "jinja2"),
    *("tomlkit", "blake3"),
)
START = "import sys; from fourstroke.cli.main import main; sys.exit(main(sys.argv[1:]))"


def call(*words, **options):
    """Start a process of its own, as a user does."""
    return subprocess.run(
        [sys.executable, "-c", START, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


@pytest.fixture
def failing(monkeypatch):
    """Put a command ``probe`` into the program that raises what it is given."""

    def install(error):
        def callback():
            raise error

        lazy = Lazy("unused:unused", "Probe.")
        monkeypatch.setattr(Lazy, "load", lambda _: Command("probe", callback=callback))
        monkeypatch.setattr(program.cli, "lazy", {"probe": lazy})

    return install


@pytest.mark.parametrize("words", [["--help"], ["plugins", "list"], ["--version"]])
def test_listing_imports_nothing_heavy(words, tmp_path):
    script = (
        "import sys; from fourstroke.cli.main import main; code = main(sys.argv[1:]);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.stderr.strip() == "[]"


@pytest.mark.benchmark
@pytest.mark.parametrize("words", [["--help"], ["plugins", "list"]])
def test_listing_costs_little_processor_time(words, tmp_path):
    script = (
        "import sys, time; from fourstroke.cli.main import main; main(sys.argv[1:]);"
        "print(time.process_time(), file=sys.stderr)"
    )

    def cost():
        command = [sys.executable, "-c", script, *words]
        return float(
            subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stderr
        )

    cost()  # writes byte code

    best = min(cost() for _ in range(5))

    assert best <= 0.15


def test_every_command_tells_the_same_help_in_the_list_and_on_its_page():
    listed = {name: lazy.help for name, lazy in COMMANDS.items()}

    told = {name: lazy.load().get_short_help_str(limit=200) for name, lazy in COMMANDS.items()}

    assert told.keys() == listed.keys()
    assert all(text for text in told.values())


def test_every_command_takes_the_global_options():
    def all_commands(command):
        if isinstance(command, click.Group):
            for child in command.commands.values():
                yield from all_commands(child)
        yield command

    everything = [one for lazy in COMMANDS.values() for one in all_commands(lazy.load())]

    for command in everything:
        names = {name for option in command.params for name in option.opts}
        assert names >= {"-C", "--env", "--set", "--json", "--debug"}, command.name


def test_help_goes_to_stdout(capsys):
    code = main(["runs", "compare", "--help"])

    assert code == 0
    assert "Global options:" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["runs"], ["plugins"]])
def test_a_group_alone_answers_with_its_help_page(words, capsys):
    code = main(words)

    assert code == 2
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["rnu"], "did you mean 'run'?"),
        (["plugin", "list"], "did you mean 'plugins'?"),
        (["runs", "lsit"], "did you mean 'list'?"),
        (["deploy"], "did you mean 'fourstroke models deploy'?"),
        (["run", "--forse"], "did you mean '--force'?"),
        (["--jsn"], "did you mean '--json'?"),
        (["completion", "bsh"], "did you mean 'bash'?"),
        (["init", "--template", "tabuler"], "did you mean 'tabular'?"),
    ],
)
def test_a_typo_gets_the_nearest_right_word(words, hint, capsys):
    code = main(words)

    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert err.startswith("error: ")
    assert hint in err
    assert err.count("\n") == 1


def test_a_missing_argument_is_one_line(capsys):
    code = main(["runs", "show"])

    assert code == 2
    assert capsys.readouterr().err == (
        "error: fourstroke runs show: missing argument 'RUN' (fourstroke runs show --help)\n"
    )


def test_a_folder_that_is_not_there_gets_the_nearest(tmp_path, capsys, monkeypatch):
    (tmp_path / "income").mkdir()
    monkeypatch.chdir(tmp_path)

    code = main(["-C", "incme", "init"])

    assert code == 2
    assert capsys.readouterr().err == (
        "error: incme: there is no such folder (did you mean 'income'?)\n"
    )


@pytest.mark.parametrize("words", [["-C", "there", "init", "one"], ["init", "one", "-C", "there"]])
def test_a_global_option_stands_before_or_after_the_command(words, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path)

    code = main(words)

    assert code == 0
    assert (tmp_path / "there" / "one" / "fourstroke.toml").is_file()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FourstrokeError("it failed"), 1),
        (ConfigError("it is wrong"), 2),
        (BlockedError("it says no"), 3),
        (RefusedError("it is refused"), 4),
    ],
)
def test_an_error_is_its_line_and_the_exit_code_of_its_class(error, code, failing, capsys):
    failing(error)

    ended = main(["probe"])

    out, err = capsys.readouterr()
    assert (ended, out) == (code, "")
    assert err == f"error: {error.message}\n"


def test_joined_errors_have_a_line_each(failing, capsys):
    faults = [ConfigError("first", where="a"), ConfigError("second", where="b")]
    failing(FourstrokeError.join(faults))

    main(["probe"])

    assert capsys.readouterr().err == "error: a: first\nerror: b: second\n"


def test_an_error_cannot_steer_the_terminal(failing, capsys):
    failing(FourstrokeError("\x1b[2J postgresql://ana:secret@db/x"))

    main(["probe"])

    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "secret" not in err


def test_debug_shows_the_traceback_of_an_error(failing, capsys):
    failing(FourstrokeError("it failed"))

    main(["--debug", "probe"])

    assert "Traceback" in capsys.readouterr().err


def test_a_fault_of_our_own_keeps_its_traceback(failing, capsys):
    failing(ZeroDivisionError("division by zero"))

    code = main(["probe"])

    err = capsys.readouterr().err
    assert code == 70
    assert err.startswith("error: fault of fourstroke ")
    assert "Traceback" in err


def test_a_full_disk_is_no_fault_of_our_own(failing, capsys):
    failing(OSError(28, "No space left on device", "out.csv"))

    code = main(["probe"])

    assert code == 1
    assert capsys.readouterr().err == "error: out.csv: No space left on device\n"


def test_ctrl_c_ends_with_130(failing, capsys):
    failing(KeyboardInterrupt())

    assert main(["probe"]) == 130
    assert capsys.readouterr().err == "error: interrupted\n"


def test_warnings_become_lines_on_stderr(monkeypatch, capsys):
    def callback():
        warnings.simplefilter("default")
        warnings.warn("the seed\nis old", UserWarning, stacklevel=1)

    monkeypatch.setattr(Lazy, "load", lambda _: Command("probe", callback=callback))
    monkeypatch.setattr(program.cli, "lazy", {"probe": Lazy("unused:unused", "Probe.")})

    main(["probe"])

    assert capsys.readouterr().err == "warning: the seed is old\n"


WAITING = """
import sys, time
from fourstroke.cli import main as program
from fourstroke.cli.groups import Command, Lazy
def callback():
    try:
        print("waiting", flush=True)
        time.sleep(60)
    finally:
        print("cleaned up", flush=True)
        {cleaning}
Lazy.load = lambda _: Command("probe", callback=callback)
program.cli.lazy = {{"probe": Lazy("unused:unused", "Probe.")}}
{before}
sys.exit(program.main(["probe"]))
"""


def started(before="", cleaning="pass"):
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING.format(before=before, cleaning=cleaning)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "waiting\n"
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_in_order(number, code):
    process = started()

    process.send_signal(number)
    out, err = process.communicate(timeout=10)

    assert process.returncode == code
    assert out == "cleaned up\n"
    assert err == "error: interrupted\n"


def test_a_second_signal_ends_at_once():
    process = started(cleaning="time.sleep(60)")

    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "cleaned up\n"
    process.send_signal(signal.SIGINT)  # the first one once more
    time.sleep(signals.SAME_SECONDS + 0.1)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=5) == 130
    process.communicate()


def test_what_does_not_end_in_order_ends_by_force():
    process = started(
        before="from fourstroke.cli import signals; signals.PATIENCE_SECONDS = 0.3",
        cleaning="time.sleep(60)",
    )

    began = time.monotonic()
    process.terminate()
    process.communicate(timeout=10)

    assert process.returncode == 143
    assert time.monotonic() - began < 5


def test_an_ignored_signal_stays_ignored():
    process = started(before="import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)")

    process.send_signal(signal.SIGINT)
    time.sleep(0.3)

    assert process.poll() is None
    process.kill()
    process.communicate()


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    read, write = os.pipe()
    os.close(read)

    done = subprocess.run(
        [sys.executable, "-c", START, "completion", "bash"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_each_shell(shell, capsys):
    code = main(["completion", shell])

    assert code == 0
    assert f"{shell}_complete" in capsys.readouterr().out


def test_the_shell_is_told_commands_and_options():
    def complete(words, at):
        environment = {
            "COMP_WORDS": words,
            "COMP_CWORD": at,
            "_FOURSTROKE_COMPLETE": "bash_complete",
        }
        return call(env=os.environ | environment).stdout

    assert "plain,run\n" in complete("fourstroke r", "1")
    assert "plain,compare\n" in complete("fourstroke runs c", "2")
    assert "plain,--force\n" in complete("fourstroke run --fo", "2")


def offer(value, distribution="acme", name="steward"):
    return Offer(
        stage="commands",
        name=name,
        distribution=distribution,
        version="1.0",
        value=value,
        is_bundled=False,
    )


@pytest.fixture
def offered(monkeypatch):
    def install(*offers):
        monkeypatch.setattr(discovery, "installed", lambda: offers)

    return install


def hello():
    click.echo("hello")
    return 5


hello_command = click.command("steward")(hello)


def test_a_plugin_adds_a_command(offered, capsys):
    offered(offer(f"{__name__}:hello_command"))

    assert main(["steward"]) == 5
    assert main(["--help"]) == 0
    assert "From acme 1.0." in capsys.readouterr().out


def test_a_plugin_cannot_take_over_a_command(offered, capsys):
    offered(offer(f"{__name__}:hello_command", name="completion"))

    main(["completion", "bash"])

    assert "hello" not in capsys.readouterr().out


def test_a_broken_command_of_a_plugin_harms_only_itself(offered, capsys):
    offered(offer("no_such_module:command"))

    assert main(["--help"]) == 0
    assert main(["steward"]) == 2
    assert (
        "plugin steward (acme 1.0): it did not load: ModuleNotFoundError" in capsys.readouterr().err
    )


def test_two_plugins_with_one_command_are_both_named(offered, capsys):
    offered(offer("a:b", "acme"), offer("c:d", "beta"))

    assert main(["steward"]) == 2
    assert (
        "several distributions bring this command: acme 1.0 and beta 1.0" in capsys.readouterr().err
    )


def test_something_that_is_no_command_is_refused(offered, capsys):
    offered(offer("math:pi"))

    assert main(["steward"]) == 2
    assert "is no click command" in capsys.readouterr().err


def test_a_group_is_not_only_for_the_program():
    group = Group("things", commands={"one": Command("one")})

    with pytest.raises(FourstrokeError, match="did you mean 'one'"):
        group.main(["noe"], standalone_mode=False)
