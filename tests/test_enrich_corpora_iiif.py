"""IIIF manifests and collections of versions 2 and 3, from files and from servers, good and bad."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from test_enrich_corpora_ocr import PLAIN, alto_page

from enrich.corpora import CorpusError, Reading, read
from enrich.corpora.iiif.annotations import fragment
from enrich.corpora.iiif.manifest import Manifest, NotIIIF, resource
from enrich.corpora.web import Unfetched, Web
from kg.nouns import Region

# The documents below keep their own line breaks.
# ruff: noqa: E501

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ocr" / "iiif"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real manifests are not beside the repository")
QUICK = Reading(fetch=True, timeout=0.5, pause=0.0, limit_mb=1)
Answer = tuple[int, bytes, dict[str, str]]


class Server:
    """A server on this machine whose answers a test decides; it counts what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[], Answer] | Answer] = {}
        self.asked: list[str] = []
        self.release = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                answer = server.answers.get(self.path, (404, b"", {}))
                status, body, headers = answer() if callable(answer) else answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(ConnectionError):  # the reader went away, which is what is tested
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def json(self, path: str, value: Any) -> None:
        self.answers[path] = (200, json.dumps(value).encode(), {})

    def hang(self) -> Answer:
        self.release.wait(20)
        return 200, b"{}", {}

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def jpeg(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (9, 99, 9)).save(out, "JPEG")
    return out.getvalue()


def canvas(base: str, name: str, **more: Any) -> dict[str, Any]:
    image = {
        "id": f"{base}/image/{name}/full/max/0/default.jpg", "type": "Image", "width": 1000, "height": 1400,
        "service": [{"id": f"{base}/image/{name}", "type": "ImageService3", "profile": "level1"}],
    }  # fmt: skip
    painting = {
        "type": "Annotation",
        "motivation": "painting",
        "body": image,
        "target": f"{base}/canvas/{name}",
    }
    return {
        "id": f"{base}/canvas/{name}", "type": "Canvas", "label": {"none": [name]}, "width": 1000, "height": 1400,
        "items": [{"type": "AnnotationPage", "items": [painting]}], **more,
    }  # fmt: skip


def manifest(base: str, *canvases: dict[str, Any], name: str = "m1") -> dict[str, Any]:
    return {
        "@context": "http://iiif.io/api/presentation/3/context.json", "id": f"{base}/{name}/manifest.json",
        "type": "Manifest", "label": {"en": ["The Mills"], "de": ["Die Mühlen"]}, "navDate": "1900-06-03T00:00:00Z",
        "rights": "http://creativecommons.org/publicdomain/mark/1.0/", "items": list(canvases),
        "metadata": [{"label": {"en": ["Language"]}, "value": {"none": ["de"]}},
                     {"label": {"en": ["Creator"]}, "value": {"none": ["A. Müller"]}}],
    }  # fmt: skip


def with_text(base: str, name: str) -> dict[str, Any]:
    link = {
        "id": f"{base}/alto/{name}.xml",
        "type": "Dataset",
        "profile": "http://www.loc.gov/standards/alto/",
    }
    return canvas(base, name, seeAlso=[link])


def test_a_manifest_at_an_address_gives_pictures_of_its_pages_by_the_image_service(
    server: Server, tmp_path: Path
) -> None:
    server.json("/m1/manifest.json", manifest(server.base, with_text(server.base, "p7")))
    server.answers["/alto/p7.xml"] = (200, alto_page(PLAIN).encode(), {})
    wanted = "/image/p7/100,500,800,300/max/0/default.jpg"
    server.answers[wanted] = (200, jpeg(800, 300), {})
    address = f"{server.base}/m1/manifest.json"
    corpus, faults = read(address, reading=QUICK, work=tmp_path)
    assert faults == [] and corpus.id == "m1"
    (source,) = corpus.sources
    assert (source.title, source.date, source.language) == ("Die Mühlen", "1900-06-03", "de")
    assert source.creator == "A. Müller" and source.rights.endswith("/mark/1.0/")
    (found,) = corpus.illustrations
    assert found.caption.startswith("Abb. 7") and found.region == Region(100, 500, 800, 300)
    assert found.page_image == f"{server.base}/image/p7/full/max/0/default.jpg"
    assert found.image is not None and found.image.read_bytes() == jpeg(800, 300)
    asked = len(server.asked)
    assert read(address, reading=QUICK, work=tmp_path)[0] == corpus
    assert len(server.asked) == asked == 3  # the second run asked nothing


def test_a_local_manifest_fetches_nothing_unless_it_is_allowed(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(
        json.dumps(manifest(server.base, canvas(server.base, "Plate: the mill"))), encoding="utf-8"
    )
    corpus, faults = read(file, work=tmp_path / "store")
    (found,) = corpus.illustrations
    assert server.asked == [] and found.image is None and found.caption == "Plate: the mill"
    assert [f.reason for f in faults] == ["not fetched: 1 pictures; --set read.fetch=true allows it"]


def test_text_beside_a_local_manifest_is_read_without_a_network(server: Server, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest(server.base, with_text(server.base, "p7"))))
    (tmp_path / "p7.xml").write_text(alto_page(PLAIN), encoding="utf-8")
    corpus, _ = read(tmp_path)
    assert corpus.illustrations[0].caption.startswith("Abb. 7") and server.asked == []


def test_every_misbehaviour_of_a_server_is_one_line_and_the_rest_is_read(
    server: Server, tmp_path: Path
) -> None:
    names = ["busy", "broken", "gone", "hangs", "circle", "huge", "html"]
    members = [{"id": f"{server.base}/{n}", "type": "Manifest"} for n in names]
    good = manifest(server.base, canvas(server.base, "A plate"))
    server.json("/c.json", {"id": f"{server.base}/c.json", "type": "Collection", "items": [*members, good]})
    server.answers |= {
        "/busy": (429, b"", {"Retry-After": "0"}),
        "/broken": (500, b"", {}),
        "/hangs": server.hang,
        "/circle": (302, b"", {"Location": "/circle"}),
        "/huge": (200, b"x" * 1_100_000, {}),
        "/html": (200, b"<html>", {}),
    }
    corpus, faults = read(f"{server.base}/c.json", reading=QUICK, work=tmp_path)
    assert [i.caption for i in corpus.illustrations] == ["A plate"]
    told = {f.place.rsplit("/", 1)[-1]: f.reason for f in faults}
    assert set(names) <= set(told)
    assert "answers 404" in told["gone"] and "answers 429, also when asked again" in told["busy"]
    assert "answers 500" in told["broken"] and "no answer within 0.5 s" in told["hangs"]
    assert (
        "in a circle" in told["circle"]
        and "larger than 1 MB" in told["huge"]
        and "is not JSON" in told["html"]
    )
    assert server.asked.count("/busy") == 3 and all("\n" not in f.reason for f in faults)


def test_a_busy_server_is_asked_again_and_answers(server: Server) -> None:
    answers = iter([(503, b"", {"Retry-After": "0"}), (200, b"fine", {})])
    server.answers["/x"] = lambda: next(answers)
    with Web(None, QUICK) as web:
        assert web.get(f"{server.base}/x") == b"fine" and web.asked == 2


def test_a_server_that_keeps_failing_is_left_alone(server: Server) -> None:
    for n in range(6):
        server.answers[f"/{n}"] = (500, b"", {})
    with Web(None, QUICK) as web:
        for n in range(6):
            with pytest.raises(Unfetched):
                web.get(f"{server.base}/{n}")
    assert set(server.asked) == {"/0", "/1", "/2"}


def test_only_http_addresses_are_fetched(tmp_path: Path) -> None:
    with Web(tmp_path, QUICK) as web, pytest.raises(Unfetched, match="is not an http address"):
        web.get("file:///etc/hostname")


def test_collections_that_name_each_other_end(server: Server, tmp_path: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        items = [
            {"id": f"{server.base}/{other}", "type": "Collection"},
            {"id": f"{server.base}/m", "type": "Manifest"},
        ]
        server.json(f"/{one}", {"id": f"{server.base}/{one}", "type": "Collection", "items": items})
    server.json("/m", manifest(server.base, canvas(server.base, "A plate")))
    corpus, _ = read(f"{server.base}/a", reading=QUICK, work=tmp_path)
    assert len(corpus.illustrations) == 1
    assert sorted(p for p in server.asked if len(p) == 2) == ["/a", "/b", "/m"]


def test_a_collection_is_read_up_to_the_limit_and_says_so(server: Server, tmp_path: Path) -> None:
    items = [
        manifest(server.base, canvas(server.base, f"Plate {n} of mills"), name=f"m{n}") for n in range(5)
    ]
    server.json("/c", {"id": f"{server.base}/c", "type": "Collection", "items": items})
    reading = Reading(fetch=True, timeout=0.5, pause=0.0, manifests=2)
    corpus, faults = read(f"{server.base}/c", reading=reading, work=tmp_path)
    assert len(corpus.sources) == 2 and any("3 more manifests were left out" in f.reason for f in faults)


def test_an_address_that_does_not_answer_is_one_line(server: Server) -> None:
    with pytest.raises(CorpusError, match="the server answers 404"):
        read(f"{server.base}/none", reading=QUICK)


def test_annotations_give_regions_captions_and_the_text_around() -> None:
    from enrich.corpora.iiif.notes import page_of_notes
    from enrich.corpora.ocr.layout import look

    def note(text: str, xywh: str, motivation: str) -> dict[str, Any]:
        target = {
            "type": "SpecificResource",
            "source": "c",
            "selector": {"type": "FragmentSelector", "value": xywh},
        }
        return {"type": "Annotation", "motivation": motivation, "target": target,
                "body": {"type": "TextualBody", "value": text}}  # fmt: skip

    notes = [note("Illustration", "xywh=100,500,800,300", "tagging"),
             note("Abb. 3. Die Mühle", "xywh=300,820,400,30", "supplementing"),
             note("Erste Zeile des Textes", "xywh=100,100,800,30", "supplementing")]  # fmt: skip
    value = manifest(
        "http://x", canvas("http://x", "1", annotations=[{"type": "AnnotationPage", "items": notes}])
    )
    found = resource(value)
    assert isinstance(found, Manifest)
    page = page_of_notes(found.canvases[0], found.canvases[0].notes)
    assert page is not None
    (picture,) = look(page).pictures
    assert [c.text for c in picture.caption] == ["Abb. 3. Die Mühle"]


@pytest.mark.parametrize(
    "text,expected",
    [
        ("http://x/c#xywh=10,20,30,40", Region(10, 20, 30, 40)),
        ("xywh=pixel:10.4,20,30,40.2", Region(10, 20, 30, 40)),
        ("xywh=percent:10,10,50,50", Region(100, 140, 500, 700)),
        ("xywh=10,20,0,40", None),
        ("xywh=1,2,3", None),
        ("t=3", None),
    ],
)
def test_media_fragments(text: str, expected: Region | None) -> None:
    assert fragment(text, 1000, 1400) == expected


@given(st.text(max_size=60), st.integers(-9, 9000), st.integers(-9, 9000))
def test_any_fragment_is_a_rectangle_or_none(text: str, width: int, height: int) -> None:
    for each in (text, f"xywh={text}", f"xywh=percent:{text}"):
        found = fragment(each, width, height)
        assert found is None or (found.width > 0 and found.height > 0 and found.x >= 0 and found.y >= 0)


keys = st.sampled_from(
    [
        "id",
        "@id",
        "type",
        "@type",
        "label",
        "items",
        "sequences",
        "canvases",
        "images",
        "body",
        "resource",
        "target",
        "on",
        "selector",
        "value",
        "service",
        "annotations",
        "otherContent",
        "seeAlso",
        "structures",
        "metadata",
        "width",
        "height",
        "rights",
        "navDate",
        "manifests",
        "motivation",
    ]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(
    ["Manifest", "sc:Canvas", "Canvas", "Collection", "Annotation", "painting", "xywh=1,2,3,4", "Image", "Choice"]
)  # fmt: skip
junk = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5), max_leaves=20)  # fmt: skip


@given(
    st.dictionaries(keys, junk, max_size=6),
    st.sampled_from(["Manifest", "sc:Manifest", "Collection", "Canvas"]),
)
@settings(max_examples=200, deadline=None)
def test_any_json_is_a_resource_or_refused(value: dict[str, Any], sort: str) -> None:
    try:
        resource({**value, "type": sort})
    except NotIIIF as problem:
        assert "\n" not in str(problem)


@needs_data
def test_a_book_published_in_both_versions_is_the_same_book() -> None:
    def told(name: str) -> tuple[Any, ...]:
        found = resource(json.loads((DATA / "cookbook" / "0057-publishing-v2-and-v3" / name).read_text()))
        assert isinstance(found, Manifest)
        return (
            found.id,
            found.label,
            [(c.id, c.width, len(c.painted)) for c in found.canvases],
        )

    assert told("manifest-v2.json") == told("manifest-v3.json")


@needs_data
def test_a_part_of_an_image_and_an_image_on_a_part_of_a_canvas_are_understood() -> None:
    folder = DATA / "cookbook"
    corpus, _ = read(folder / "0299-region")
    addresses = dict(corpus.illustrations[0].metadata)
    assert "/1768,2423,1768,2080/" in addresses["image"]
    corpus, _ = read(folder / "0036-composition-from-multiple-images")
    assert [i.region for i in corpus.illustrations] == [None, Region(3949, 994, 1091, 1232)]
