"""The report on topics: one page that needs nothing else, says what the graph says, and hides nothing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image
from test_text_topics import corpus as pictures

from enrich.cli import main
from enrich.text.enrichers import TopicEnricher
from enrich.text.report.data import findings
from kg import snapshots
from kg.media import Media
from kg.nouns import Claim, Corpus, Illustration, Model, Run, Source
from kg.store import open_store

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DIGEST = "ab" * 32
RUN = Run(
    "topics", "b", "d", {}, (Model("m"),), "test", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published store with topics, one picture file and two reasons for what is left out."""
    folder = tmp_path_factory.mktemp("report") / "store"
    found = [
        Illustration(i.source, i.id, text_after=i.text_after, language="de", image_digest=DIGEST)
        for i in pictures()
    ]
    sources = tuple(
        Source(name, title=f"<b>{name}</b> & Co", date=str(1890 + 10 * n), language="de")
        for n, name in enumerate(sorted({i.source for i in found}))
    )
    with open_store(folder) as graph:
        graph.put_corpus(Corpus("b", sources, tuple(found)))
        graph.put_run(RUN, [c for c in TopicEnricher().claims(found) if isinstance(c, Claim)], "1")
        graph.derive_current()
        snapshots.publish(graph)
    plate = folder / "plate.png"
    Image.new("RGB", (400, 300), "peru").save(plate)
    Media(folder).add_many([(DIGEST, plate)])
    (folder / "faults.csv").write_text(
        "stage,level,place,reason\ntopics,notice,b/1,no passage of 12 words around the picture (longest: 3)\n"
        "topics,notice,b/2,no passage of 12 words around the picture (longest: 7)\nembed,error,x,broken\n",
        encoding="utf-8",
    )
    return folder


def written(store: Path, out: Path, *options: str) -> str:
    result = CliRunner().invoke(main, ["report", str(store), "--out", str(out), *options])
    assert result.exit_code == 0, result.output
    return out.read_text(encoding="utf-8")


def test_the_page_asks_nothing_of_the_network_and_runs_nothing(store: Path, tmp_path: Path) -> None:
    page = written(store, tmp_path / "topics.html")
    assert not re.search(r"<script|<link|@import|url\(|src=\"(?!data:)|href=\"(?!#)", page)
    assert "data:image/jpeg;base64," in page


def test_every_topic_is_on_the_page_and_in_the_map(store: Path, tmp_path: Path) -> None:
    page = written(store, tmp_path / "topics.html")
    found = findings(str(store))
    assert len(found.topics) >= 3
    for topic in found.topics:
        assert topic.label in page and topic.pictures and topic.passages
        name = "t-" + topic.iri.rsplit("/", 1)[-1]
        assert f'id="{name}"' in page and page.count(f'href="#{name}"') == 2


def test_circles_of_the_map_do_not_overlap(store: Path, tmp_path: Path) -> None:
    page = written(store, tmp_path / "topics.html")
    circles = [
        tuple(map(float, match)) for match in re.findall(r'cx="([-\d.]+)" cy="([-\d.]+)" r="([-\d.]+)"', page)
    ]
    assert len(circles) >= 3
    for i, (x, y, r) in enumerate(circles):
        for a, b, s in circles[:i]:
            assert ((x - a) ** 2 + (y - b) ** 2) ** 0.5 >= r + s


def test_titles_are_text_and_what_was_left_out_is_said(store: Path, tmp_path: Path) -> None:
    page = written(store, tmp_path / "topics.html")
    assert "&lt;b&gt;Garten&lt;/b&gt; &amp; Co" in page and "<b>Garten" not in page
    assert "no passage of … words around the picture (longest: …)" in page and "b/1, b/2" in page
    assert "broken" not in page  # of another stage


@pytest.mark.parametrize(("language", "title"), [("de", "Wovon der Text handelt"), ("fr", "Ce dont parle")])
def test_the_page_speaks_three_languages(store: Path, tmp_path: Path, language: str, title: str) -> None:
    page = written(store, tmp_path / "topics.html", "--language", language, "--pictures", "0")
    assert title in page and f'<html lang="{language}"' in page and "data:image" not in page


def test_a_store_without_topics_gives_a_page_that_says_so(tmp_path: Path) -> None:
    with open_store(tmp_path / "store") as graph:
        graph.put_corpus(Corpus("b", (Source("s"),), (Illustration("s", "1"),)))
        graph.derive_current()
        snapshots.publish(graph)
    assert "No topics were found" in written(tmp_path / "store", tmp_path / "topics.html")


def test_no_store_is_one_clear_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["report", str(tmp_path / "no"), "--out", str(tmp_path / "x.html")])
    assert result.exit_code == 2 and "no such store" in result.output


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
@pytest.mark.parametrize("width", [1280, 390])
def test_topics_are_read_on_one_line_in_the_table_of_sources(store: Path, tmp_path: Path, width: int) -> None:
    from playwright.sync_api import sync_playwright

    path = tmp_path / "topics.html"
    written(store, path)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown = running.new_page(viewport={"width": width, "height": 800})
        shown.goto(path.as_uri())
        heights = shown.eval_on_selector_all("table.heat tbody th", "all => all.map(e => e.offsetHeight)")
        wide = shown.evaluate("document.documentElement.scrollWidth")
        running.close()
    assert heights and max(heights) < 45 and wide <= width
