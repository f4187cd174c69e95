"""Reading ALTO pages, beside parsing the same files with lxml and doing nothing with them.

In: a folder with ALTO files (real ones, used over and over until there are enough pages). Out: milliseconds
of processor time per page, for lxml alone, for our reading (every word and box, in reading order) and for
whole illustrations (pictures, captions, headings, the text around them over page breaks, places of all
passages); rounds are interleaved and the median of the ratios is what counts. The bar for reading is twice
lxml.

    python benchmarks/ocr_reading.py FOLDER [--pages 1000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from lxml import etree

from enrich.corpora import kinds, xml
from enrich.corpora.ocr import alto
from enrich.corpora.ocr.order import reading_order
from enrich.corpora.ocr.package import read_pages
from enrich.corpora.reading import Place
from kg.nouns import Source


def bare(files: list[Path]) -> int:
    """The files parsed, and that is all."""
    return sum(len(etree.parse(file).getroot()) for file in files)


def read(files: list[Path]) -> int:
    """Every word and every box of every page, in reading order."""
    words = 0
    for file in files:
        root, _ = xml.parse(xml.read_bytes(file))
        for page in alto.pages(root):
            words += sum(page.blocks[index].words for index in reading_order(page))
    return words


def illustrations(files: list[Path]) -> int:
    """What `legenda enrich FOLDER` does before it looks at pictures."""
    return len(read_pages(files, Source("b"), Place(), lambda fault: None)[1])


def timed(work: Callable[[list[Path]], int], files: list[Path]) -> float:
    start = time.process_time()
    work(files)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found = [f for f in sorted(options.folder.rglob("*.xml")) if kinds.kind(f) == "alto"]
    if not found:
        raise SystemExit(f"{options.folder}: no ALTO files")
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number in range(options.pages):
            file = Path(folder) / f"{number:05}.xml"
            file.symlink_to(found[number % len(found)].resolve())
            files.append(file)
        size = sum(f.stat().st_size for f in files) / options.pages
        print(
            f"{options.pages} pages from {len(found)} real ALTO files, {size / 1000:.0f} kB each on average"
        )
        print("ms of processor time per page, and times lxml")
        ratios: dict[str, list[float]] = {"reading": [], "illustrations": []}
        for turn in range(options.rounds):
            base = timed(bare, files)
            ours = timed(read, files)
            whole = timed(illustrations, files)
            ratios["reading"].append(ours / base)
            ratios["illustrations"].append(whole / base)
            each = [1000 * t / options.pages for t in (base, ours, whole)]
            print(
                f"round {turn + 1}: lxml {each[0]:.2f}, reading {each[1]:.2f} ({ours / base:.2f} ×), "
                f"illustrations {each[2]:.2f} ({whole / base:.2f} ×)"
            )
        for name, values in ratios.items():
            print(f"{name}: {median(values):.2f} × lxml (median; {min(values):.2f}…{max(values):.2f})")


if __name__ == "__main__":
    main()
