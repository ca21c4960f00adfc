"""The service: its protocols, what it refuses, and that it says what the model says."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest
import serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourstroke import Project, UsageError
from fourstroke_serve.application import application
from fourstroke_serve.routes import ENDPOINTS
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings

JSON = {"content-type": "application/json"}
ROW = serving.ROW


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = serving.write_shop(tmp_path_factory.mktemp("serve") / "shop")
    assert serving.turn(found) == 1
    return found


@pytest.fixture(scope="module")
def service(folder: Path):
    found = Service.open(Settings(project=str(folder), most_rows=1000, is_logged=False))
    found.look()
    yield found
    found.end()


@pytest.fixture(scope="module")
def client(service: Service) -> serving.Client:
    return serving.Client(service)


@pytest.fixture(scope="module")
def said(folder: Path) -> tuple[list, dict]:
    """Give three rows as records, and what the model says of them in a notebook."""
    with Project.open(folder) as project:
        champion = project.models["shop"].champion
        data, _ = champion.held_out()
        rows = data.head(3)
        table = champion.predict(rows)
    records = json.loads(
        rows[["age", "town", "member", "since"]].astype({"since": str}).to_json(orient="records")
    )
    return records, {
        "labels": table["prediction"].tolist(),
        "yes": table["probability_yes"].tolist(),
    }


def test_records_are_scored_as_in_a_notebook(client, said):
    records, expected = said
    answer = client.post("/predict", json={"records": records})

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [each["prediction"] for each in body["predictions"]] == expected["labels"]
    assert [each["probabilities"]["yes"] for each in body["predictions"]] == expected["yes"]
    assert (body["model"], body["version"]) == ("shop", 1)
    assert answer.headers["x-model-version"] == "1"
    assert answer.headers["x-model-role"] == "champion"
    assert client.post("/predict", json=records).json()["predictions"] == body["predictions"]


def test_every_form_of_mlflow_gives_the_same(client, said):
    records, expected = said
    names = ["since", "age", "town", "member"]
    rows = [[record[name] for name in names] for record in records]
    in_order = [[record[name] for name in ("age", "town", "member", "since")] for record in records]
    columns = {name: [record[name] for record in records] for name in names}
    bodies = [
        {"dataframe_split": {"columns": names, "data": rows}},
        {"dataframe_records": records},
        {"inputs": columns},
        {"inputs": records},
        {"instances": records},
        {"instances": in_order},
    ]
    lines = [",".join(names), *(",".join(str(cell) for cell in row) for row in rows)]
    answers = [client.post("/invocations", json=body) for body in bodies]
    answers.append(
        client.post("/invocations", content="\n".join(lines), headers={"content-type": "text/csv"})
    )

    assert [answer.json() for answer in answers] == [{"predictions": expected["labels"]}] * 7
    assert client.get("/ping").status_code == client.get("/health").status_code == 200
    assert client.get("/version").text


def test_open_inference_protocol_gives_the_same(client, said):
    records, expected = said
    kinds = {"age": "FP64", "town": "BYTES", "member": "BOOL", "since": "BYTES"}
    inputs = [
        {
            "name": name,
            "shape": [3, 1],
            "datatype": kind,
            "data": [[record[name]] for record in records],
        }
        for name, kind in kinds.items()
    ]
    body = {"id": "mine", "inputs": inputs, "outputs": [{"name": "probability_yes"}]}
    answer = client.post("/v2/models/shop/infer", json=body).json()

    assert answer["id"] == "mine"
    [output] = answer["outputs"]
    assert output == {
        "name": "probability_yes",
        "shape": [3],
        "datatype": "FP64",
        "data": expected["yes"],
    }
    assert client.post("/v2/models/shop/versions/1/infer", json=body).status_code == 200
    told = client.get("/v2/models/shop").json()
    assert {each["name"]: each["datatype"] for each in told["inputs"]} == kinds
    assert client.get("/v2/models/shop/ready").json()["ready"] is True
    assert client.get("/v2/health/ready").status_code == 200
    for path in ("/v2/models/other", "/v2/models/shop/versions/9/ready"):
        assert client.get(path).status_code == 404


WRONG = {
    "text for a number": ({**ROW, "age": "30"}, "age", "the text '30'"),
    "number for text": ({**ROW, "town": 3}, "town", "the number 3"),
    "word for a date": ({**ROW, "since": "soon"}, "since", "the text 'soon'"),
    "number for a date": ({**ROW, "since": 3}, "since", "the number 3"),
    "number for true": ({**ROW, "member": 7}, "member", "the number 7"),
    "array": ({**ROW, "age": [1]}, "age", "an array"),
    "object": ({**ROW, "town": {}}, "town", "an object"),
    "beyond a float": ({**ROW, "age": 10**400}, "age", "a number beyond"),
    "missing key": ({"age": 1, "town": "Ulm", "since": None}, "member", "no such key"),
}


@pytest.mark.parametrize(("row", "column", "got"), WRONG.values(), ids=WRONG)
def test_wrong_cell_is_named_by_row_and_column(client, row, column, got):
    body = {"records": [ROW, row]}
    answer = client.post("/predict", content=json.dumps(body), headers=JSON)

    assert answer.status_code == 422, answer.text
    [detail] = answer.json()["details"]
    assert (detail["row"], detail["column"]) == (1, column)
    assert got in detail["got"]


def test_wrong_cells_are_told_beside_missing_keys_in_the_order_of_the_columns(client):
    answer = client.post("/predict", json=[{"age": "39"}])

    assert answer.json()["error"] == (
        "column 'age', row 0: expected a number, got the text '39', and 3 more"
    )
    told = [(each["row"], each["column"]) for each in answer.json()["details"]]
    assert told == [(0, "age"), (0, "town"), (0, "member"), (0, "since")]


def test_infinity_by_overflow_is_no_number(client):
    body = json.dumps({"records": [ROW]}).replace("30.0", "1e999")
    answer = client.post("/predict", content=body, headers=JSON)

    assert answer.status_code == 422
    assert "not finite" in answer.json()["message"]


def test_missing_values_and_further_columns_make_no_difference_to_being_answered(client):
    empty = dict.fromkeys(ROW)
    answer = client.post("/predict", json={"records": [empty, {**ROW, "extra": [1, {}]}]})

    assert answer.status_code == 200, answer.text
    assert client.post("/predict", json=[]).json()["predictions"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[NaN]", 400),
        (b'{"records": [Infinity]}', 400),
        (b'"text"', 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b"[1, 2]", 422),
        (b'[{"town": "\\ud800"}]', 400),
        (b"\xff\xfe[\x00]\x00", 400),
        (b'{"records": {}}', 400),
    ],
)
def test_what_is_no_request_is_refused(client, body, status):
    answer = client.post("/predict", content=body, headers=JSON)

    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


DATES = ["2024-05-01", "20240501", "2024-05-01T10:00:00.5+02:00", "0001-01-01", "9999-12-31"]


@pytest.mark.parametrize("date", DATES)
def test_date_of_iso_8601_is_taken(client, date):
    assert client.post("/predict", json=[{**ROW, "since": date}]).status_code == 200


@pytest.mark.parametrize("date", ["now", "today", "5", "01/02/2024", "", "NaT"])
def test_what_pandas_would_guess_to_be_a_date_is_none(client, date):
    assert client.post("/predict", json=[{**ROW, "since": date}]).status_code == 422


CSV = {
    "a name twice": ("age,age,town,member,since\n1,2,Ulm,true,2024-05-01", 400, "'age' is named"),
    "a cell too few": ("age,town,member,since\n1,Ulm,true", 422, "expected 4 cells, got 3 cells"),
    "a line in between": ("age,town,member,since\n\n1,Ulm,true,", 422, "row 0: expected 4 cells"),
    "Python's own digits": ("age,town,member,since\n1_0,Ulm,true,", 422, "the text '1_0'"),
    "nan": ("age,town,member,since\nnan,Ulm,true,", 422, "not finite"),
    "no lines": ("\n\n", 400, "the CSV is empty"),
    "another encoding": ("age,town,member,since\n1,K\xf6ln,true,".encode("latin-1"), 400, "no CSV"),
}


@pytest.mark.parametrize(("text", "status", "told"), CSV.values(), ids=CSV)
def test_csv_that_is_not_what_it_should_be_is_told(client, text, status, told):
    answer = client.post("/invocations", content=text, headers={"content-type": "text/csv"})

    assert answer.status_code == status, answer.text
    assert told in answer.json()["message"]


def test_csv_with_missing_cells_and_a_last_blank_line_is_scored(client):
    text = "\ufeffage,town,member,since\r\n,,,\r\n30,Köln,FALSE,2024-05-01\r\n\r\n"
    answer = client.post("/invocations", content=text, headers={"content-type": "text/csv"})

    assert len(answer.json()["predictions"]) == 2


def test_what_mlflow_takes_and_this_does_not_is_refused_by_name(client):
    params = {"dataframe_records": [ROW], "params": {"threshold": 0.9}}
    parquet = {"content-type": "application/vnd.apache.parquet"}

    assert "take no params" in client.post("/invocations", json=params).json()["message"]
    assert client.post("/invocations", json={**params, "params": {}}).status_code == 200
    refused = client.post("/invocations", content=b"PAR1", headers=parquet)
    assert refused.status_code == 415
    assert "text/csv" in refused.json()["message"]


def tensors(**changed) -> list[dict]:
    kinds = {"age": "FP64", "town": "BYTES", "member": "BOOL", "since": "BYTES"}
    made = {
        name: {"name": name, "shape": [1], "datatype": kind, "data": [ROW[name]]}
        for name, kind in kinds.items()
    }
    for name, change in changed.items():
        made[name] |= change
    return list(made.values())


GOOD_TENSORS = {
    "FP16": tensors(age={"datatype": "FP16"}),
    "INT8": tensors(age={"datatype": "INT8", "data": [30]}),
    "UINT64": tensors(age={"datatype": "UINT64", "data": [30.0]}),
    "BOOL as 1": tensors(member={"data": [1]}),
    "missing": tensors(age={"data": [None]}, town={"data": [None]}),
    "nested": tensors(age={"shape": [1, 1], "data": [[30.0]]}),
    "flat": tensors(age={"shape": [1, 1], "data": [30.0]}),
}
BAD_TENSORS = {
    "shape": (tensors(age={"shape": [2]}), "does not fit 1 values"),
    "negative shape": (tensors(age={"shape": [-1]}), "whole numbers"),
    "true as shape": (tensors(age={"shape": [True]}), "whole numbers"),
    "wide": (tensors(age={"shape": [1, 2], "data": [1, 2]}), "has the shape [n] or [n, 1]"),
    "lengths": (tensors(age={"shape": [2], "data": [1, 2]}), "one number of rows"),
    "unknown datatype": (tensors(age={"datatype": "FP8"}), "a datatype is one of"),
    "beyond INT8": (tensors(age={"datatype": "INT8", "data": [128]}), "no INT8"),
    "negative UINT8": (tensors(age={"datatype": "UINT8", "data": [-1]}), "no UINT8"),
    "half an INT8": (tensors(age={"datatype": "INT8", "data": [0.5]}), "no INT8"),
    "beyond INT64": (tensors(age={"datatype": "INT64", "data": [10**400]}), "no INT64"),
    "text as FP64": (tensors(age={"data": ["30"]}), "no FP64"),
    "number as BYTES": (tensors(town={"data": [3]}), "no BYTES"),
    "2 as BOOL": (tensors(member={"data": [2]}), "no BOOL"),
    "object": (tensors(age={"data": [{}]}), "no FP64"),
    "too deep": (tensors(age={"data": [[[[[[[1]]]]]]]}), "deeper than"),
    "one name twice": ([*tensors(), tensors()[0]], "two inputs have one name"),
    "none": ([], "one number of rows"),
}


@pytest.mark.parametrize("inputs", GOOD_TENSORS.values(), ids=GOOD_TENSORS)
def test_tensors_of_every_datatype_are_scored(client, inputs):
    answer = client.post("/v2/models/shop/infer", json={"inputs": inputs})

    assert answer.status_code == 200, answer.text
    kinds = {each["name"]: each["datatype"] for each in answer.json()["outputs"]}
    told = client.get("/v2/models/shop").json()["outputs"]
    assert kinds == {each["name"]: each["datatype"] for each in told}
    assert (kinds["prediction"], kinds["probability_yes"]) == ("BYTES", "FP64")


@pytest.mark.parametrize(("inputs", "told"), BAD_TENSORS.values(), ids=BAD_TENSORS)
def test_tensor_that_does_not_fit_is_told(client, inputs, told):
    body = json.dumps({"inputs": inputs})
    answer = client.post("/v2/models/shop/infer", content=body, headers=JSON)

    assert answer.status_code == 400, answer.text
    assert told in answer.json()["error"]


def test_one_tensor_of_all_columns_is_taken_in_their_order(client):
    def body(width: int) -> dict:
        cells = [30.0, 1.0, 1.0, 0.0][:width]
        wide = {"name": "input-0", "shape": [1, width], "datatype": "FP32", "data": [cells]}
        return {"inputs": [wide]}

    # This model has text, so that numbers alone are told by column; servers of arrays send such.
    answer = client.post("/v2/models/shop/infer", json=body(4))
    assert answer.status_code == 422
    assert {each["column"] for each in answer.json()["details"]} == {"town", "since"}
    narrow = client.post("/v2/models/shop/infer", json=body(3))
    assert "has 3 columns, the model 4" in narrow.json()["error"]


def test_binary_tensors_and_odd_ids_are_refused_by_name(client):
    binary = {**JSON, "inference-header-content-length": "10"}
    told = client.post("/v2/models/shop/infer", content=b"{}", headers=binary).json()["error"]
    odd = client.post("/v2/models/shop/infer", json={"id": 3, "inputs": tensors()})
    strange = client.post(
        "/v2/models/shop/infer", json={"inputs": tensors(), "outputs": [{"name": "other"}]}
    )

    assert "binary extension is not offered" in told
    assert odd.status_code == 400
    assert "no output 'other'; there are prediction" in strange.json()["error"]


_CELLS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
_ROWS = st.fixed_dictionaries(dict.fromkeys(ROW, _CELLS)) | _CELLS
_TENSOR = st.fixed_dictionaries(
    {"name": st.sampled_from([*ROW, "x"]), "shape": _CELLS, "datatype": _CELLS, "data": _CELLS}
)
_BODIES = (
    st.lists(_ROWS, max_size=3)
    | st.fixed_dictionaries({"records": st.lists(_ROWS, max_size=3)})
    | st.dictionaries(
        st.sampled_from(["dataframe_split", "dataframe_records", "inputs", "instances"]),
        st.lists(_ROWS, max_size=3)
        | st.fixed_dictionaries({"columns": _CELLS, "data": _CELLS})
        | st.dictionaries(st.sampled_from(list(ROW)), _CELLS),
    )
    | st.fixed_dictionaries({"inputs": st.lists(_TENSOR, max_size=4), "outputs": _CELLS})
    | _CELLS
)


@given(body=_BODIES, path=st.sampled_from(["/predict", "/invocations", "/v2/models/shop/infer"]))
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_body_makes_the_service_fail(client, body, path):
    answer = client.post(path, content=json.dumps(body), headers=JSON)

    assert answer.status_code in {200, 400, 422}, (answer.status_code, answer.text)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    json.loads(answer.text, parse_constant=pytest.fail)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"x-large": "a" * 20_000}, 431),
        ({"content-encoding": "gzip"}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "multipart/form-data"}, 415),
        ({"origin": "http://localhost", "sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_who_asks_from_elsewhere_or_for_too_much_is_refused(client, headers, status):
    given_ = {**JSON, **headers}
    assert client.post("/predict", content=json.dumps([ROW]), headers=given_).status_code == status


def test_too_many_rows_and_bytes_are_refused(client, folder):
    assert client.post("/predict", json=[ROW] * 1001).status_code == 413
    small = Service.open(Settings(project=str(folder), most_bytes=1_000))
    strict = serving.Client(small)
    assert strict.post("/predict", json=[ROW] * 50).status_code == 413
    # Without saying how much it will be.

    async def parts():
        for _ in range(5):
            yield b" " * 500

    assert strict.post("/predict", content=parts(), headers=JSON).status_code == 413
    small.end()


def test_every_endpoint_but_those_of_the_table_that_say_so_wants_the_token(folder):
    token = "t" * 32
    service = Service.open(Settings(project=str(folder), host="0.0.0.0", token=token))
    service.look()
    client = serving.Client(service)
    paths = [(each, each.path.format(name="shop", version=1)) for each in ENDPOINTS]
    for endpoint, path in paths:
        bare = client.request(endpoint.method, path, headers=JSON)
        wrong = client.request(endpoint.method, path, headers={"authorization": "Bearer x"})
        right = client.request(endpoint.method, path, headers={"authorization": f"Bearer {token}"})
        expected = 200 if endpoint.is_public else 401
        assert (bare.status_code, wrong.status_code) == (expected, expected), path
        assert right.status_code in {200, 400}, path
    assert [endpoint.path for endpoint, _ in paths if endpoint.is_public] == [
        "/livez",
        "/healthz",
        "/readyz",
    ]
    # Nobody without the token hears which version it is.
    assert client.get("/readyz").json() == {"status": "ready"}
    # Also what is not there: a list of names would tell.
    assert client.get("/nothing").status_code == 401
    service.end()


def test_other_address_needs_a_token():
    with pytest.raises(UsageError, match="nothing asks who they are"):
        Settings(host="0.0.0.0")
    with pytest.raises(UsageError, match="the token has 3 characters"):
        Settings(host="0.0.0.0", token="abc")


@pytest.mark.parametrize(
    "path", ["/nothing", "/predict/../steps.py", "/..%2f..%2fetc/passwd", "/%00"]
)
def test_no_path_reaches_the_file_system(client, path):
    answer = client.get(path)

    assert answer.status_code in {404, 405}
    assert "import" not in answer.text


def test_wrong_method_is_told_with_the_right_one(client):
    assert client.get("/predict").headers["allow"] == "POST"
    assert client.delete("/readyz").status_code == 405
    assert client.request("PROPFIND", "/predict").status_code == 405
    assert client.request("OPTIONS", "/predict").status_code == 405
    head = client.request("HEAD", "/readyz")
    assert (head.status_code, head.headers["x-model-version"]) == (200, "1")


def test_unknown_method_is_held_to_the_rules_of_those_that_change_something(client):
    answer = client.request("FOO", "/predict", headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


def test_address_with_a_slash_too_many_is_none(client):
    answer = client.post("/predict/", json=[ROW])
    assert (answer.status_code, answer.headers.get("location")) == (404, None)


def test_client_that_goes_in_the_middle_of_its_body_is_not_answered(service):
    """Half of a CSV may look like a whole one."""
    sent = []
    messages = iter(
        [
            {"type": "http.request", "body": b"age,town,member,since\n", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive():
        return next(messages)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/invocations",
        "raw_path": b"/invocations",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"text/csv")],
    }
    asyncio.run(application(service)(scope, receive, send))

    assert sent == []


def test_too_many_at_once_are_told_to_come_again_and_probes_are_answered(folder):
    service = Service.open(Settings(project=str(folder), at_once=0, is_logged=False))
    service.look()
    client = serving.Client(service)
    busy = client.post("/predict", json=[ROW])

    assert busy.status_code == 503
    assert busy.headers["retry-after"] == "1"
    asked = [client.get(path).status_code for path in ("/livez", "/healthz", "/readyz")]
    assert asked == [200, 200, 200]
    service.end()


def test_name_of_the_service_is_known_in_any_case(folder):
    service = Service.open(Settings(project=str(folder), hosts=("Models.Example.org",)))
    client = serving.Client(service)

    assert client.get("/livez", headers={"host": "models.example.ORG:80"}).status_code == 200
    service.end()


def test_id_of_the_request_comes_back_if_it_is_one(client):
    own = client.post("/predict", json=[ROW], headers={"x-request-id": "a.b-1"})
    strange = client.post("/predict", json=[ROW], headers={"x-request-id": "a b\tc"})

    assert own.headers["x-request-id"] == own.json()["request_id"] == "a.b-1"
    assert strange.headers["x-request-id"] not in {"", "a b\tc"}
    # Also of what is refused, and of what is no endpoint.
    for answer in (client.post("/predict"), client.get("/nothing")):
        assert answer.headers["x-request-id"]
    trace = "0af7651916cd43dd8448eb211c80319c"
    traced = client.get("/livez", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert traced.headers["x-request-id"] == trace


def test_answer_names_the_deployment_that_put_the_version_to_work(client, folder):
    with Project.open(folder) as project:
        [deployment] = project.records.deployments("shop", active_only=True)

    answer = client.post("/predict", json=[ROW])
    assert answer.headers["x-deployment-id"] == str(deployment.id)
    assert client.get("/readyz").json()["deployment"] == deployment.id


def test_figures_are_those_of_prometheus(client):
    client.post("/predict", json=[ROW] * 3)
    client.post("/predict", json=[3])
    text = client.get("/metrics").text

    assert (
        'fourstroke_requests_total{code="200",endpoint="/predict",role="champion",version="1"}'
        in text
    )
    assert 'fourstroke_requests_total{code="422",endpoint="/predict",role="",version=""}' in text
    assert 'fourstroke_rows_total{role="champion",version="1"}' in text
    assert 'fourstroke_model_info{digest="blake3:' in text
    # What the guard refuses is counted, too.
    client.post("/predict", json=[ROW], headers={"origin": "http://evil.example"})
    refused = 'fourstroke_requests_total{code="403",endpoint="",role="",version=""}'
    assert refused in client.get("/metrics").text


def test_description_names_every_endpoint_and_every_column(client):
    document = client.get("/openapi.json").json()

    for endpoint in ENDPOINTS:
        assert endpoint.method.lower() in document["paths"][endpoint.path]
    record = document["components"]["schemas"]["Record"]
    assert record["required"] == ["age", "town", "member", "since"]
    assert record["properties"]["town"]["examples"] == ["Bonn", "Köln", "Ulm"]


def test_service_without_a_version_is_alive_and_not_ready(tmp_path):
    serving.write_shop(tmp_path)
    service = Service.open(Settings(project=str(tmp_path)))
    service.look()
    client = serving.Client(service)

    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert client.get("/ping").status_code == 404
    assert client.post("/predict", json=[ROW]).status_code == 503
    assert "no version of shop is in production" in client.get("/readyz").json()["why"]
    service.end()


def test_many_rows_do_not_keep_others_waiting(service):
    """They are scored in another thread: whoever asks whether the service lives is answered."""

    async def both() -> tuple[int, int]:
        transport = httpx.ASGITransport(application(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            large = asyncio.create_task(client.post("/predict", json=[ROW] * 900))
            alive = await client.get("/livez")
            return alive.status_code, (await large).status_code

    assert asyncio.run(both()) == (200, 200)
