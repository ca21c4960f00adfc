"""What a key covers: whatever a result depends on, and nothing that it does not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from whole_project import write_project

from fourstroke import Project


@pytest.fixture
def write(tmp_path: Path):
    """Give a function that writes a project of two tables and its steps."""

    def project(toml: str, *, tables: str = "a", **files: str) -> Path:
        head = '[project]\nname = "keys"\n\n[backends]\nrunner = "inline"\n'
        sources = "".join(
            f'[[data.collect]]\nname = "{name}"\npath = "{name}.csv"\n' for name in tables
        )
        (tmp_path / "fourstroke.toml").write_text(head + sources + dedent(toml))
        (tmp_path / "a.csv").write_text("v\n1\n2\n")
        (tmp_path / "b.csv").write_text("v\n10\n20\n")
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_py", ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        return tmp_path

    return project


def states(folder: Path, **options) -> dict[str, str]:
    with Project.open(folder, **options) as project:
        outcome = project.run()
    assert outcome.errors == ()
    return {step.name: step.state for step in outcome.report.steps}


def table(folder: Path):
    with Project.open(folder) as project:
        return project.datasets["keys"].load()


JOINED = '[[data.prepare]]\nname = "less"\nuse = "steps.py:less"\nfrom = ["a", "b"]\n'
ONE = '[[data.prepare]]\nname = "own"\nuse = "steps.py:own"\nfrom = ["a"]\n'


def test_order_of_inputs_counts(write):
    less = """\
        def less(data, inputs):
            other = next(t for t in inputs.values() if t is not data and not t.equals(data))
            return data.assign(v=data["v"] - other["v"])
        """
    folder = write(JOINED, tables="ab", steps_py=less)
    states(folder)
    before = list(table(folder)["v"])
    text = (folder / "fourstroke.toml").read_text()
    (folder / "fourstroke.toml").write_text(text.replace('["a", "b"]', '["b", "a"]'))

    assert states(folder)["data.prepare.less"] == "succeeded"

    assert list(table(folder)["v"]) == [-value for value in before]


@pytest.mark.parametrize(
    "importing",
    [
        "importlib.import_module(name='helper')",
        "importlib.import_module('.helper', package='pack')",
        "load('helper')",
    ],
)
def test_module_imported_by_a_literal_name_counts(write, importing):
    steps = f"""\
        import importlib
        from importlib import import_module as load

        def own(data):
            return data * {importing}.FACTOR
        """
    folder = write(ONE, steps_py=steps, helper_py="FACTOR = 2\n", pack__helper_py="FACTOR = 2\n")
    states(folder)
    (folder / "helper.py").write_text("FACTOR = 30\n")
    (folder / "pack" / "helper.py").write_text("FACTOR = 30\n")

    assert states(folder)["data.prepare.own"] == "succeeded"

    assert list(table(folder)["v"]) == [30, 60]


def test_environment_counts_for_a_step_that_reads_it(write):
    steps = """\
        def own(data, context):
            return data.assign(where=context.environment or "none")
        """
    folder = write(ONE + "[environments.prod.run]\nseed = 0\n", steps_py=steps)
    states(folder)

    assert states(folder, environment="prod")["data.prepare.own"] == "succeeded"

    assert set(table(folder)["where"]) == {"prod"}


def test_environment_does_not_count_for_a_step_that_does_not_read_it(write):
    folder = write(
        ONE + "[environments.prod.run]\nseed = 0\n", steps_py="def own(data):\n    return data\n"
    )
    states(folder)

    assert states(folder, environment="prod")["data.prepare.own"] == "cached"


def test_settings_of_the_project_count_for_a_step_that_reads_them(write):
    steps = """\
        def own(data, context):
            return data * context.settings["run"]["retries"]
        """
    folder = write(ONE + "[run]\nretries = 1\n", steps_py=steps)
    states(folder)

    changed = states(folder, overrides=("run.retries=5",))

    assert changed["data.prepare.own"] == "succeeded"
    assert changed["data.collect.a"] == "cached"


def test_module_that_no_key_covers_is_told(write):
    steps = """\
        import sys
        from pathlib import Path
        sys.path.insert(0, str(Path(__file__).parent / "src"))

        def own(data):
            import hidden_library
            return data * hidden_library.FACTOR
        """
    folder = write(ONE, steps_py=steps, src__hidden_library_py="FACTOR = 2\n")

    with Project.open(folder) as project:
        report = project.run().report

    assert any("src/hidden_library.py unseen" in message for message in report.messages)


CANDIDATES = """\
    [task]
    target = "y"
    kind = "binary"

    [data]
    check = []
    audit = []

    [data.collect]
    path = "c.csv"

    [model]
    explain = []

    [[model.train]]
    name = "one"
    use = "sklearn"
    estimator = "LogisticRegression"

    [[model.train]]
    name = "two"
    use = "sklearn"
    estimator = "LogisticRegression"

    [operations]
    monitor = []
    """


@pytest.fixture
def classified(tmp_path: Path) -> Path:
    """Give a project with two equal candidates, whose target is 0 or 1."""
    head = '[project]\nname = "keys"\n\n[backends]\nrunner = "inline"\n'
    (tmp_path / "fourstroke.toml").write_text(head + dedent(CANDIDATES))
    rows = [f"{i % 17},{(i * 7) % 11},{int(i % 17 > 9 or i % 5 == 0)}" for i in range(300)]
    (tmp_path / "c.csv").write_text("a,b,y\n" + "\n".join(rows) + "\n")
    return tmp_path


def metrics(folder: Path, **options) -> tuple[str, dict[str, float | None]]:
    with Project.open(folder, **options) as project:
        report = project.run().report
    [chosen] = [each for each in report.candidates if each.name == report.chosen]
    return report.chosen, {each.name: each.value for each in chosen.evaluation.metrics}


def test_positive_class_that_is_zero_counts(classified):
    _, before = metrics(classified)

    _, after = metrics(classified, overrides=("task.positive=0",))

    assert after["precision"] != before["precision"]
    assert after["accuracy"] == before["accuracy"]


def test_deciding_metric_counts(classified):
    states(classified)

    assert states(classified, overrides=("model.select=accuracy",))["model.select"] == "succeeded"


def test_deciding_metric_that_there_is_not_is_told_also_after_a_run(classified):
    states(classified)

    with Project.open(classified, overrides=("model.select=nosuch",)) as project:
        outcome = project.run()

    assert "no metric 'nosuch'" in str(outcome.errors[0])


def test_order_of_equal_candidates_counts(classified):
    first, _ = metrics(classified)
    text = (classified / "fourstroke.toml").read_text()
    swapped = text.replace('"one"', '"x"').replace('"two"', '"one"').replace('"x"', '"two"')
    (classified / "fourstroke.toml").write_text(swapped)

    second, _ = metrics(classified)

    assert (first, second) == ("one", "two")


def test_name_of_the_model_counts(classified):
    states(classified)

    with Project.open(classified, overrides=("model.name=other",)) as project:
        outcome = project.run()

    assert outcome.state == "succeeded"
    assert outcome.report.version.model == "other"
    with Project.open(classified, overrides=("model.name=other",)) as project:
        assert project.models["other"].champion.version == 1


RULED = """
    from pathlib import Path

    import attrs

    from fourstroke import hookimpl, plugin

    @attrs.frozen
    class Place:
        file: Path | None = None

    @plugin
    class Ruled:
        rules: Path = Path("rules.txt")
        more: tuple[Path, ...] = ()
        place: Place = Place()

        @hookimpl
        def prepare(self, data):
            return data.assign(v=data["v"] * int(self.rules.read_text() or "1"))
    """
RULES = '[[data.prepare]]\nname = "own"\nuse = "steps.py:Ruled"\nfrom = ["a"]\n'


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param("", id="default"),
        pytest.param('rules = "rules.txt"\n', id="setting"),
        pytest.param('more = ["other.txt", "rules.txt"]\n', id="list"),
        pytest.param('place = { file = "rules.txt" }\n', id="table"),
    ],
)
def test_content_of_a_file_that_a_setting_names_counts(write, settings):
    folder = write(RULES + settings, steps_py=RULED, **{"rules.txt": "2"})
    states(folder)
    (folder / "rules.txt").write_text("30")

    assert states(folder)["data.prepare.own"] == "succeeded"


def test_file_that_a_setting_names_is_named_by_the_plan(write):
    folder = write(RULES, steps_py=RULED, **{"rules.txt": "2"})
    states(folder)
    (folder / "rules.txt").write_text("30")

    with Project.open(folder) as project:
        reasons = {step.name: step.reason for step in project.plan().steps}

    assert reasons["data.prepare.own"] == "the file of its setting rules changed"


def test_unchanged_file_that_a_setting_names_is_cached(write):
    folder = write(RULES, steps_py=RULED, **{"rules.txt": "2"})
    states(folder)
    (folder / "rules.txt").touch()

    assert set(states(folder).values()) == {"cached"}


def test_file_outside_the_project_counts(write, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "rules.txt"
    outside.write_text("2")
    folder = write(f"{RULES}rules = '{outside}'\n", steps_py=RULED)
    states(folder)
    outside.write_text("30")

    assert states(folder)["data.prepare.own"] == "succeeded"


def test_file_in_the_folder_of_fourstroke_is_no_input(write):
    toml = """\
        [[data.prepare]]
        use = "steps.py:kept"
        from = ["a"]
        log = ".fourstroke/seen.txt"
        """
    steps = """\
        from pathlib import Path

        def kept(data, log: Path):
            with log.open("a") as file:
                file.write("seen")
            return data
        """
    folder = write(toml, steps_py=steps)
    states(folder)

    assert set(states(folder).values()) == {"cached"}


TARGET = """

@plugin
class Diary:
    path: Path = Path("diary.txt")

    @hookimpl
    def deploy(self, version):
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{version.version}\\n")
        return Deployment(
            target="diary", model=version.model, version=version.version, location="diary.txt", digest=version.digest
        )
"""


def test_file_that_a_target_writes_is_no_input(tmp_path):
    folder = write_project(tmp_path)
    toml, steps = folder / "fourstroke.toml", folder / "steps.py"
    toml.write_text(toml.read_text() + '\n[development.deploy]\nuse = "steps.py:Diary"\n')
    steps.write_text(steps.read_text().replace("Decision,", "Decision, Deployment,") + TARGET)
    states(folder)

    again = states(folder)

    assert (folder / "diary.txt").read_text() == "1\n"
    assert set(again.values()) == {"cached"}
