"""The pages in a real Chromium: nothing fails to load, nothing overflows, and axe finds no barrier."""

from __future__ import annotations

import importlib.util
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from api import tokens
from api.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
API = Path(__file__).parents[1] / "api"
AXE = API / "static-src" / "node_modules" / "axe-core" / "axe.min.js"
if not AXE.exists() and (packaged := importlib.util.find_spec("axe_playwright_python")):
    AXE = Path(str(packaged.origin)).parent / "axe.min.js"
ZOOM = API / "static" / "vendor" / "openseadragon.min.js"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
PAGES = (
    "/",
    "/page/illustration",
    "/page/illustration/duerer/p1",
    "/page/source/duerer",
    "/page/source",
    "/page/artist/Q5580",
    "/page/artwork/Q470606",
    "/page/topic/t1",
    "/page/cluster/c1",
    "/page/category/graphic",
    "/page/category",
    "/page/page/duerer/5",
    "/page/corpus/sample",
    "/page/scheme/category",
    "/search?q=kupferstich",
    "/search?q=kupfrestich&decade=1890",
    "/page/run/sample/link",
    "/reviews",
    "/login",
    "/ontology",
    "/sparql",
    "/nowhere",
)
# One page of each template is enough to look for barriers; the others differ by data.
EACH_TEMPLATE = [
    p for p in PAGES if p not in {"/page/source", "/page/topic/t1", "/page/cluster/c1", "/page/corpus/sample"}
]


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


@pytest.fixture(scope="module")
def review_store(served_store: Path, quick_folder: Path) -> Path:
    return shutil.copytree(served_store, Path(tempfile.mkdtemp(dir=quick_folder)) / "store")


@pytest.fixture(scope="module")
def reviewed(review_store: Path) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(review_store, publish_after=0.3), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def signed_in(page: Any, address: str, store: Path, path: str) -> None:
    page.goto(f"{address}/login?next={path}")
    page.get_by_label("Your token").fill(tokens.create(store, "Anna", "review"))
    page.keyboard.press("Enter")
    page.wait_for_url(address + path)


@pytest.mark.parametrize(
    ("scripts", "name", "number"), [(True, "Lucas Cranach", "Q191748"), (False, "Hans Baldung", "Q506157")]
)
def test_a_claim_is_replaced_and_another_accepted_with_and_without_scripts(
    browser: Any, reviewed: str, review_store: Path, scripts: bool, name: str, number: str
) -> None:
    context = browser.new_context(java_script_enabled=scripts, locale="en")
    page = context.new_page()
    path = f"/page/illustration/duerer/p{1 if scripts else 3}"
    signed_in(page, reviewed, review_store, path)
    artist = page.locator("li.claim", has_text="Albrecht Durer").first
    artist.locator("summary", has_text="Replace, comment").focus()
    page.keyboard.press("Enter")
    better = artist.locator("input[name=choice]")
    better.focus()
    page.keyboard.type("durer" if not scripts else "dur")
    if scripts:
        option = artist.locator("datalist option").first
        option.wait_for(state="attached")
        assert option.get_attribute("value") == "Albrecht Durer (Q5580)"
    better.fill(name)  # whom nobody knows here: the form comes back as it was
    artist.locator("input[name=comment]").fill("signed with a winged snake")
    artist.locator("button", has_text="Replace by it").focus()
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("The right value").input_value() == name
    assert page.get_by_label("Comment", exact=True).last.input_value() == "signed with a winged snake"
    page.get_by_label("The right value").fill(f"{name} ({number})")
    page.get_by_role("button", name="Send").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(re.escape(path)))
    judged = page.locator("li.claim.replaced", has_text="Albrecht Durer")
    judged.locator("summary.sure").click()
    assert judged.get_by_text("signed with a winged snake").is_visible()
    page.locator("li.claim", has_text="graphic").first.get_by_role("button", name="Right").click()
    page.locator("li.claim.accepted", has_text="graphic").first.wait_for()
    for _ in range(100):  # until the snapshot with it is published and indexed
        page.goto(f"{reviewed}/reviews?verdict=replaced")
        if page.locator(".log").get_by_text(name).count():
            break
        page.wait_for_timeout(100)
    assert page.get_by_text(name).first.is_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(reviewed + path)
    assert page.locator("form.judge").count() == 0
    assert page.get_by_text(name).first.is_visible()
    context.close()


@pytest.mark.skipif(not AXE.exists(), reason="there is no axe-core: pip install legenda[test]")
@pytest.mark.parametrize(("scheme", "rules"), [("light", "{}"), ("dark", "{runOnly: ['color-contrast']}")])
def test_axe_finds_no_barrier_where_people_review(
    browser: Any, reviewed: str, review_store: Path, scheme: str, rules: str
) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True, locale="en")
    context.add_init_script(path=str(AXE))
    page = context.new_page()
    path = "/page/illustration/duerer/p1"
    signed_in(page, reviewed, review_store, path)
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    found = page.evaluate(f"axe.run({rules})")["violations"]
    page.locator("form.judge button[value=replaced]").first.click()
    page.get_by_role("alert").wait_for()
    found += page.evaluate(f"axe.run({rules})")["violations"]
    context.close()
    assert not [(each["id"], each["nodes"][0]["html"][:200]) for each in found]


@pytest.mark.skipif(not (ZOOM.parent / "yasgui.min.js").exists(), reason="YASGUI is not built (make web)")
def test_the_query_editor_answers_an_example_and_leads_to_an_entity(browser: Any, address: str) -> None:
    context = browser.new_context(locale="en", viewport={"width": 1366, "height": 900})
    page = context.new_page()
    elsewhere: list[str] = []
    page.on("request", lambda r: None if r.url.startswith((address, "data:")) else elsewhere.append(r.url))
    page.goto(f"{address}/sparql")
    page.locator(".examples a", has_text="rtist").first.click()
    link = page.locator("#yasgui td a[href*='/id/']").first
    link.wait_for()
    with context.expect_page() as opened:
        link.click(modifiers=["Control"])
    opened.value.wait_for_load_state()
    assert opened.value.url.startswith(f"{address}/page/") and opened.value.locator("h1").is_visible()
    assert page.locator(".examples li").count() >= 20 and not elsewhere
    context.close()


def test_nothing_but_the_page_is_printed(browser: Any, address: str) -> None:
    page = browser.new_page(locale="en")
    page.emulate_media(media="print")
    page.goto(f"{address}/page/illustration/duerer/p1")
    assert not page.locator(".top nav").is_visible() and not page.locator(".find").is_visible()
    assert page.locator(".evidence").first.is_visible()  # unfolded: paper has no click
    page.close()


def test_the_first_key_press_leads_past_the_menu(browser: Any, address: str) -> None:
    page = browser.new_page(locale="en", reduced_motion="reduce")
    page.goto(f"{address}/page/artist/Q5580")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    page.close()


@pytest.mark.skipif(not AXE.exists(), reason="there is no axe-core: pip install legenda[test]")
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
    for path in EACH_TEMPLATE:
        page.goto(address + path, wait_until="load")
        violations = page.evaluate(f"axe.run({rules})")["violations"]
        found += [(path, each["id"], each["nodes"][0]["html"][:100]) for each in violations]
    context.close()
    assert not found
