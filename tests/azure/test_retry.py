"""Sending again, through the real client over real HTTP."""

import contextlib
import email.utils
import threading
import time
import warnings

import pytest

from qsharp_bridge.azure import retry
from qsharp_bridge.azure.client import Service
from qsharp_bridge.azure.retry import RetryPolicy
from qsharp_bridge.errors import ServiceError

HTML = b"<html><body><h1>Too many requests</h1></body></html>"


@pytest.fixture
def service(scripted):
    with scripted.workspace() as workspace:
        service = Service(workspace, RetryPolicy(first_wait=0.01))
        yield service
        service.close()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(scripted, service, status):
    scripted.script = [(status, {}, b"")] * 3
    assert service.session("s").state == "Waiting"
    assert scripted.asked == 4


def test_an_html_body_without_retry_after(scripted, service):
    scripted.script = [(429, {"Content-Type": "text/html"}, HTML), (503, {"Content-Type": "text/html"}, HTML)]
    assert service.session("s").id == "s"


def test_an_answer_that_cannot_be_read_is_as_good_as_none(scripted, service):
    scripted.script = [(200, {"Content-Type": "application/json"}, b'{"id": "s", "na')]
    assert service.session("s").name == "a session"
    assert scripted.asked == 2


def test_retry_after_in_seconds_is_kept(scripted, service):
    scripted.script = [(429, {"Retry-After": "0.3"}, b"")]
    began = time.monotonic()
    service.session("s")
    assert time.monotonic() - began >= 0.3  # a lower bound: the wait asked for, whatever the machine


def test_retry_after_as_a_date_is_kept(scripted, service):
    at = email.utils.formatdate(time.time() + 2, usegmt=True)  # whole seconds: one to two from now
    scripted.script = [(503, {"Retry-After": at}, b"")]
    began = time.monotonic()
    service.session("s")
    assert time.monotonic() - began >= 0.9


@pytest.mark.parametrize("value", ["soon", "", "-5", "nan", "Fri, 99 Dec 99999999 23:59:59 GMT"])
def test_a_retry_after_that_says_nothing(scripted, service, value):
    scripted.script = [(429, {"Retry-After": value}, b"")]
    assert service.session("s").id == "s"


def test_a_429_slows_all_threads_down(scripted, service):
    scripted.script = [(429, {"Retry-After": "0.4"}, b"")]
    told = threading.Thread(target=service.session, args=("s",))
    told.start()
    while not scripted.asked:
        time.sleep(0.001)
    time.sleep(0.05)
    began = time.monotonic()
    service.session("s")
    assert time.monotonic() - began >= 0.2
    told.join()


def test_one_answer_holds_the_others_no_longer_than_the_longest_wait(scripted):
    scripted.script = [(429, {"Retry-After": "3600"}, b"")]
    with scripted.workspace() as workspace:
        service = Service(workspace, RetryPolicy(first_wait=0.01, longest_wait=0.2))

        def ask():
            with contextlib.suppress(ServiceError):
                service.session("s")

        refused = threading.Thread(target=ask)
        refused.start()
        while not scripted.asked:
            time.sleep(0.001)
        assert service.session("s").state == "Waiting"
        assert refused.is_alive()  # it keeps to what was asked of it
        service.stop()
        refused.join()
        service.close()


@pytest.mark.parametrize("status", [400, 403, 409, 501])
def test_what_is_refused_for_good_is_not_asked_again(scripted, service, status):
    scripted.script = [(status, {"Content-Type": "application/json"}, b'{"error": {"code": "C", "message": "why"}}')]
    with pytest.raises(ServiceError, match=f"get session s: {status} C: why"):
        service.session("s")
    assert scripted.asked == 1


def test_a_404_of_the_service_is_none_and_one_of_a_proxy_is_an_error(scripted, service):
    scripted.script = [(404, {"Content-Type": "application/json"}, b'{"error": {"code": "C", "message": "why"}}')] * 5
    assert service.session("s") is None
    assert scripted.asked == 5
    scripted.script = [(404, {"Content-Type": "text/html"}, b"<h1>Not Found</h1>")] * 5
    with pytest.raises(ServiceError, match="get session s: 404 Not Found"):
        service.session("s")
    assert scripted.asked == 10


@pytest.mark.parametrize("status", [400, 404, 405, 409])
def test_a_refusal_of_a_proxy_may_pass(scripted, service, status):
    scripted.script = [(status, {"Content-Type": "text/html"}, b"<h1>No</h1>")] * 3
    assert service.session("s").state == "Waiting"
    assert scripted.asked == 4


def test_a_session_that_one_read_misses_is_asked_for_again(scripted, service):
    scripted.script = [(404, {"Content-Type": "application/json"}, b'{"error": {"code": "C", "message": "why"}}')]
    assert service.session("s").state == "Waiting"


def test_refused_credentials_are_one_clear_error_without_the_key(scripted, service):
    scripted.script = [(401, {}, b"")]
    with pytest.raises(ServiceError, match=r"refused the credentials \(401\); renew the key") as caught:
        service.session("s")
    assert "secret-key" not in str(caught.value)
    assert scripted.asked == 1


def test_patience_has_an_end(scripted):
    scripted.script = [(503, {}, b"")] * 1000
    with scripted.workspace() as workspace:
        service = Service(workspace, RetryPolicy(seconds=0.3, first_wait=0.01))
        with pytest.raises(ServiceError, match=r"get session s: no answer for \d+ s \(503"):
            service.session("s")
        service.close()


@pytest.mark.parametrize("asked", ["86400", "inf", "1e400", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_longer_than_is_allowed_is_cut_short_and_then_it_is_asked_once_more(scripted, asked):
    scripted.script = [(429, {"Retry-After": asked}, b"")]
    with scripted.workspace() as workspace:
        service = Service(workspace, RetryPolicy(seconds=0.3))
        assert service.session("s").state == "Waiting"
        scripted.script = [(429, {"Retry-After": asked}, b"")] * 2
        with pytest.raises(ServiceError, match="no answer"):
            service.session("s")
        service.close()
    assert scripted.asked == 4


def test_stop_ends_the_waiting_of_other_threads(scripted, service):
    scripted.script = [(429, {"Retry-After": "200"}, b"")] * 10
    problems = []

    def ask():
        try:
            service.session("s")
        except ServiceError as error:
            problems.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    while not scripted.asked:
        time.sleep(0.001)
    service.stop()
    waiting.join(30)
    assert not waiting.is_alive()
    assert len(problems) == 1


def test_a_service_that_is_not_there(scripted):
    with scripted.workspace() as workspace:
        scripted.server_close()
        service = Service(workspace, RetryPolicy(seconds=0.2, first_wait=0.05))
        with pytest.raises(ServiceError, match="the connection failed"):
            service.session("s")
        service.close()


def test_repeated_reads_end_when_the_policy_stops():
    policy = RetryPolicy(first_wait=0.001, longest_wait=0.002)
    assert len(list(policy.attempts("fetch it", 4))) == 4
    policy.stop()
    reads = policy.attempts("fetch it", 4)
    next(reads)  # there is always one read
    with pytest.raises(ServiceError, match="fetch it: not found, at least not yet; resume to ask again"):
        next(reads)


@pytest.mark.parametrize("status", [500, 503])
def test_a_service_that_is_silent_for_long_is_reported(scripted, service, monkeypatch, status):
    monkeypatch.setattr(retry, "_SILENCE", 0.0)
    service.retry = RetryPolicy(first_wait=0.01, service="the workspace bench")
    scripted.script = [(status, {}, b"")]
    with pytest.warns(UserWarning, match=rf"no answer from the workspace bench for 0 s \({status} .*\); trying again"):
        assert service.session("s").state == "Waiting"


@pytest.mark.parametrize("status", [429, 500])
def test_a_short_silence_and_a_busy_service_are_not_reported(scripted, service, monkeypatch, status):
    if status == 429:
        monkeypatch.setattr(retry, "_SILENCE", 0.0)
        service.retry = RetryPolicy(first_wait=0.01)
    scripted.script = [(status, {}, b"")] * 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert service.session("s").state == "Waiting"


def test_a_silence_is_reported_each_time_that_it_is_twice_as_long(scripted, service, monkeypatch):
    monkeypatch.setattr(retry, "_SILENCE", 0.02)
    service.retry = RetryPolicy(first_wait=0.01, longest_wait=0.01)
    scripted.script = [(500, {}, b"")] * 40
    with pytest.warns(UserWarning, match="no answer from the service") as found:
        assert service.session("s").state == "Waiting"
    assert 1 < len(found) < 10  # 40 failures, and 0.2 s at least
