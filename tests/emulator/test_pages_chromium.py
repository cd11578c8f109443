"""The page in a real browser: Debian's Chromium, headless. scripts/install-chromium installs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
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
INSTALL = Path(__file__).parents[2] / "scripts" / "install-chromium"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        if not os.environ.get("CI"):
            pytest.skip("no chromium and chromedriver here: run scripts/install-chromium")
        subprocess.run([str(INSTALL)], check=True, timeout=280)
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
    return [element.text for element in browser.find_elements("css selector", selector)]


def test_from_the_key_to_a_histogram(browser: Any, service: LocalService, bell: Any) -> None:
    target = service.workspace().get_targets("ionq.simulator")
    with target.open_session(name="Bell pairs"):
        for number in range(3):
            target.submit(bell, name=f"point {number}", shots=100)
    assert service.wait_idle()
    browser.get(service.url)
    field = browser.find_element("css selector", "input[type=password]")
    field.send_keys("wrong")
    field.submit()
    assert texts(browser, ".error") == ["That is not the key."]
    field = browser.find_element("css selector", "input[type=password]")
    field.send_keys(service.api_key)
    field.submit()
    assert browser.title.startswith("Sessions and jobs")
    browser.find_element("link text", "Bell pairs").click()
    assert texts(browser, "tbody td:first-child") == ["point 2", "point 1", "point 0"]
    browser.find_element("link text", "point 1").click()
    assert texts(browser, ".histogram text.label") == ["[0, 0]", "[1, 1]"]
    assert sum(map(int, texts(browser, ".histogram text.value"))) == 100
    bars = browser.find_elements("css selector", ".histogram rect")
    assert all(bar.size["height"] > 20 for bar in bars), "the bars are really drawn"
    styled = bars[0].value_of_css_property("fill")
    assert styled not in ("rgb(0, 0, 0)", "none"), "the style sheet is applied"
    severe = [entry for entry in browser.get_log("browser") if "401" not in entry["message"]]
    assert severe == [], "no error in the console, no violated content policy"


def test_it_refreshes_itself(browser: Any, bell: Any) -> None:
    with LocalService(pace=1000) as service:
        browser.get(f"{service.url}/?key={service.api_key}")
        assert service.api_key not in browser.current_url
        service.workspace().get_targets("ionq.simulator").submit(bell, name="later", shots=10)
        assert service.wait_idle()
        wait_for(lambda: texts(browser, "tbody .state") == ["Waiting"])
        service.clock.advance(600)
        wait_for(lambda: texts(browser, "tbody .state") == ["Executing"])
        browser.find_element("link text", "later").click()
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
        field = browser.find_element("css selector", "input[type=search]")
        field.send_keys("app")
        field.submit()
        assert texts(browser, "tbody td:first-child") == ["apple"]
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def wait_for(condition: Any, seconds: float = 15) -> None:
    from selenium.common.exceptions import StaleElementReferenceException

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except StaleElementReferenceException:
            pass  # the page replaced itself while it was read
        time.sleep(0.1)
    raise AssertionError("the page did not change in time")
