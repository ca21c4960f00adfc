"""Every hook, called as the core calls it: what arrives, what comes back, and what is refused.

`Samples` are plugins of a few lines that keep what they were given. A hook has one test, named
``test_hook_<name>``; the last test holds that.
"""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest
from plugins_samples import context_at

from fourstroke import hookimpl, plugin
from fourstroke import hooks as package
from fourstroke.context import Context
from fourstroke.entities.audit_pack import AuditPack
from fourstroke.entities.facts import Check, ContractChange, Evaluation, Metric, Section
from fourstroke.entities.lineage import Lineage
from fourstroke.entities.model import (
    Candidate,
    Decision,
    Deployment,
    InputColumn,
    ModelSignature,
    ModelVersion,
    Verdict,
)
from fourstroke.entities.monitoring_history import MonitoringHistory
from fourstroke.entities.operations import Alert, MonitoringReport, Observation, Window
from fourstroke.entities.profile import ColumnProfile, TableDifference, TableProfile
from fourstroke.entities.run import DatasetFact, RunReport, StepFact
from fourstroke.entities.task import Task
from fourstroke.errors import StepError
from fourstroke.plugins.calls import Caller
from fourstroke.plugins.observing import Events
from fourstroke.plugins.services import (
    CodecCaller,
    ExecutorCaller,
    RenderCaller,
    StorageCaller,
    TableCaller,
)
from fourstroke.plugins.specification import hooks

NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
TABLE = [{"a": 1}, {"a": 2}]
CANDIDATE = Candidate(
    name="logistic", digest="d", evaluation=Evaluation(metrics=(Metric(name="auc", value=0.9),))
)
VERDICT = Verdict(outcome="pass", checks=(), candidate="logistic")
VERSION = ModelVersion(model="m", version=3, digest="d", candidate="logistic", run="r", created=NOW)
DEPLOYMENT = Deployment(target="local", model="m", version=3, digest="d", location="here")
ALERT = Alert(key="k", severity="error", title="t", text="x", at=NOW, model="m", version=3)
WINDOW = Window(model="m", version=3, batches=())
REPORT = MonitoringReport(model="m", version=3, rows=0, observations=())
DECISION = Decision(answer="yes", why="because")
CHECK = Check(name="c", status="pass")
OBSERVATION = Observation(name="drift", status="ok")
STEP = StepFact(name="s", cycle="data", stage="prepare", state="succeeded")
DATASET = DatasetFact(name="customers", version=1, digest="d")
RUN_REPORT = RunReport(
    run="r",
    project="p",
    state="succeeded",
    started=NOW,
    seconds=1.0,
    task=Task(),
    seed=0,
    user="ana",
    command="run",
)


def sample(hook: str, result: Any) -> Any:
    """Make a plugin that serves one hook: it keeps its arguments in `seen` and gives a result."""
    arguments = hooks()[hook].arguments
    lines = f"def {hook}(self, {', '.join(arguments)}):\n"
    lines += f"    self.seen.update({', '.join(f'{name}={name}' for name in arguments)})\n"
    lines += "    return result\n"
    scope: dict[str, Any] = {"result": result}
    exec(lines, scope)  # the arguments are those of the specification, whatever it says

    @plugin
    class Sample:
        seen: dict[str, Any] = attrs.field(factory=dict, init=False)

    setattr(Sample, hook, hookimpl(scope[hook]))
    return Sample()


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return context_at(tmp_path)


@attrs.frozen
class Stage:
    """Calls one stage of a sample through the core's caller, and compares what arrived."""

    context: Context
    hook: str

    def gives(self, result: Any, **arguments: Any) -> Any:
        own = sample(self.hook, result)
        arguments["context"] = self.context
        found = getattr(Caller({"step": own}, {}), self.hook)("step", **arguments)
        assert own.seen == arguments
        return found

    def refuses(self, result: Any, says: str, **arguments: Any) -> None:
        with pytest.raises(StepError, match=says) as caught:
            self.gives(result, **arguments)
        assert str(caught.value).startswith(f"step: {self.hook} of Sample gave ")

    def refuses_nothing(self, **arguments: Any) -> None:
        self.refuses(None, r"gave nothing \(return a value, never None\)", **arguments)


@pytest.fixture
def stage(request: pytest.FixtureRequest, context: Context) -> Stage:
    """Give the stage that the test is named after."""
    return Stage(context, request.function.__name__.removeprefix("test_hook_"))


def test_hook_source_state(stage: Stage):
    assert stage.gives("etag") == "etag"
    stage.refuses(7, "gave int, not str")
    stage.refuses_nothing()


def test_hook_collect(stage: Stage):
    assert stage.gives(TABLE) is TABLE
    stage.refuses("data.csv", "gave str, not a table")
    stage.refuses((row for row in TABLE), "gave generator, not a table")
    stage.refuses_nothing()


def test_hook_prepare(stage: Stage):
    given = {"data": TABLE, "inputs": {"data": TABLE}}

    assert stage.gives(TABLE[:1], **given) == TABLE[:1]
    assert stage.gives([], **given) == []
    stage.refuses(True, "gave bool, not a table", **given)
    stage.refuses_nothing(**given)


def test_hook_check(stage: Stage):
    assert stage.gives([CHECK], data=TABLE) == (CHECK,)
    assert stage.gives([], data=TABLE) == ()
    stage.refuses(CHECK, r"gave one Check, not several \(put it in a list\)", data=TABLE)
    stage.refuses([True], "gave a list with bool, not Check", data=TABLE)
    stage.refuses("pass", "gave str, not a list of Check", data=TABLE)
    stage.refuses(
        [Check(name="c", status="failed")],  # type: ignore[arg-type]  # which is what is refused
        "Check.status is 'failed', not one of 'pass'",
        data=TABLE,
    )
    stage.refuses_nothing(data=TABLE)


def test_hook_set_aside(stage: Stage):
    parts = {"good": TABLE[:1], "bad": TABLE[1:]}

    assert stage.gives(parts, data=TABLE) == parts
    stage.refuses({"good": TABLE}, "gave no 'bad', but good", data=TABLE)
    stage.refuses((TABLE, TABLE), "gave tuple, not tables by name", data=TABLE)
    stage.refuses_nothing(data=TABLE)


def test_hook_infer_contract(stage: Stage):
    assert stage.gives("age >= 0", data=TABLE) == "age >= 0"
    stage.refuses({"age": 0}, "gave dict, not str", data=TABLE)
    stage.refuses_nothing(data=TABLE)


def test_hook_compare_contracts(stage: Stage):
    change = ContractChange(name="age: min", old="0", new="1")
    given = {"old": "age >= 0", "new": "age >= 1"}

    assert stage.gives([change], **given) == (change,)
    assert stage.gives([], **given) == ()
    stage.refuses(change, "gave one ContractChange, not several", **given)
    stage.refuses(["age"], "gave a list with str, not ContractChange", **given)
    stage.refuses_nothing(**given)


def test_hook_compare_models(stage: Stage):
    difference = Metric(name="auc", value=0.1, low=0.0, high=0.2)
    given = {"first": CANDIDATE, "second": CANDIDATE}

    assert stage.gives([difference], **given) == (difference,)
    stage.refuses(difference, "gave one Metric, not several", **given)
    stage.refuses([0.1], "gave a list with float, not Metric", **given)
    stage.refuses_nothing(**given)


def test_hook_audit(stage: Stage):
    parts = {"train": TABLE[:1], "test": TABLE[1:]}

    assert stage.gives([CHECK], parts=parts) == (CHECK,)
    stage.refuses(CHECK, "gave one Check, not several", parts=parts)
    stage.refuses([True], "gave a list with bool, not Check", parts=parts)
    stage.refuses_nothing(parts=parts)


def test_hook_split(stage: Stage):
    parts = {"train": TABLE[:1], "test": TABLE[1:]}

    assert stage.gives(parts, data=TABLE) == parts
    stage.refuses({"train": TABLE}, "gave no 'test', but train", data=TABLE)
    stage.refuses((TABLE, TABLE), "gave tuple, not tables by name", data=TABLE)
    stage.refuses_nothing(data=TABLE)


def test_hook_split_with_a_part_that_is_none(context: Context):
    own = sample("split", {"train": TABLE, "test": None})

    with pytest.raises(StepError, match=r"split\['test'\] of Sample gave nothing"):
        Caller({"step": own}, {}).split("step", data=TABLE, context=context)


def test_hook_train(stage: Stage):
    model = object()

    assert stage.gives(model, data=TABLE) is model
    stage.refuses(dict, "gave the class dict, not a fitted model", data=TABLE)
    stage.refuses_nothing(data=TABLE)


def test_hook_predict(stage: Stage):
    given = {"model": object(), "data": TABLE}

    assert stage.gives([1, 2], **given) == [1, 2]
    stage.refuses([1], "gave 1 rows for 2", **given)
    stage.refuses_nothing(**given)


def test_hook_evaluate(stage: Stage):
    given = {"model": object(), "data": TABLE, "predictions": [1, 2]}

    assert stage.gives(CANDIDATE.evaluation, **given) == CANDIDATE.evaluation
    stage.refuses({"auc": 0.9}, "gave dict, not Evaluation", **given)
    stage.refuses(
        Evaluation(metrics=(Metric(name="auc", value="0.9"),)),  # type: ignore[arg-type]  # the same
        "Metric.value is str, not float",
        **given,
    )
    stage.refuses_nothing(**given)


def test_hook_explain(stage: Stage):
    given = {"model": object(), "data": TABLE}
    section = Section(title="importance")

    assert stage.gives([section], **given) == (section,)
    stage.refuses(section, "gave one Section, not several", **given)
    stage.refuses_nothing(**given)


def test_hook_explain_rows(stage: Stage):
    given = {"model": object(), "rows": TABLE[:1], "data": TABLE}
    section = Section(title="why")

    assert stage.gives([section], **given) == (section,)
    stage.refuses(section, "gave one Section, not several", **given)
    stage.refuses_nothing(**given)


def test_hook_signature(stage: Stage):
    given = {"model": object()}
    found = ModelSignature(columns=(InputColumn(name="age", kind="number"),))

    assert stage.gives(found, **given) == found
    stage.refuses(["age"], "gave list, not ModelSignature", **given)
    stage.refuses_nothing(**given)


def test_hook_validate(stage: Stage):
    given = {"candidate": CANDIDATE, "champion": None}

    assert stage.gives([CHECK], **given) == (CHECK,)
    stage.refuses([DECISION], "gave a list with Decision, not Check", **given)
    stage.refuses_nothing(**given)


def test_hook_approve(stage: Stage):
    given = {"candidate": CANDIDATE, "verdict": VERDICT}

    assert stage.gives(DECISION, **given) == DECISION
    stage.refuses(True, "gave bool, not Decision", **given)
    stage.refuses(
        Decision(answer="maybe", why=""),  # type: ignore[arg-type]  # which is what is refused
        "Decision.answer is 'maybe', not one of 'yes', 'no', 'waiting'",
        **given,
    )
    stage.refuses_nothing(**given)


def test_hook_deploy(stage: Stage):
    assert stage.gives(DEPLOYMENT, version=VERSION) == DEPLOYMENT
    stage.refuses("http://here", "gave str, not Deployment", version=VERSION)
    stage.refuses_nothing(version=VERSION)


def test_hook_probe_deployment(stage: Stage):
    given = {"deployment": DEPLOYMENT, "data": TABLE}

    assert stage.gives([{"prediction": 1}, {"prediction": 0}], **given)
    stage.refuses([{"prediction": 1}], "gave 1 rows for 2", **given)
    stage.refuses_nothing(**given)


def test_hook_verify_deployment(stage: Stage):
    given = {"deployment": DEPLOYMENT, "files": {"model.skops": "blake3:0"}}

    assert stage.gives([], **given) == ()
    assert stage.gives(["a was changed"], **given) == ("a was changed",)
    stage.refuses("a was changed", "gave str, not several texts", **given)
    stage.refuses_nothing(**given)


def test_hook_withdraw(stage: Stage):
    assert stage.gives(False, deployment=DEPLOYMENT) is False
    stage.refuses(0, "gave int, not bool", deployment=DEPLOYMENT)
    stage.refuses_nothing(deployment=DEPLOYMENT)


def test_hook_profile(stage: Stage):
    given = {"data": TABLE, "predictions": [1, 2]}

    assert stage.gives({"a": [1]}, **given) == {"a": [1]}
    stage.refuses_nothing(**given)


def test_hook_monitor(stage: Stage):
    given = {"window": WINDOW, "reference": None}

    assert stage.gives([OBSERVATION], **given) == (OBSERVATION,)
    stage.refuses([CHECK], "gave a list with Check, not Observation", **given)
    stage.refuses_nothing(**given)


def test_hook_alert(stage: Stage):
    assert stage.gives(True, alert=ALERT) is True
    stage.refuses("sent", "gave str, not bool", alert=ALERT)
    stage.refuses_nothing(alert=ALERT)


def test_hook_retrain(stage: Stage):
    assert stage.gives(DECISION, report=REPORT) == DECISION
    stage.refuses(False, "gave bool, not Decision", report=REPORT)
    stage.refuses_nothing(report=REPORT)


@attrs.frozen
class Service:
    """Calls one hook of a service of a sample, and compares what arrived."""

    caller: Any
    hook: str

    def gives(self, result: Any, **arguments: Any) -> Any:
        own = sample(self.hook, result)
        found = getattr(self.caller(own), self.hook)(**arguments)
        assert own.seen == arguments
        return found

    def refuses(self, result: Any, says: str, **arguments: Any) -> None:
        with pytest.raises(StepError, match=f"{self.hook} of Sample gave {says}"):
            self.gives(result, **arguments)


def test_hook_write():
    write = Service(StorageCaller, "write")

    assert write.gives(True, key="a/b", path=Path("x")) is True
    write.refuses(None, "nothing", key="a/b", path=Path("x"))
    write.refuses(1, "int, not bool", key="a/b", path=Path("x"))


def test_hook_read():
    read = Service(StorageCaller, "read")

    assert read.gives(Path("y"), key="a/b", path=Path("x")) == Path("y")
    read.refuses("y", "str, not Path", key="a/b", path=Path("x"))


def test_hook_exists():
    exists = Service(StorageCaller, "exists")

    assert exists.gives(False, key="a/b") is False
    exists.refuses(None, "nothing", key="a/b")
    exists.refuses("", "str, not bool", key="a/b")


def test_hook_keys():
    keys = Service(StorageCaller, "keys")

    assert list(keys.gives(iter(["a", "b"]), prefix="")) == ["a", "b"]
    assert list(keys.gives([], prefix="")) == []
    keys.refuses("abc", "str, not several texts", prefix="")


def test_hook_delete():
    delete = Service(StorageCaller, "delete")

    assert delete.gives(True, key="a/b") is True
    delete.refuses(None, "nothing", key="a/b")


def test_hook_encode(tmp_path: Path):
    encode = Service(CodecCaller, "encode")

    assert encode.gives(True, value=TABLE, folder=tmp_path) is True
    encode.refuses(None, "nothing", value=TABLE, folder=tmp_path)


def test_hook_decode(tmp_path: Path):
    decode = Service(CodecCaller, "decode")

    assert decode.gives(TABLE, folder=tmp_path) is TABLE
    decode.refuses(None, "nothing", folder=tmp_path)


def test_hook_profile_table():
    profile_table = Service(TableCaller, "profile_table")
    profile = TableProfile(rows=2, columns=(ColumnProfile(name="a", family="integer", rows=2),))

    assert profile_table.gives(profile, pieces=[TABLE]) is profile
    profile_table.refuses({"rows": 2}, "dict, not TableProfile", pieces=[TABLE])


def test_hook_compare_tables():
    compare_tables = Service(TableCaller, "compare_tables")
    given = {"before": [TABLE], "after": [TABLE], "key": ("a",)}
    same = TableDifference(rows_before=2, rows_after=2)

    assert compare_tables.gives(same, **given) is same
    compare_tables.refuses(True, "bool, not TableDifference", **given)


def test_hook_write_table(tmp_path: Path):
    write_table = Service(TableCaller, "write_table")
    given = {"pieces": [TABLE], "path": tmp_path / "x.csv"}

    assert write_table.gives(2, **given) == 2
    write_table.refuses("2", "str, not int", **given)


def test_hook_stack_rows():
    stack_rows = Service(TableCaller, "stack_rows")

    assert stack_rows.gives(TABLE, parts=[(TABLE, 0, 1)]) is TABLE
    stack_rows.refuses(None, "nothing", parts=[(TABLE, 0, 1)])


def test_hook_read_labels():
    read_labels = Service(TableCaller, "read_labels")
    given = {"table": TABLE, "column": "id", "label": "paid", "is_number": False}

    assert read_labels.gives(TABLE, **given) is TABLE
    read_labels.refuses(1, "int, not a table", **given)


def test_hook_label_rows():
    label_rows = Service(TableCaller, "label_rows")
    given = {"rows": TABLE, "column": "id", "labels": [TABLE]}

    assert label_rows.gives(TABLE, **given) is TABLE
    label_rows.refuses([1, 2, 3], "3 rows for 2", **given)


def test_hook_find_rows():
    find_rows = Service(TableCaller, "find_rows")
    given = {"pieces": [TABLE], "column": "a", "value": "2"}

    assert find_rows.gives([1], **given) == (1,)
    find_rows.refuses(["1"], "a list with str, not int", **given)
    find_rows.refuses(1, "int, not several numbers", **given)


def test_hook_columns_of():
    columns_of = Service(TableCaller, "columns_of")

    assert columns_of.gives({"a": [1, 2]}, table=TABLE) == {"a": [1, 2]}
    columns_of.refuses([1], "list, not Mapping", table=TABLE)


def test_hook_table_of():
    table_of = Service(TableCaller, "table_of")
    given = {"parts": [{"a": [1]}, {"a": [2]}]}

    assert table_of.gives(TABLE, **given) is TABLE
    table_of.refuses("x", "str, not a table", **given)


def test_hook_pack_columns():
    pack_columns = Service(TableCaller, "pack_columns")

    assert pack_columns.gives(b"x", columns={"a": [1]}) == b"x"
    pack_columns.refuses("x", "str, not bytes", columns={"a": [1]})


def test_hook_unpack_columns():
    unpack_columns = Service(TableCaller, "unpack_columns")

    assert unpack_columns.gives({"a": [1]}, packed=b"x") == {"a": [1]}
    unpack_columns.refuses(None, "nothing", packed=b"x")


def rendered(hook: str, given: dict[str, Any], context: Context, made: Path) -> Path:
    """Call one of a renderer's own pages: it has to hear what it was given."""
    made.write_text("x")
    renderer = sample(hook, made)
    found = RenderCaller(renderer).page(hook, context, given)
    assert {name: renderer.seen[name] for name in given} == given
    return found


def test_hook_render_profile(context: Context, tmp_path: Path):
    given = {"title": "people@v1", "profile": TableProfile(rows=2, columns=())}

    made = rendered("render_profile", given, context, tmp_path / "profile.html")

    assert made == tmp_path / "profile.html"


def test_hook_render_catalog(context: Context, tmp_path: Path):
    given = {"entries": ()}

    made = rendered("render_catalog", given, context, tmp_path / "catalog.html")

    assert made == tmp_path / "catalog.html"


def test_hook_render_audit_pack(context: Context, tmp_path: Path):
    given = {"pack": AuditPack(title="people@v1", project="sample", state="in production")}

    made = rendered("render_audit_pack", given, context, tmp_path / "audit.html")

    assert made == tmp_path / "audit.html"


def test_hook_render_lineage(context: Context, tmp_path: Path):
    given = {"lineage": Lineage(about="data:people@v1")}

    made = rendered("render_lineage", given, context, tmp_path / "lineage.svg")

    assert made == tmp_path / "lineage.svg"


def test_hook_render_monitoring(context: Context, tmp_path: Path):
    history = MonitoringHistory(
        project="sample",
        model="sample",
        version=1,
        is_champion=True,
        trained_in="r1",
        run="r2",
        looked_at=NOW,
        latest=REPORT,
        windows=(),
    )

    made = rendered("render_monitoring", {"history": history}, context, tmp_path / "monitoring.md")

    assert made == tmp_path / "monitoring.md"


def test_hook_executor(context: Context):
    executor = Service(ExecutorCaller, "executor")

    with ThreadPoolExecutor(1) as pool:
        assert executor.gives(pool, context=context) is pool
    executor.refuses("processes", "str, not Executor", context=context)
    executor.refuses(Executor, "type, not Executor", context=context)


def test_hook_render(context: Context, tmp_path: Path):
    render = Service(RenderCaller, "render")
    given = {"report": RUN_REPORT, "context": context}
    made = tmp_path / "report.txt"
    made.write_text("x")

    assert render.gives(made, **given) == made
    render.refuses(str(made), "str, not Path", **given)
    render.refuses(tmp_path / "other.txt", "other.txt, which is no file", **given)
    render.refuses(Path(__file__), "test_hooks.py, which is no file in context.scratch", **given)


def tell(event: str, **facts: Any) -> None:
    """Tell an event to two observers, of which the first fails: the second hears it all the same."""

    def fail(self: Any) -> None:
        raise ValueError("broken pipe")

    @plugin
    class Failing:
        pass

    setattr(Failing, event, hookimpl(fail))
    hearing = sample(event, None)

    problems = getattr(Events({"failing": Failing(), "hearing": hearing}), event)(**facts)

    assert hearing.seen == facts
    assert problems == [f"observer failing failed at {event}: ValueError: broken pipe"]


def test_hook_run_started():
    tell("run_started", run="r", project="p")


def test_hook_step_started():
    tell("step_started", run="r", step=STEP)


def test_hook_step_finished():
    tell("step_finished", run="r", step=STEP)


def test_hook_dataset_published():
    tell("dataset_published", run="r", dataset=DATASET)


def test_hook_model_validated():
    tell("model_validated", run="r", verdict=VERDICT)


def test_hook_model_registered():
    tell("model_registered", run="r", version=VERSION)


def test_hook_model_deployed():
    tell("model_deployed", run="r", deployment=DEPLOYMENT)


def test_hook_alert_raised():
    tell("alert_raised", run="r", alert=ALERT)


def test_hook_run_finished():
    tell("run_finished", run="r", state="succeeded")


def specified() -> list[str]:
    """Read the names of all hooks from the package, not from the list that the core keeps."""
    modules = [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]
    return [
        name
        for module in modules
        for specification in vars(module).values()
        if isinstance(specification, type) and specification.__module__ == module.__name__
        for name, function in vars(specification).items()
        if hasattr(function, "fourstroke_spec")
    ]


def test_every_hook_has_its_test():
    missing = [name for name in specified() if f"test_hook_{name}" not in globals()]

    assert not missing


def test_core_knows_every_hook_once():
    assert sorted(specified()) == sorted(hooks())
