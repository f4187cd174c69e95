"""A small real store for the tests of the web side: eight plates of two books, with claims of every kind.

In: an empty folder. Out: a published store, built with the nouns and `kg` as the pipeline does.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from PIL import Image

from kg import snapshots
from kg.media import Media
from kg.nouns import Claim, Corpus, Entity, Evidence, Illustration, Model, Observation, Run, Source, Text
from kg.snapshots import Snapshot
from kg.store import open_store

DUERER = Entity(
    "artist",
    "Q5580",
    (Text("Albrecht Dürer", "de"), Text("Albrecht Durer", "en")),
    (("wikidata", "Q5580"), ("born", "1471"), ("died", "1528")),
)
MELENCOLIA = Entity(
    "artwork", "Q470606", (Text("Melencolia I", "en"),), (("wikidata", "Q470606"), ("creator", DUERER))
)
CLUSTER = Entity("cluster", "c1", (Text("engravings", "en"),))
TOPIC = Entity("topic", "t1", (Text("Melancholie, Geometrie", "de"),), (("word", Text("Melancholie", "de")),))
CAPTION = "Abb. {n}. Melancholie. Kupferstich von Albrecht Dürer, 1514. <b>&"


def illustrations(folder: Path) -> tuple[Illustration, ...]:
    """Four plates per book; the last of each has no picture, and one id holds a slash and an umlaut."""
    made = []
    for book in ("duerer", "kunst & künstler"):
        for n in range(1, 5):
            digest, file = "", None
            if n < 4:
                file = folder / f"{len(made)}.png"
                Image.new("RGB", (600, 400), (20 * len(made), 90, 60)).save(file)
                digest = hashlib.sha256(file.read_bytes()).hexdigest()
            made.append(
                Illustration(
                    book,
                    f"Tafel {n}/ä" if n == 2 else f"p{n}",
                    file,
                    digest,
                    page=str(n * 5),
                    caption=CAPTION.format(n=n) if n < 4 else "",
                    heading="Dürer in Nürnberg",
                    text_before="Von der Geometrie und der Schwermut.",
                    text_after="Der Kupferstich entstand 1514.",
                    language="de",
                    metadata=(("shelfmark", "II 4"),),
                )
            )
    return tuple(made)


def build(folder: Path) -> Snapshot:
    """Write the store into `folder`/store and publish it."""
    store, pictures = folder / "store", folder / "pictures"
    pictures.mkdir()
    plates = illustrations(pictures)
    corpus = Corpus(
        "sample",
        (
            Source("duerer", "Dürer", "Hermann Knackfuß", "1897", "de", "CC0"),
            Source("kunst & künstler", "Kunst & Künstler", "", "1903", "de"),
        ),
        plates,
    )
    with open_store(store) as live:
        live.put_corpus(corpus)
        for name, made in claims(plates).items():
            live.put_run(run(name, corpus.digest), made, "key")
        live.derive_current()
        media = Media(store)
        media.add_many([(p.image_digest, p.image) for p in plates if p.image and p.image_digest])
        for plate in plates[:2]:
            assert plate.image
            with Image.open(plate.image) as picture:
                picture.resize((480, 320)).save(media.thumbnail(plate.image_digest), "WEBP")
        return snapshots.publish(live)


def run(enricher: str, corpus_digest: str) -> Run:
    """A run of that enricher over the sample."""
    return Run(
        enricher=enricher,
        corpus="sample",
        corpus_digest=corpus_digest,
        config={"threshold": 0.5},
        models=(Model("rules"),),
        software="legenda",
        started="2026-01-01T10:00:00+00:00",
        ended="2026-01-01T10:01:00+00:00",
    )


def claims(plates: tuple[Illustration, ...]) -> dict[str, list[Claim | Observation]]:
    """Claims of four enrichers about these plates."""
    made: dict[str, list[Claim | Observation]] = {"category": [], "link": [], "topics": [], "clusters": []}
    for plate in plates:
        key = plate.key
        made["category"] += [
            Claim(key, "category", Entity("category", "graphic"), 0.93, "", (Evidence("image", score=0.93),)),
            Claim(key, "category", Entity("category", "photography"), 0.04),
            Claim(key, "medium", Entity("medium", "other"), 0.97),
        ]
        made["topics"].append(
            Claim(key, "topic", TOPIC, 0.8, "", (Evidence("text", "Geometrie", 8, 17, 0.8),))
        )
        made["clusters"].append(Claim(key, "cluster", CLUSTER, 0.9))
        if not plate.caption:
            continue
        name, work = plate.caption.index("Albrecht Dürer"), plate.caption.index("Melancholie")
        spans = (Evidence("caption", "Albrecht Dürer", name, name + 14), Evidence("date", "1471–1528"))
        qualifier = "after" if plate.source != "duerer" else ""
        made["link"].append(Claim(key, "artist", DUERER, 0.96, qualifier, spans))
        if not qualifier:
            title = (Evidence("caption", "Melancholie", work, work + 11),)
            made["link"].append(Claim(key, "reproduces", MELENCOLIA, 0.91, "", title))
    return made
