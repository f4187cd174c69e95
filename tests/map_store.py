"""Stores for the tests of the map: as many pictures as asked for, with places, kinds, topics, groups of look-
alikes.

In: an empty folder and how many pictures. Out: a published store, built with the nouns and `kg` as the
pipeline does.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from pathlib import Path

from api_store import run
from PIL import Image, ImageDraw

from kg import snapshots
from kg.media import Media
from kg.nouns import Claim, Corpus, Entity, Illustration, Model, Observation, Source, Text
from kg.store import open_store
from vision import encoders
from vision.embeddings import Embeddings

ENCODER = "packaged:efficientnet-lite0"
KINDS = ("graphic", "reproduction", "architecture", "plan")
ARTISTS = (
    Entity("artist", "Q5580", (Text("Albrecht Dürer", "de"),)),
    Entity("artist", "x-arabic", (Text("كمال الدين بهزاد", "ar"),)),
    Entity("artist", "x-chinese", (Text("郎世寧", "zh"),)),
)


def picture(file: Path, number: int, same: bool) -> str:
    """Draw a small picture and return the hash of its file."""
    shade = 60 if same else 40 + number * 37 % 190
    image = Image.new("RGB", (90, 120) if same or number % 3 else (150, 80), (shade, shade, 200 - shade // 2))
    if not same:
        ImageDraw.Draw(image).ellipse((10, 10, 20 + number % 50, 60), fill=(250, 240, 200 - number % 90))
    image.save(file)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def build(
    folder: Path,
    count: int,
    *,
    same: bool = False,
    clusters: bool = True,
    facets: int = 0,
    vectors: bool = False,
    encoder: str = ENCODER,
) -> Path:
    """Write a store of `count` pictures into `folder`/store and publish it; with `vectors`, as the pipeline
    keeps them of an encoder.

    Every tenth has no picture file any more; `same` draws all alike and puts them in one place, `facets`
    gives so many descriptors, one to each picture in turn.
    """
    store, drawn = folder / "store", folder / "pictures"
    drawn.mkdir(parents=True)
    plates = []
    for n in range(count):
        file = drawn / f"{n}.png"
        digest = picture(file, n, same)
        book = f"book {n % 3}"
        caption = f"Abb. {n}. Stilleben mit Krug {n}" if n % 2 else f"Abb. {n}. Der Dom 漢字 مدينة"
        plates.append(
            Illustration(book, f"p{n}/ä" if n == 1 else f"p{n}", file, digest, page=str(n), caption=caption)
        )
    sources = tuple(Source(f"book {n}", f"Buch {n}", "", str(1890 + 4 * n), "de") for n in range(3))
    corpus = Corpus("sample", sources, tuple(plates))
    with open_store(store) as live:
        live.put_corpus(corpus)
        for name, made in _claims(plates, same, clusters, facets).items():
            live.put_run(replace(run(name, corpus.digest), models=(Model(encoder),)), made, "key")
        live.derive_current()
        if vectors:
            assert not list(Embeddings(store / "cache" / "embeddings", encoders.load(encoder)).ensure(plates))
        media = Media(store)
        media.add_many([(p.image_digest, p.image) for p in plates if p.image])
        for n, plate in enumerate(plates):
            if n % 10 == 9 and not same and plate.image:
                plate.image.unlink()
        snapshots.publish(live)
    return store


def _claims(
    plates: list[Illustration], same: bool, clusters: bool, facets: int
) -> dict[str, list[Claim | Observation]]:
    made: dict[str, list[Claim | Observation]] = {
        "category": [],
        "projection": [],
        "clusters": [],
        "link": [],
    }
    for n, plate in enumerate(plates):
        key, kind = plate.key, n % len(KINDS)
        made["category"].append(Claim(key, "category", Entity("category", KINDS[kind]), 0.55 + 0.1 * kind))
        angle, radius = n * 2.4, 0 if same else math.sqrt(n / max(1, len(plates))) / 2
        made["projection"] += [
            Observation(key, "mapX", 0.5 + radius * math.cos(angle)),
            Observation(key, "mapY", 0.5 + radius * math.sin(angle)),
        ]
        if clusters:
            group = Entity("cluster", f"c{kind}", (Text(f"graphic work: group {kind}", "en"),))
            made["clusters"].append(Claim(key, "cluster", group, 0.9))
        made["link"].append(Claim(key, "artist", ARTISTS[n % len(ARTISTS)], 0.8))
        if facets:
            for each in range(n, facets, len(plates)):
                thing = Entity("descriptor", f"d{each}", (Text(f"descriptor {each}", "en"),))
                made["link"].append(Claim(key, "descriptor", thing, 0.9))
    return made
