"""The engine beside a hand-written loop in the same run."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from fourstroke import Project
from fourstroke.cli.main import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.benchmark

STEPS = 100

# What somebody writes who wants the same by hand: each result as a synced parquet file under a
# name, and its hash in a list, so that the loop can skip what has not changed.
FLOOR = """\
import hashlib, json, os, pathlib, sys, time
import pandas as pd
from blake3 import blake3

def digest(data): return blake3(data).hexdigest()

def durable(path, data):
    partial = path.with_suffix('.partial')
    with open(partial, 'wb') as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)

def main(source, folder):
    started = time.perf_counter()
    folder.mkdir(exist_ok=True)
    listed = folder / 'list.json'
    known = json.loads(listed.read_text()) if listed.exists() else {}
    frame, inputs = None, digest(source.read_bytes())
    for number in range(STEPS):
        path = folder / f'{number}.parquet'
        key = digest(f'{number} add {inputs}'.encode())
        if key in known and path.exists() and digest(path.read_bytes()) == known[key]:
            inputs = known[key]
            continue
        if frame is None:
            frame = pd.read_csv(source)
        frame['a'] += number
        frame.to_parquet(path.with_suffix('.made'))
        data = path.with_suffix('.made').read_bytes()
        durable(path, data)
        known[key] = inputs = digest(data)
        durable(listed, json.dumps(known).encode())
    return time.perf_counter() - started

if __name__ == '__main__':
    print(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
"""

# A program by hand with as many commands, which shows those of plugins and what is installed, too.
LIGHT = """\
import importlib.metadata
import attrs, click, pluggy

@click.group()
def cli():
    '''Commands, and those of plugins.'''

for number in range(COMMANDS):
    cli.command(f'command{number}', help='Do it.')(lambda: None)
for point in importlib.metadata.entry_points(group='fourstroke.commands'):
    cli.command(point.name, help=f'From {point.dist.name} {point.dist.version}.')(lambda: None)

@cli.group()
def plugins():
    '''What is installed.'''

@plugins.command('list')
def show():
    known = importlib.metadata.entry_points()
    for group in sorted(name for name in known.groups if name.startswith('fourstroke.')):
        for point in known.select(group=group):
            click.echo(f'{group}  {point.name}  {point.value}')

cli()
"""


@pytest.fixture
def project(chain: Callable[[int], Path]) -> Path:
    return chain(STEPS)


def cpu_seconds(command: list[str], folder: Path) -> float:
    """Measure a process whose modules are compiled already, as those that pip installs are."""
    environment = {**os.environ, "NO_COLOR": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command,
        cwd=folder,
        check=True,
        capture_output=True,
        env=environment,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def floor(folder: Path, name: str) -> float:
    script = folder / "floor.py"
    script.write_text(f"STEPS = {STEPS}\n{FLOOR}")
    done = subprocess.run(
        [sys.executable, str(script), "data.csv", name],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def test_chain_of_100_steps_costs_at_most_3_times_a_hand_written_loop(project: Path):
    floors = [floor(project, f"floor{number}") for number in range(3)]
    own = []
    for _ in range(3):
        with Project.open(project) as opened:
            started = time.perf_counter()
            outcome = opened.run(force=True)
            own.append(time.perf_counter() - started)
        assert outcome.state == "succeeded"

    ratio = min(own) / min(floors)
    print(f"\nchain of {STEPS}: {min(own):.2f} s against {min(floors):.2f} s, ratio {ratio:.2f}")
    assert ratio <= 3.0


def test_unchanged_chain_costs_at_most_1_5_times_the_loop_that_skips(project: Path):
    floor(project, "skipped")
    with Project.open(project) as opened:
        opened.run()
    script = [sys.executable, "floor.py", "data.csv", "skipped"]
    command = [sys.executable, "-m", "fourstroke", "run"]
    cpu_seconds(command, project)

    floors = min(cpu_seconds(script, project) for _ in range(5))
    own = min(cpu_seconds(command, project) for _ in range(5))

    print(f"\nunchanged chain: {own:.2f} CPU-s against {floors:.2f}, ratio {own / floors:.2f}")
    assert own / floors <= 1.5


@pytest.mark.parametrize(
    ("command", "most"),
    [(["--help"], 1.5), (["plugins", "list"], 2.0)],
    ids=["help", "plugins list"],
)
def test_light_commands_cost_little_more_than_click_and_a_look_at_entry_points(
    command: list[str], most: float, tmp_path: Path
):
    script = tmp_path / "light.py"
    script.write_text(f"COMMANDS = {len(COMMANDS)}\n{LIGHT}")
    whole = [sys.executable, "-m", "fourstroke", *command]
    by_hand = [sys.executable, str(script), *command]
    cpu_seconds(whole, tmp_path)
    own, floors = [], []

    for _ in range(7):  # in turn, for a machine has faster and slower minutes
        own.append(cpu_seconds(whole, tmp_path))
        floors.append(cpu_seconds(by_hand, tmp_path))

    ratio = min(own) / min(floors)
    told = f"{min(own):.3f} CPU-s against {min(floors):.3f}, ratio {ratio:.2f}"
    print(f"\n{' '.join(command)}: {told}")
    assert ratio <= most


@pytest.mark.parametrize("command", [["--help"], ["plugins", "list"]], ids=" ".join)
def test_light_commands_import_nothing_heavy(command: list[str], tmp_path: Path):
    code = (
        "import json, sys\nfrom fourstroke.cli.main import main\n"
        f"sys.argv = ['fourstroke', *{command!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    loaded = set(json.loads(done.stdout.splitlines()[-1]))

    assert not loaded & {"pandas", "numpy", "sklearn", "sqlalchemy", "alembic", "pyarrow", "jinja2"}
    assert not {name for name in loaded if name.startswith("fourstroke_")}
