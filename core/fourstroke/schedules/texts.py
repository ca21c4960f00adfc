"""Schedules as other programs write them: crontab, systemd, Airflow, Kubernetes."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from typing import TYPE_CHECKING, Final

from cronsim import CronSim

from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from fourstroke.schedules.schedule import Schedule

_WEEKDAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_ALL_DAYS: Final = 31
_ALL_MONTHS: Final = 12
_LONGEST_NAME: Final = 52  # of a CronJob in Kubernetes, which adds eleven characters


def crontab(schedule: Schedule, program: Sequence[str], folder: Path) -> str:
    """Write lines for a crontab, and what there is to know of ``CRON_TZ``, which not every cron reads."""
    command = f"cd {shlex.quote(str(folder))} && {shlex.join([*program, *schedule.words])}"
    # A percent sign ends the command in a crontab.
    escaped = command.replace("%", "\\%")
    return f"""\
# CRON_TZ holds for all lines below it: put these last, or into a file of their own.
# cronie (Fedora, Red Hat, Arch) reads it. A cron that does not, as many of Debian and Ubuntu, takes the
# clock of the machine: set that to {schedule.timezone}, or export for systemd.
CRON_TZ={schedule.timezone}
{schedule.cron} {escaped}
"""


def systemd(schedule: Schedule, program: Sequence[str], folder: Path) -> str:
    """Write a service and its timer, one after the other, each under the name of its file."""
    name = f"fourstroke-{schedule.name}"
    command = " ".join(_quoted(word) for word in [*program, *schedule.words])
    times = "\n".join(
        f"OnCalendar={line} {schedule.timezone}" for line in on_calendar(schedule.cron)
    )
    persistent = "false" if schedule.catch_up == "none" else "true"
    return f"""\
# {name}.service
[Unit]
Description=fourstroke {_one_line(schedule.command)}

[Service]
Type=oneshot
WorkingDirectory={_unit_path(folder)}
ExecStart={command}

# {name}.timer
[Unit]
Description=fourstroke {_one_line(schedule.command)}, {_one_line(schedule.when)}

[Timer]
{times}
Persistent={persistent}

[Install]
WantedBy=timers.target
"""


def airflow(schedule: Schedule, program: Sequence[str], folder: Path) -> str:
    """Write a DAG for Airflow 2.4 and later."""
    catch_up, since = schedule.catch_up == "all", schedule.since
    begun = f"{since.year}, {since.month}, {since.day}, tz={schedule.timezone!r}"
    return f"""\
import pendulum
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    dag_id={f"fourstroke_{schedule.name}"!r},
    description={_one_line(schedule.when)!r},
    schedule={schedule.cron!r},
    start_date=pendulum.datetime({begun}),
    catchup={catch_up},
    max_active_runs=1,
):
    BashOperator(
        task_id={schedule.name!r},
        # Jinja looks for its signs in a command.
        bash_command={_without_jinja(shlex.join([*program, *schedule.words]) + " ")!r},
        cwd={str(folder)!r},
    )
"""


def kubernetes(schedule: Schedule, program: Sequence[str], folder: Path) -> str:
    """Write a CronJob; the image is for whoever builds it to name."""
    name = f"fourstroke-{schedule.name}".lower().replace("_", "-")[:_LONGEST_NAME].rstrip("-")
    command = json.dumps([*program, *schedule.words])
    deadline = "" if schedule.catch_up == "none" else "  startingDeadlineSeconds: 86400\n"
    return f"""\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
spec:
  schedule: {json.dumps(schedule.cron)}
  timeZone: {json.dumps(schedule.timezone)}
  concurrencyPolicy: Forbid
{deadline}  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: fourstroke
              image: IMAGE  # one with the project and fourstroke in it
              workingDir: {json.dumps(str(folder))}
              command: {command}
"""


FORMATS: Final[dict[str, Callable[[Schedule, Sequence[str], Path], str]]] = {
    "cron": crontab,
    "systemd": systemd,
    "airflow": airflow,
    "kubernetes": kubernetes,
}


def written(schedule: Schedule, form: str, program: Sequence[str], folder: Path) -> str:
    """Write a schedule for another program.

    Raises
    ------
    UsageError
        If new data starts it, for which the others have no word.
    """
    if schedule.on_new_data:
        raise UsageError(
            f"{schedule.name} waits for new data, which {form} knows nothing of",
            hint="export one with times, such as every five minutes: a run of old data does nothing",
        )
    return FORMATS[form](schedule, program, folder)


def on_calendar(expression: str) -> tuple[str, ...]:
    """Write a cron expression as times of systemd.

    Where both the day of the month and that of the week are limited, cron takes either, and systemd
    both: then there are two times.

    Raises
    ------
    UsageError
        For the last day of a month and the n-th weekday, which are written otherwise.

    Examples
    --------
    >>> on_calendar("0 6 * * MON-FRI")
    ('Mon,Tue,Wed,Thu,Fri *-*-* 6:0:00',)
    >>> on_calendar("*/30 0 1 * SUN")
    ('*-*-1 0:0,30:00', 'Sun *-*-* 0:0,30:00')
    """
    sim = CronSim(expression, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    days, weekdays = set(sim.days), set(sim.weekdays)
    if not all(isinstance(day, int) and day >= 0 for day in (*days, *weekdays)):
        raise UsageError(
            f"{expression!r} has a day that systemd writes otherwise",
            hint="write the timer by hand",
        )
    names = [_WEEKDAYS[number] for number in sorted({int(str(day)) % 7 for day in weekdays})]
    months = "*" if len(sim.months) == _ALL_MONTHS else _listed(sim.months)
    time = f"{_listed(sim.hours, 24)}:{_listed(sim.minutes, 60)}:00"
    by_day = f"*-{months}-{_listed(days)} {time}" if len(days) < _ALL_DAYS else ""
    by_week = f"{','.join(names)} *-{months}-* {time}" if len(names) < len(_WEEKDAYS) else ""
    return tuple(line for line in (by_day, by_week) if line) or (f"*-{months}-* {time}",)


def _listed(numbers: Iterable[int], all_of_them: int = 0) -> str:
    found = sorted(numbers)
    return "*" if len(found) == all_of_them else ",".join(map(str, found))


def _quoted(word: str) -> str:
    """Quote a word of ExecStart, in which systemd replaces % and $ and reads C's escapes."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{_one_line(text)}"'


def _unit_path(folder: Path) -> str:
    return _one_line(str(folder).replace("%", "%%"))


def _without_jinja(text: str) -> str:
    return text.replace("{{", "{{ '{{' }}").replace("{%", "{{ '{%' }}").replace("{#", "{{ '{#' }}")


def _one_line(text: str) -> str:
    return " ".join(text.split())
