"""The page in a real browser: Debian's Chromium, headless. scripts/install-debian installs it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from qsharp_bridge.emulator import LocalService

selenium = pytest.importorskip("selenium", reason="needs the package selenium (the extra 'test')")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip("no chromium and chromedriver here: run scripts/install-debian")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


def texts(browser: Any, selector: str) -> list[str]:
    """Read in one step: the page replaces its own content, so what was found may be gone when it is asked."""
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map(e => (e.innerText ?? e.textContent).trim())", selector
    )


@contextmanager
def next_page(browser: Any) -> Iterator[None]:
    """What is done inside leads to another page: go on when that one stands, not while the old one still does."""
    browser.execute_script("document.documentElement.dataset.left = 'yes'")
    yield
    there = "return document.readyState === 'complete' && !document.documentElement.dataset.left"
    wait_for(lambda: browser.execute_script(there))


def follow(browser: Any, link: str) -> None:
    with next_page(browser):
        wait_for(lambda: clicked(browser, link))


def clicked(browser: Any, link: str) -> bool:
    browser.find_element("link text", link).click()
    return True


def enter(browser: Any, field: str, text: str) -> None:
    """Type into the one field of this type, and press Enter."""
    from selenium.webdriver.common.keys import Keys

    with next_page(browser):
        browser.find_element("css selector", f"input[type={field}]").send_keys(text, Keys.ENTER)


def test_from_the_key_to_a_histogram(browser: Any, service: LocalService, bell: Any) -> None:
    target = service.workspace().get_targets("ionq.simulator")
    with target.open_session(name="Bell pairs"):
        for number in range(3):
            target.submit(bell, name=f"point {number}", shots=100)
    assert service.wait_idle()
    browser.get(service.url)
    enter(browser, "password", "wrong")
    assert texts(browser, ".error") == ["That is not the key."]
    enter(browser, "password", service.api_key)
    assert browser.title.startswith("Sessions and jobs")
    follow(browser, "Bell pairs")
    assert texts(browser, "tbody td.name") == ["point 2", "point 1", "point 0"]
    follow(browser, "point 1")
    assert texts(browser, ".histogram text.label") == ["00", "11"]
    assert sum(map(int, texts(browser, ".histogram text.value"))) == 100
    bars = browser.find_elements("css selector", ".histogram rect")
    assert all(bar.size["height"] > 20 for bar in bars), "the bars are really drawn"
    styled = bars[0].value_of_css_property("fill")
    assert styled not in ("rgb(0, 0, 0)", "none"), "the style sheet is applied"
    severe = [entry for entry in browser.get_log("browser") if "401" not in entry["message"]]
    assert severe == [], "no error in the console, no violated content policy"


def test_the_jobs_of_a_sweep(browser: Any, service: LocalService, bell: Any) -> None:
    target = service.workspace().get_targets("ionq.simulator")
    digest = "d" * 64
    with target.open_session(name="Rabi sweep"):
        for number in range(3):
            values = {"angle": number * 2.0943951023931953, "detuning": [0.125, 0.25]}
            metadata = {"qsharp_bridge.values": json.dumps(values), "qsharp_bridge.sweep": digest}
            target.submit(bell, name=f"Rabi(angle={number / 4}, detuning=[0.125, 0.25])", shots=10, metadata=metadata)
    browser.get(f"{service.url}/?key={service.api_key}&q=Rabi(angle=0.25")
    assert len(texts(browser, "tbody tr")) == 1, "a search finds jobs of sessions"
    browser.get(f"{service.url}/?q=Rabi+sweep")
    follow(browser, "Rabi sweep")
    assert texts(browser, "tbody td:first-child")[-1] == "angle 0.0 detuning [0.125, 0.25] shots 10"
    assert digest not in browser.page_source
    fits = "return [...document.querySelectorAll('.scroll')].every(e => e.scrollWidth <= e.clientWidth)"
    assert browser.execute_script(fits), "nothing is cut at 1280 pixels"
    ramp = [place / 7 for place in range(16)]
    with target.open_session(name="Ramp"):
        target.submit(bell, name="Rabi 8-11", shots=10, metadata={"qsharp_bridge.values": json.dumps({"ramp": ramp})})
    browser.get(f"{service.url}/?q=Ramp")
    follow(browser, "Ramp")
    assert texts(browser, ".params span")[0] == f"ramp {ramp}", "whole, over several lines"
    assert browser.execute_script(fits)
    one_line = "return document.querySelector('td.name a').getClientRects().length"
    assert browser.execute_script(one_line) == 1, "a short name stays on its line"
    browser.get(f"{service.url}/?q=Rabi+sweep")
    follow(browser, "Rabi sweep")
    browser.set_window_size(800, 900)
    heights = "return [...document.querySelectorAll('.params span')].map(e => e.offsetHeight)"
    assert len(set(browser.execute_script(heights))) == 1, "no number goes on in the next line"
    browser.set_window_size(1280, 900)
    follow(browser, "Rabi(angle=0.25, detuning=[0.125, 0.25])")
    assert (
        not any(digest in text for text in texts(browser, "dd"))
        or not browser.find_element("css selector", "details dl").is_displayed()
    ), "the digest is out of the way"


def test_it_refreshes_itself(browser: Any, bell: Any) -> None:
    with LocalService(pace=1000) as service:
        browser.get(f"{service.url}/?key={service.api_key}")
        assert service.api_key not in browser.current_url
        service.workspace().get_targets("ionq.simulator").submit(bell, name="later", shots=10)
        assert service.wait_idle()
        wait_for(lambda: texts(browser, "tbody .state") == ["Waiting"])
        service.clock.advance(600)
        wait_for(lambda: texts(browser, "tbody .state") == ["Executing"])
        follow(browser, "later")
        service.clock.advance(600)
        wait_for(lambda: texts(browser, "h1 .state") == ["Succeeded"])
        assert browser.find_elements("css selector", ".histogram rect")


def test_search_without_javascript(browser: Any, service: LocalService, bell: Any) -> None:
    target = service.workspace().get_targets("ionq.simulator")
    for name in ("apple", "pear"):
        target.submit(bell, name=name, shots=1)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(f"{service.url}/?key={service.api_key}")
        enter(browser, "search", "app")
        assert texts(browser, "tbody td:first-child") == ["apple"]
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def wait_for(condition: Any, seconds: float = 15) -> None:
    from selenium.common.exceptions import WebDriverException

    deadline = time.monotonic() + seconds
    problem = ""
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except WebDriverException as error:  # the page was left or replaced itself while it was read
            problem = str(error)
        time.sleep(0.1)
    raise AssertionError(f"the page did not change in time {problem}")
