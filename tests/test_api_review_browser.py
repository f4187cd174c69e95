"""Reviewing in a real Chromium: twenty claims by keyboard, seen on pages and in SPARQL; many at once; typing,
undoing, a session that ends; barriers and sizes.
"""

from __future__ import annotations

import re
import shutil
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import map_store
import pytest
from test_api_browser import AXE
from werkzeug.serving import make_server

from api import tokens
from api.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def store(quick_folder: Path) -> Path:
    return map_store.build(quick_folder / "review", 60)


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(store, publish_after=0.3), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="en")
    opened = context.new_page()
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text) if "Policy" in message.text else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    context.close()
    assert not problems


def enter(page: Any, address: str, store: Path, path: str, name: str = "Anna") -> None:
    page.goto(f"{address}/login?next={urllib.parse.quote(path)}")
    page.get_by_label("Your token").fill(tokens.create(store, name, "review"))
    page.keyboard.press("Enter")
    page.wait_for_url(address + path)


def press(page: Any, keys: str) -> str:
    """Press keys on a question and wait for the next one; the value that was asked about."""
    before, asked = page.locator(".question").get_attribute("data-key"), page.locator(".claimed").inner_text()
    page.keyboard.press(keys)
    page.wait_for_function("k => document.querySelector('.question')?.dataset.key !== k", arg=before)
    return str(asked)


def ask(address: str, query: str) -> str:
    sent = urllib.parse.urlencode({"query": query, "format": "csv"})
    with urllib.request.urlopen(f"{address}/sparql?{sent}") as answer:
        return str(answer.read().decode())


def test_twenty_claims_by_keyboard_are_on_their_pages_and_in_the_graph(
    page: Any, address: str, store: Path
) -> None:
    enter(page, address, store, "/review?property=category")
    last = ""
    for number in range(20):
        last = page.locator("#judge [name=illustration]").get_attribute("value")
        press(page, "r" if number == 19 else "1" if number % 5 == 4 else "a")
    page.reload()
    page.locator(".question").wait_for()
    assert page.locator(".queue-last").inner_text().count("rejected") == 1
    verdicts = (
        "PREFIX lg: <https://w3id.org/legenda/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
        "SELECT ?v (COUNT(?r) AS ?n) { ?r a lg:Review ; lg:verdict/skos:notation ?v } GROUP BY ?v ORDER BY ?v"
    )
    for _ in range(150):  # published once nobody has reviewed anything for a while
        if (found := ask(address, verdicts).split()) == ["v,n", "accepted,16", "rejected,1", "replaced,3"]:
            break
        page.wait_for_timeout(100)
    assert found == ["v,n", "accepted,16", "rejected,1", "replaced,3"]
    page.goto(f"{address}/page/{last}")
    assert page.locator("li.claim.rejected").count() == 1
    page.goto(f"{address}/reviews?person=Anna")
    assert page.locator(".log > li").count() == 20
    page.goto(f"{address}/review/progress")
    assert "20 of" in page.locator("#content").inner_text()
    assert page.locator(".plots svg circle").count() >= 1


def test_when_nobody_answers_the_question_comes_back_with_what_was_typed(
    page: Any, address: str, store: Path
) -> None:
    enter(page, address, store, "/review?property=artist", "Nora")
    page.wait_for_load_state("networkidle")  # the next question is there
    page.route("**/review", lambda route: route.abort())
    before = page.locator(".question").get_attribute("data-key")
    page.keyboard.press("c")
    page.keyboard.type("kept")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.locator("#queue-said", has_text="Nobody answered").wait_for(state="attached")
    assert page.locator(".question").get_attribute("data-key") == before
    assert page.locator("[name=comment]").input_value() == "kept"
    page.unroute("**/review")
    press(page, "a")
    page.locator(".queue-last", has_text="accepted").wait_for()


def test_typing_is_no_command_and_a_name_replaces(page: Any, address: str, store: Path) -> None:
    enter(page, address, store, "/review?property=artist&only=")
    page.locator(".question").wait_for()
    before = page.locator(".question").get_attribute("data-key")
    page.keyboard.press("c")
    page.keyboard.type("a rare name")  # no verdict, though it has a, r and n in it
    assert page.locator(".question").get_attribute("data-key") == before
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.keyboard.type("Nobody Known")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()  # in the place of the question, with all that was typed
    assert page.get_by_label("Comment", exact=True).last.input_value() == "a rare name"
    page.get_by_label("The right value").fill("Lucas Cranach (Q191748)")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile("/review"))
    strip = page.locator(".queue-last")
    strip.wait_for()
    assert "Lucas Cranach" in strip.inner_text() and "replaced" in strip.inner_text()
    page.keyboard.press("u")
    page.wait_for_function("k => document.querySelector('.question')?.dataset.key === k", arg=before)
    assert "taken back" in page.locator(".earlier").inner_text()


def test_a_session_that_ended_shows_the_form_with_what_was_typed(
    page: Any, address: str, store: Path
) -> None:
    enter(page, address, store, "/review?property=category", "Cleo")
    page.keyboard.press("c")
    page.keyboard.type("worth keeping")
    tokens.revoke(store, "Cleo")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("Comment", exact=True).last.input_value() == "worth keeping"
    page.get_by_label("token").fill(tokens.create(store, "Cleo", "review"))
    page.get_by_role("button", name="Send").click()
    page.locator(".queue-last").wait_for()
    assert "accepted" in page.locator(".queue-last").inner_text()


def test_without_scripts_the_same_forms_go_on_to_the_next(browser: Any, address: str, store: Path) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    enter(page, address, store, "/review?property=category", "Dora")
    first = page.locator(".question").get_attribute("data-key")
    page.get_by_role("button", name="Right").click()
    assert page.locator(".question").get_attribute("data-key") != first
    page.locator(".queue-last button").click()
    assert page.locator(".question").get_attribute("data-key") == first
    context.close()


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(360, 740, "dark"), (1366, 768, "light"), (2560, 1440, "light")]
)
def test_nothing_overflows_and_axe_finds_no_barrier(
    browser: Any, address: str, store: Path, width: int, height: int, scheme: Any
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not here")
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="en", bypass_csp=True
    )
    page = context.new_page()
    enter(page, address, store, "/review", f"Eva{width}")
    first = page.locator(".question")
    first.wait_for()
    several = "/review/many?source=book+0"
    chosen = f"{several}&property=category&value=category/graphic"
    for path in ("/review", several, chosen, "/review/progress"):
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        if width > 2000:
            continue
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("axe.run().then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html}`))")
        assert found == [], (path, found)
    page.goto(address + "/review")
    page.keyboard.press("?")
    page.add_script_tag(path=str(AXE))
    assert page.evaluate("axe.run('#queue-keys').then(r => r.violations.map(v => v.id))") == []
    context.close()
