"""The job management page over plain HTTP: what it shows, who may look, its JSON twins."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.http.charts import histogram_chart, sweep_chart
from qsharp_bridge.emulator.http.views import histogram_of, points_of, sweep_plot

VOID = {"path", "polyline", "meta", "link", "input", "ellipse", "circle", "rect", "line"}


class WellFormed(HTMLParser):
    """Checks that every element is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert tag not in VOID
        assert self.open.pop() == tag, f"</{tag}> closes something else"


def check(page: requests.Response, status: int = 200) -> str:
    assert page.status_code == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    parser = WellFormed()
    parser.feed(page.text)
    assert parser.open == []
    return page.text


@pytest.fixture
def shown(service: LocalService, bell: Any) -> dict[str, Any]:
    """A session of three jobs, one failed, and a job of its own."""
    workspace = service.workspace()
    target = workspace.get_targets("ionq.simulator")
    target.submit(bell, name="alone", shots=9)
    service.faults.add("jobs.run", "fail_job", name="bad", message="it <b>broke</b>")
    target = workspace.get_targets("ionq.simulator")
    with target.open_session(name="a <session>", job_failure_policy="Continue") as session:
        jobs = {
            name: target.submit(bell, name=name, shots=100, metadata={"theta": "0.25"})
            for name in ("one", "two", "bad")
        }
    assert service.wait_idle()
    return {"session": session.id, **{name: job.id for name, job in jobs.items()}}


def test_the_list(http: Any, shown: dict[str, Any]) -> None:
    text = check(http("GET", "/"))
    assert "a &lt;session&gt;" in text
    assert ">alone</a>" in text
    assert ">one</a>" not in text, "jobs of a session stand on its page"
    for query, found in (
        ("?q=alo", ["alone"]),
        ("?q=A%20%3CS", ["a <session>"]),
        ("?kind=Job", ["alone"]),
        ("?state=Failed", ["a <session>"]),
        ("?state=Failed&kind=Job", []),
        ("?q=one", ["one"]),  # a job of the session
        ("?q=nothing", []),
        ("?q=" + shown["session"][:13], ["a <session>"]),
        ("?page=x", ["a <session>", "alone"]),
        ("?page=99", []),
    ):
        twin = http("GET", "/_ui/items.json" + query).json()
        assert [item["name"] for item in twin["items"]] == found, query
        check(http("GET", "/" + query))


def test_a_session(http: Any, shown: dict[str, Any]) -> None:
    place = "/_ui/00000000-0000-0000-0000-000000000000/local/local"
    url = f"{place}/sessions/{shown['session']}"
    text = check(http("GET", url))
    assert "theta</b> 0.25" in text
    assert "1 Failed" in text
    assert "2 Succeeded" in text
    twin = http("GET", url + ".json").json()
    assert twin["session"]["status"] == "Failed"
    assert [job["name"] for job in twin["jobs"]] == ["bad", "two", "one"]
    assert twin["counts"] == {"Failed": 1, "Succeeded": 2}
    assert "not exist" in check(http("GET", f"{place}/sessions/none"), 404)
    assert http("GET", f"{place}/sessions/none.json").status_code == 404


def test_the_results_of_a_sweep(service: LocalService, http: Any) -> None:
    source = "operation Rabi(theta : Double) : Result[] { use q = Qubit(); Ry(theta, q); return [MResetZ(q)]; }"
    op = qb.Program.from_source(source).operation("Rabi")
    target = service.workspace().get_targets("rigetti.sim.qvm")
    sweep = qb.Sweep.linspace("theta", 0, 3, 5)
    for options in ({}, {"points_per_job": 2}):
        results = qb.run_sweep(op, sweep, target, shots=50, **options)
        url = http("GET", "/_ui/items.json?kind=Session").json()["items"][0]["url"]
        drawn = http("GET", url + ".json").json()["results"]
        assert drawn["over"] == "theta"
        zero = next(one for one in drawn["outcomes"] if one["label"] == "0")
        assert zero["points"] == [
            [point["theta"], counts.get("[0]", 0) / 50] for point, counts in zip(sweep, results.counts, strict=True)
        ]
        text = check(http("GET", url))
        assert 'aria-label="Results over theta"' in text
        assert text.count('r="2.6"') == 5 * len(drawn["outcomes"])
    pack = next(job for job in http("GET", url + ".json").json()["jobs"] if job["parameters"].get("points") == 2)
    first, last = (sweep[number]["theta"] for number in map(int, pack["name"].rpartition(" ")[2].split("-")))
    assert pack["parameters"]["theta"] == f"{first} … {last}"
    text = check(http("GET", pack["url"]))
    assert 'aria-label="Results over theta"' in text, "the points of a pack, each by itself"
    assert "Histogram of the outcomes" not in text


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists)))
def test_any_point_can_be_drawn(values: dict[str, Any]) -> None:
    data = orjson.dumps({"Histogram": ["[0, 1]", 0.25, "[1, 1]", 0.75]})
    job = SimpleNamespace(
        body={
            "metadata": {"qsharp_bridge.values": json.dumps(values)},
            "outputDataFormat": "microsoft.quantum-results.v1",
            "inputParams": {"shots": 4},
        }
    )
    found = points_of(job, data)
    assert [shares for _, _, shares in found] == [{"[0, 1]": 0.25, "[1, 1]": 0.75}] * len(found)
    plot = sweep_plot([*found, (None, {"x": 1e14}, {"0": 1.0})])
    if plot is not None:
        dots = [dot for curve in sweep_chart(plot)["curves"] for dot in curve["dots"]]
        assert all(0 <= dot["x"] <= 960 and 0 <= dot["y"] <= 240 for dot in dots)


def test_a_job(http: Any, shown: dict[str, Any]) -> None:
    place = "/_ui/00000000-0000-0000-0000-000000000000/local/local/jobs/"
    text = check(http("GET", place + shown["one"]))
    assert "define i64 @ENTRYPOINT__main()" in text
    assert text.partition('class="circuit"')[0].count("<rect") == 2, "the bars of the histogram"
    assert "<title>00: " in text
    assert "[0, 0]" not in text
    twin = http("GET", place + shown["one"] + ".json").json()
    assert sum(count for _, count in twin["outcomes"]) == 100
    assert twin["job"]["parameters"] == {"theta": "0.25", "shots": 100}
    failed = check(http("GET", place + shown["bad"]))
    assert "it &lt;b&gt;broke&lt;/b&gt;" in failed
    assert '<svg class="histogram"' not in failed


def test_who_may_look(service: LocalService, shown: dict[str, Any]) -> None:
    browser = requests.Session()
    assert "Key of the service" in check(browser.get(service.url + "/", timeout=5), 401)
    assert browser.get(service.url + "/_ui/items.json", timeout=5).status_code == 401
    check(browser.get(service.url + "/?key=wrong", timeout=5), 401)
    page = browser.get(f"{service.url}/?key={service.api_key}&q=alone", timeout=5)
    assert "alone" in check(page)
    assert page.url == service.url + "/?q=alone", "the key does not stay in the address"
    assert service.api_key not in page.text
    assert all(service.api_key not in cookie.value for cookie in browser.cookies)
    assert "HttpOnly" in str(page.history[0].headers["set-cookie"])
    other = requests.Session()
    form = {"key": service.api_key, "next": "https://elsewhere.example/"}
    answer = other.post(service.url + "/_ui/login", data=form, timeout=5, allow_redirects=False)
    assert answer.headers["location"] == "/"
    assert other.get(service.url, timeout=5).ok
    wrong = requests.post(service.url + "/_ui/login", data={"key": "no"}, timeout=5)
    assert "That is not the key" in check(wrong, 401)
    assert requests.get(service.url + "/_ui/style.css", timeout=5).ok
    assert requests.get(service.url + "/_ui/base.html", timeout=5).status_code == 404
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_pages_of_many(http: Any) -> None:
    for _ in range(55):
        http.submit()
    first = http("GET", "/_ui/items.json").json()
    assert len(first["items"]) == 50
    second = http("GET", "/_ui/items.json", params={"page": 2}).json()
    assert len(second["items"]) == 5
    assert not {item["id"] for item in first["items"]} & {item["id"] for item in second["items"]}
    assert "Older" in check(http("GET", "/"))


@given(rows=st.lists(st.tuples(st.text(max_size=30), st.integers(0, 10**9) | st.floats(0, 1)), min_size=1, max_size=60))
def test_any_histogram_can_be_drawn(rows: list[tuple[str, float]]) -> None:
    drawn = histogram_chart(rows)
    size = drawn["chart"]
    assert len(drawn["bars"]) == min(len(rows), 40)
    for bar in drawn["bars"]:
        assert 0 <= bar["y"] <= size["base"]
        assert 0 <= bar["height"] <= size["base"]
        assert size["left"] - 0.2 <= bar["x"]
        assert bar["x"] + bar["width"] <= size["width"]
    tallest = max(bar["height"] for bar in drawn["bars"])
    assert tallest > 0 or all(value < 1e-3 for _, value in rows) or not any(v for _, v in rows)


@given(data=st.binary(max_size=60))
def test_an_output_that_is_no_histogram_shows_none(data: bytes) -> None:
    assert histogram_of(data) == []
    for text in ('{"Results": []}', '{"histogram": 5}', '{"histogram": {"a": "b"}}', '{"Histogram": [1, 2]}'):
        assert histogram_of(text.encode()) == []
    assert histogram_of(b'{"Histogram": ["[0]", 1]}') == [("[0]", 1)]


def test_no_link_leads_outside(http: Any, shown: dict[str, Any]) -> None:
    for path in ("/", f"/_ui/00000000-0000-0000-0000-000000000000/local/local/jobs/{shown['one']}"):
        text = http("GET", path).text
        assert not re.findall(r'(?:href|src|action)="(?!/)', text)


def test_the_circuit_beside_the_program(service: LocalService, http: Any, bell: Any) -> None:
    target = service.workspace().get_targets("ionq.simulator")
    target.submit(bell, name="straight", shots=5)
    target.submit(b"not a program", name="other", shots=5, input_data_format="qir.v1")
    assert service.wait_idle()
    items = http("GET", "/_ui/items.json").json()["items"]
    urls = {item["name"]: item["url"] for item in items}
    text = check(http("GET", urls["straight"]))
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="circuit"' in text
    assert "No diagram" not in text
    assert "No diagram: only programs without branches" in check(http("GET", urls["other"]))
