"""The map in a real Chromium: look, search, narrow, draw around, name, tag, take away, go by keys; without
WebGL; as a folder of files.
"""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import map_store
import pytest
from werkzeug.serving import make_server

from api import site, tokens
from api.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WEB = Path(__file__).parents[1] / "api"
AXE = WEB / "static-src" / "node_modules" / "axe-core" / "axe.min.js"
BUILT = WEB / "static" / "vendor" / "map.js"
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(not BUILT.exists(), reason="the map is not built (make web)"),
]
COUNT = 60
DRAWS = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return map_store.build(tmp_path_factory.mktemp("map"), COUNT, facets=3)


@pytest.fixture(scope="module")
def token(store: Path) -> str:
    return tokens.create(store, "Anna Maria", "review")


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(store, publish_after=0.2), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *DRAWS])
        yield running
        running.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, reduced_motion="reduce")
    opened = context.new_page()
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text) if "Policy" in message.text else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    context.close()
    assert not problems


def visit(page: Any, address: str, path: str = "/map") -> None:
    page.goto(address + path)
    page.locator("#map[data-ready]").wait_for()


def counted(page: Any) -> str:
    return page.locator("#map-count").inner_text().replace("\u202f", "")


def drag(page: Any, points: list[tuple[float, float]]) -> None:
    """A drag over the stage, in shares of its width and height."""
    box = page.locator("#map-stage").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def test_words_and_facets_narrow_the_map_and_a_link_shows_what_its_sender_saw(
    page: Any, address: str
) -> None:
    visit(page, address)
    assert counted(page).startswith(f"{COUNT} pictures")
    page.locator("#map-form input[name=q]").fill("Krug")
    page.keyboard.press("Enter")
    page.get_by_text("30 of 60 pictures").wait_for()
    page.locator("#map-facets").get_by_role("button", name="reproduction of a painting").click()
    page.get_by_text("15 of 60 pictures").wait_for()
    page.locator("#map-layout").select_option("time")
    assert "category=reproduction" in page.url and "q=Krug" in page.url and "layout=time" in page.url
    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    page.locator("#map[data-ready]").wait_for()
    assert counted(page).startswith("15 of 60") and page.locator("#map-layout").input_value() == "time"
    assert page.locator(".map-labels .head:visible").count() == 3  # one heading for every year


def test_place_and_zoom_are_in_the_address_too(page: Any, address: str) -> None:
    visit(page, address)
    page.locator("#map-stage").focus()
    for key in ("+", "+", "+", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.wait_for_url("**/map?at=*")
    page.wait_for_timeout(300)
    seen = "() => { const { view } = window.legendaMap.scene; return [view.x, view.y, view.scale] }"
    before = page.evaluate(seen)
    page.reload()
    page.locator("#map[data-ready]").wait_for()
    assert page.evaluate(seen) == pytest.approx(before, rel=0.02)


def test_every_layout_puts_every_picture_somewhere_of_its_own(page: Any, address: str) -> None:
    visit(page, address)
    for layout in page.locator("#map-layout option").evaluate_all("all => all.map(each => each.value)"):
        page.locator("#map-layout").select_option(layout)
        places = page.locator("#map").evaluate(
            "() => { const { scene } = window.legendaMap;"
            "return Array.from({length: 60}, (_, i) => scene.place(i).map(v => v.toFixed(3)).join()) }"
        )
        assert len(set(places)) == COUNT, layout


def test_a_lasso_chooses_a_name_keeps_and_the_graph_has_the_group(
    page: Any, address: str, token: str
) -> None:
    visit(page, address)
    page.get_by_role("button", name="Lasso").click()
    drag(page, [(0.02, 0.02), (0.5, 0.02), (0.5, 0.98), (0.02, 0.98)])
    chosen = int(page.locator("#map-chosen-count").inner_text().split()[0])
    assert 10 < chosen < 50
    page.get_by_role("button", name="Keep as a group").click()
    page.get_by_label("Name of the group").fill("Left half")
    page.locator("dialog").get_by_role(
        "link", name="Sign in"
    ).click()  # nothing chosen or typed is lost by it
    page.get_by_label("Token").fill(token)
    page.locator("form.stack button").first.click()
    page.locator("#map[data-ready]").wait_for()
    assert int(page.locator("#map-chosen-count").inner_text().split()[0]) == chosen
    page.get_by_role("button", name="Keep as a group").click()
    assert page.get_by_label("Name of the group").input_value() == "Left half"
    page.locator("dialog").get_by_role("button", name="Keep as a group").click()
    page.locator("dialog").get_by_role("link", name="Left half").click()
    page.get_by_role("heading", name="Left half").wait_for()
    query = (
        "PREFIX lg:<https://w3id.org/legenda/ns%23> PREFIX rdfs:<http://www.w3.org/2000/01/rdf-schema%23> "
        "SELECT (COUNT(?m) AS ?n) { ?g a lg:Group ; rdfs:label 'Left half' ; lg:member ?m }"
    )
    with urllib.request.urlopen(f"{address}/sparql?format=json&query={query.replace(' ', '+')}") as answer:
        assert json.load(answer)["results"]["bindings"][0]["n"]["value"] == str(chosen)
    visit(page, address)
    page.locator("#map-facets").get_by_role("button", name="Left half").click()
    page.get_by_text(f"{chosen} of 60 pictures").wait_for()


def test_a_descriptor_is_given_to_all_that_is_chosen(page: Any, address: str, token: str) -> None:
    page.goto(address + "/login?next=/map")
    page.get_by_label("Token").fill(token)
    page.locator("form.stack button").first.click()
    page.locator("#map[data-ready]").wait_for()
    page.get_by_role("button", name="Box").click()
    drag(page, [(0.3, 0.3), (0.6, 0.7)])
    chosen = int(page.locator("#map-chosen-count").inner_text().split()[0])
    page.get_by_role("button", name="Keep as a group").click()
    page.get_by_label("Descriptor for all of them").fill("descriptor 2 (d2)")
    page.locator("dialog").get_by_role("button", name="Give it to all").click()
    page.locator("dialog").get_by_text(f"Given to {chosen} pictures").wait_for()
    query = "PREFIX lg:<https://w3id.org/legenda/ns%23> SELECT (COUNT(?r) AS ?n) { ?r a lg:Review }"
    for _ in range(100):  # published once nobody has reviewed anything for a while
        with urllib.request.urlopen(
            f"{address}/sparql?format=json&query={query.replace(' ', '+')}"
        ) as answer:
            if json.load(answer)["results"]["bindings"][0]["n"]["value"] == str(chosen):
                break
        page.wait_for_timeout(100)
    visit(page, address, "/map?descriptor=d2")
    assert int(counted(page).split()[0]) >= chosen


def test_what_is_claimed_of_all_that_is_chosen_is_judged_at_once(page: Any, address: str, token: str) -> None:
    page.goto(address + "/login?next=/map")
    page.get_by_label("Token").fill(token)
    page.locator("form.stack button").first.click()
    page.locator("#map[data-ready]").wait_for()
    page.get_by_role("button", name="Box").click()
    drag(page, [(0.3, 0.3), (0.7, 0.7)])
    chosen = int(page.locator("#map-chosen-count").inner_text().split()[0])
    page.get_by_role("button", name="Keep as a group").click()
    page.locator("dialog").get_by_role("button", name="Review all at once").click()
    page.get_by_role("heading", name="What is to be judged?").wait_for()
    page.locator(".counts button").first.click()
    boxes = page.locator("#many input[type=checkbox]")
    boxes.first.wait_for()
    n = boxes.count()
    assert 1 < n <= chosen
    boxes.first.uncheck()
    page.get_by_role("button", name=f"Right: all {n - 1}").click()
    page.get_by_text(f"{n - 1} verdicts are kept").wait_for()
    assert boxes.count() == 1


def test_what_was_found_is_taken_away_as_files_and_as_a_query_that_runs(
    page: Any, address: str, tmp_path: Path
) -> None:
    visit(page, address, "/map?category=plan")
    page.get_by_role("button", name="Take away").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    table = tmp_path / "table.csv"
    download.value.save_as(table)
    assert len(table.read_text(encoding="utf-8").splitlines()) == 16
    with page.expect_download() as download:
        page.get_by_role("button", name="Pictures (ZIP)").click()
    archive = tmp_path / "pictures.zip"
    download.value.save_as(archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None and len(opened.namelist()) > 10
    page.locator("dialog pre").get_by_text("SELECT DISTINCT ?plate").wait_for()
    page.get_by_role("link", name="Run it").click()
    page.wait_for_url("**/sparql?query=*")
    assert page.locator("#answer tbody tr").count() == 15


def test_the_keyboard_alone_goes_from_picture_to_picture_opens_and_chooses(page: Any, address: str) -> None:
    visit(page, address)
    page.locator("#map-stage").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#map-said").get_by_text("Abb.").wait_for(state="attached")
    first = page.locator("#map-said").inner_text()
    page.keyboard.press("Enter")
    page.locator("#map-plate").get_by_role("link", name="Its page").wait_for()
    assert first in page.locator("#map-plate").inner_text() and "plate=" in page.url
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(300)
    assert first not in page.locator("#map-plate .legend").inner_text()
    page.keyboard.press("x")
    assert page.locator("#map-chosen-count").inner_text() == "1 chosen"
    scale = page.locator("#map").evaluate("() => window.legendaMap.scene.view.scale")
    page.keyboard.press("-")
    assert page.locator("#map").evaluate("() => window.legendaMap.scene.view.scale") < scale
    page.keyboard.press("Escape")
    assert page.locator("#map-plate").is_hidden()


def test_the_list_has_the_same_pictures_and_leads_to_their_pages(page: Any, address: str) -> None:
    visit(page, address, "/map?view=list&category=graphic&q=dom")
    links = page.locator("#map-plates a")
    assert links.count() == 15 and page.locator("#map-stage").is_hidden()
    links.first.click()
    page.get_by_role("heading", level=1).wait_for()
    assert "/page/illustration/" in page.url


def test_without_webgl_the_list_stays(browser: Any, address: str) -> None:
    plain = browser.browser_type.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-3d-apis"]
    )
    page = plain.new_page()
    page.goto(address + "/map?q=dom")
    page.get_by_text("WebGL 2 is missing").wait_for()
    assert page.locator("#map-plates a[href^='/page/illustration/']").count() == 30
    plain.close()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 768), (2560, 1440)])
def test_nothing_overflows_from_phone_to_wall(browser: Any, address: str, width: int, height: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    visit(page, address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#map-stage").bounding_box()
    assert box["height"] > height * 0.5 and box["y"] + box["height"] <= height + 1
    context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci in api/static-src)")
def test_axe_finds_no_barrier_on_map_list_panel_and_dialogues(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, bypass_csp=True)
    context.add_init_script(path=str(AXE))
    page = context.new_page()
    found = []

    def check(place: str) -> None:
        violations = page.evaluate("axe.run()")["violations"]
        found.extend((place, each["id"], each["nodes"][0]["html"][:120]) for each in violations)

    for path in ("/map", "/map?view=list", "/map?plate=book%200/p0&category=graphic"):
        visit(page, address, path)
        page.wait_for_timeout(200)
        check(path)
    page.get_by_role("button", name="Choose", exact=True).click()
    page.get_by_role("button", name="Keep as a group").click()
    check("keep")
    page.locator("dialog .shut").click()
    page.get_by_role("button", name="Take away").first.click()
    page.locator("dialog pre").get_by_text("SELECT").wait_for()
    check("take")
    context.close()
    assert not found


def test_the_exported_folder_works_on_any_web_space(page: Any, store: Path, tmp_path: Path) -> None:
    assert site.write(store, tmp_path) > COUNT
    quiet = functools.partial(_Quiet, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    visit(page, f"http://127.0.0.1:{server.server_port}", "/map.html?q=krug")
    page.get_by_text("30 of 60 pictures").wait_for()
    page.locator("#map-stage").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator("#map-plate").get_by_role("link", name="Its page").click()
    page.get_by_role("heading", level=1).wait_for()
    page.locator("header a.mark").click()
    page.get_by_role("link", name="Map", exact=True).click()
    page.locator("#map[data-ready]").wait_for()
    server.shutdown()
    assert not failed
    tables = {
        file.name: file.read_text(encoding="utf-8").splitlines() for file in (tmp_path / "tables").iterdir()
    }
    assert len(tables["pictures.csv"]) == COUNT + 1
    assert tables["pixplot.csv"][0] == "filename,category,tags,description,permalink,year"
    assert len(tables["vikus-data.csv"]) == len(tables["vikus-layout.csv"]) == COUNT + 1


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing: the test says what failed."""
