"""How the map does with 1,000, 10,000 and 100,000 pictures in Chromium: first paint, transfer, frames.

In: nothing but a built map (`make web`) and a Chromium; `--thumbnails DIR` takes the pictures of the sheets
from a store's thumbnails instead of drawing them. Out: a table on standard output; beside each size the same
with every picture at 32 pixels loaded at once, which is how PixPlot works, as a ratio. Drawing is done by the
CPU (SwiftShader) unless `--gpu` is given, so frame times are those of a machine without any graphics.

    python benchmarks/map_frames.py [--sizes 1000,10000,100000] [--thumbnails STORE/media/thumbnails] [--gpu]
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import json
import shutil
import statistics
import sys
import tempfile
import threading
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from api import site
from api.map_places import apart, cells, morton
from kg import snapshots
from kg.atlases import Level, levels
from kg.store import open_store

SOFTWARE = [
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]
POOL = 256
FRAMES = 12


def pool(folder: Path | None) -> np.ndarray:
    """Tiles of 64 × 64 pixels [n, 64, 64, 3]: real ones from thumbnails, or drawn, busy as engravings."""
    if folder:
        files = sorted(folder.rglob("*.webp"))
        some = [files[i] for i in np.linspace(0, len(files) - 1, min(POOL, len(files))).astype(int)]
        return np.stack(
            [
                np.asarray(Image.open(f).convert("RGB").resize((64, 64), Image.Resampling.LANCZOS))
                for f in some
            ]
        )
    rng = np.random.default_rng(7)
    tiles = []
    for _ in range(POOL):
        coarse = Image.fromarray(rng.integers(30, 226, (6, 6), np.uint8)).resize(
            (64, 64), Image.Resampling.BICUBIC
        )
        fine = rng.normal(0, 22, (64, 64)) + 18 * np.sin(
            np.add.outer(np.arange(64) * rng.uniform(0.5, 2), np.arange(64))
        )
        grey = np.clip(np.asarray(coarse) + fine, 0, 255)
        tiles.append(np.stack([grey, grey * 0.97, grey * rng.uniform(0.8, 0.95)], -1).astype(np.uint8))
    return np.stack(tiles)


def synthetic(folder: Path, count: int, tiles: np.ndarray, made: tuple[Level, ...]) -> None:
    """Write a map of so many pictures into an exported folder: forty crowds over twenty years."""
    rng = np.random.default_rng(1)
    shutil.rmtree(folder / "map", ignore_errors=True)
    for part in ("sheets", "plates"):
        (folder / "map" / part).mkdir(parents=True)
    centres = rng.random((40, 2))
    group = rng.integers(0, 40, count)
    places = apart(np.clip(centres[group] + rng.normal(0, 0.04, (count, 2)), 0, 1))
    order = morton(places)
    places, group = places[order], group[order]
    shown = rng.integers(0, len(tiles), count)
    sheets = []
    for level in made:
        small = np.stack(
            [
                np.asarray(Image.fromarray(t).resize((level.side, level.side), Image.Resampling.BOX))
                for t in tiles
            ]
        )
        names = []
        for start in range(0, count, level.per_sheet):
            some = shown[start : start + level.per_sheet]
            rows = -(-len(some) // level.columns)
            flat = np.full((rows * level.columns, level.side, level.side, 3), 128, np.uint8)
            flat[: len(some)] = small[some]
            sheet = flat.reshape(rows, level.columns, level.side, level.side, 3).swapaxes(1, 2)
            name = f"{level.side}x{start}"
            Image.fromarray(sheet.reshape(rows * level.side, level.columns * level.side, 3)).save(
                folder / "map" / "sheets" / f"{name}.jpg",
                quality=50 if level.side < 64 else 60, subsampling=0 if level.side < 16 else 2, optimize=True,
            )  # fmt: skip
            names.append(name)
        sheets.append({"side": level.side, "columns": level.columns, "sheets": names})
    years = (1890 + rng.integers(0, 20, count)).astype("<u2")
    mean = tiles.reshape(len(tiles), -1, 3).mean(axis=1).astype("u1")
    columns = b"".join(
        [
            np.round(places * 65535).astype("<u2").T.tobytes(),
            rng.integers(112, 145, count).astype("u1").tobytes(),
            mean[shown].tobytes(),
            years.tobytes(),
            rng.permutation(count).astype("<u2" if count <= 0xFFFF else "<u4").tobytes(),
        ]
    )
    facets = []
    for name, values in (("category", 8), ("cluster", 40), ("topic", 200), ("artist", 2000), ("source", 500)):
        of = group if name == "cluster" else rng.integers(0, values, count)
        content = (
            bytes([1]) * count
            + of.astype("<u2").tobytes()
            + rng.integers(100, 256, count).astype("u1").tobytes()
        )
        listed = [[f"{name}{v}", int((of == v).sum()), {"en": f"{name} number {v}"}] for v in range(values)]
        facets.append({"name": name, "kind": name, "values": values, "wide": False,
                       "file": _packed(folder, name, content),
                       "labels": _packed(folder, f"{name}-labels", json.dumps(listed).encode())})  # fmt: skip
    manifest = {"format": 2, "version": "synthetic", "count": count, "placed": count, "cells": cells(count),
                "years": [1890, 1909], "levels": sheets, "plates": _packed(folder, "plates", columns),
                "facets": facets}  # fmt: skip
    (folder / "map" / "manifest.json").write_text(json.dumps(manifest))


def _packed(folder: Path, name: str, content: bytes) -> str:
    (folder / "map" / f"{name}.gz").write_bytes(gzip.compress(content, 6, mtime=0))
    return f"{name}.gz"


def memory(token: str) -> int:
    """Proportional set size in bytes of all processes that have a token among their arguments, and of their
    children.
    """
    parents: dict[int, int] = {}
    ours: set[int] = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if token in (process / "cmdline").read_text(errors="replace"):
                ours.add(int(process.name))
        except (OSError, ValueError):
            continue  # it has ended
    size = len(ours)
    while True:
        ours |= {pid for pid, parent in parents.items() if parent in ours}
        if len(ours) == size:
            break
        size = len(ours)
    total = 0
    for pid in ours:
        try:
            lines = (Path("/proc") / str(pid) / "smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        except OSError:
            continue
    return total


def measure(address: str, gpu: bool) -> dict[str, Any]:
    """Open the map once, in a browser of its own, and say how it went."""
    from playwright.sync_api import sync_playwright

    token = f"--legenda-{uuid.uuid4().hex}"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", token, *([] if gpu else SOFTWARE)]
        )
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        empty = memory(token)
        sizes: list[int] = []
        traffic = page.context.new_cdp_session(page)
        traffic.send("Network.enable")
        traffic.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto(f"{address}/map.html", wait_until="commit")
        page.locator("#map[data-ready]").wait_for(timeout=120_000)
        page.wait_for_timeout(2500)
        found: dict[str, Any] = {
            "painted": float(page.locator("#map").get_attribute("data-painted") or 0),
            "transfer": sum(sizes),
            "renderer": page.evaluate(
                "() => { const g = document.createElement('canvas').getContext('webgl2');"
                "const e = g.getExtension('WEBGL_debug_renderer_info');"
                "return e ? g.getParameter(e.UNMASKED_RENDERER_WEBGL) : '' }"
            ),
        }
        for name, zoom in (("whole", 1), ("middle", 6), ("near", 30)):
            page.evaluate(
                "zoom => { const { scene } = window.legendaMap;"
                "scene.view.scale = scene.fit * zoom; scene.need() }",
                zoom,
            )
            page.wait_for_timeout(1500)
            times = page.evaluate(
                "frames => { const { scene } = window.legendaMap; const times = [];"
                "for (let i = 0; i < frames; i++) { scene.view.x += 0.02; times.push(scene.measured()) }"
                "return times }",
                FRAMES,
            )
            found[name] = statistics.median(times)
        found["choose"] = page.evaluate(
            "() => { const started = performance.now();"
            "const select = document.getElementById('map-layout');"
            "select.value = 'artist'; select.dispatchEvent(new Event('change'));"
            "return performance.now() - started }"
        )
        found["memory"] = memory(token) - empty
        browser.close()
    return found


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", default="1000,10000,100000")
    options.add_argument("--thumbnails", type=Path)
    options.add_argument("--gpu", action="store_true")
    given = options.parse_args()
    tiles = pool(given.thumbnails)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "site"
        with open_store(Path(temporary) / "store") as live:
            snapshots.publish(live)
        site.write(Path(temporary) / "store", folder)
        quiet = functools.partial(_Quiet, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        heads = ("pictures", 9), ("sheets", 13), ("first paint", 12), ("transfer", 10), ("frame: whole", 12)
        heads += ("middle", 12), ("near", 12), ("re-arrange", 12), ("memory", 9)
        print(" ".join(name.rjust(width) for name, width in heads))
        failed = False
        for size in (int(text) for text in given.sizes.split(",")):
            results = {}
            for name, made in (("levels", levels(size)), ("all at 32 px", (Level(32, 64),))):
                synthetic(folder, size, tiles, made)
                r = results[name] = measure(address, given.gpu)
                times = " ".join(f"{r[key]:9.1f} ms" for key in ("whole", "middle", "near", "choose"))
                sizes = f"{r['transfer'] / 1e6:7.2f} MB", f"{r['memory'] / 1e6:6.0f} MB"
                first = f"{size:9,} {name:>13} {r['painted'] / 1000:10.2f} s"
                print(f"{first} {sizes[0]} {times} {sizes[1]}", flush=True)
            ours, theirs = results["levels"], results["all at 32 px"]
            ratios = {key: theirs[key] / ours[key] for key in ("transfer", "memory", "whole")}
            print(
                "          all at 32 px ÷ levels: "
                + ", ".join(f"{key} {value:.1f} ×" for key, value in ratios.items())
            )
            kept = ours["painted"] < 2000 and ours["transfer"] < 5e6
            print(
                f"          limits (first paint < 2 s, transfer < 5 MB): {'kept' if kept else 'BROKEN'}",
                flush=True,
            )
            failed = failed or not kept
        print(f"drawn by {ours['renderer']}")
        server.shutdown()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
