"""The pages in a real Chromium: nothing fails to load, nothing overflows, and axe finds no barrier."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from api.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(__file__).parents[1] / "api" / "static-src" / "node_modules" / "axe-core" / "axe.min.js"
ZOOM = AXE.parents[3] / "static" / "vendor" / "openseadragon.min.js"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
PAGES = (
    "/",
    "/page/illustration",
    "/page/illustration/duerer/p1",
    "/page/source/duerer",
    "/page/source",
    "/page/artist/Q5580",
    "/page/category",
    "/search?q=kupferstich",
    "/page/run/sample/link",
    "/sparql",
    "/nowhere",
)


@pytest.fixture(scope="module")
def address(served_store: Path) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(served_store), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield running
        running.close()


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1366, "light"), (2560, "light")])
def test_no_page_overflows_or_asks_anything_of_other_sites(
    browser: Any, address: str, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    problems: list[str] = []
    # What a page still loads when the next is opened is aborted; that is no failure.
    page.on(
        "requestfailed",
        lambda r: None if "ABORTED" in (r.failure or "") else problems.append(f"{r.failure}: {r.url}"),
    )
    page.on("console", lambda message: problems.append(message.text) if "Policy" in message.text else None)
    page.on("request", lambda r: None if r.url.startswith((address, "data:")) else problems.append(r.url))
    for path in PAGES:
        page.goto(address + path, wait_until="load")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
    assert not problems


def test_evidence_is_one_click_away_and_works_with_the_keyboard_alone(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/page/illustration/duerer/p1")
    why = page.locator("details summary").first
    assert not page.locator(".evidence").first.is_visible()
    why.focus()
    page.keyboard.press("Enter")
    assert page.locator(".evidence").first.is_visible()
    context.close()


@pytest.mark.skipif(not ZOOM.exists(), reason="OpenSeadragon is not built (make web)")
def test_a_plate_is_enlarged_and_escape_leads_back(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/page/illustration/duerer/p1")
    page.locator("figure a.mat").click()
    page.locator("dialog canvas").first.wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert page.url.endswith("/page/illustration/duerer/p1")
    page.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci in api/static-src)")
@pytest.mark.parametrize(
    ("scheme", "rules"),
    # Only colours differ in the dark.
    [("light", "{}"), ("dark", "{runOnly: ['color-contrast']}")],
)
def test_axe_finds_no_barrier(browser: Any, address: str, scheme: str, rules: str) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    context.add_init_script(path=str(AXE))
    page = context.new_page()
    found = []
    for path in PAGES:
        page.goto(address + path, wait_until="load")
        violations = page.evaluate(f"axe.run({rules})")["violations"]
        found += [(path, each["id"], each["nodes"][0]["html"][:100]) for each in violations]
    context.close()
    assert not found
