"""Train the linker's decision models and write `enrich/linking/data/model.json`.

In go a gazetteer, gold tables whose licence allows it (CSV with id, caption, year, language, context and the
columns artist and/or artwork, a blank meaning "nothing to link"), names as catalogues print them, which
`linking_names.py` makes from the gazetteer, and captions "Artist, Title" that `linking_titles.py` makes of
a museum's list. Rows are split in two by the CRC-32 of their id: the even half
trains, the odd half is only reported on. Weights are a conditional logit with "none" as one choice (maximum
likelihood, L2); sharpness and threshold are chosen on five-fold predictions of the training half. The same
inputs give the same rows; weights vary in the fourth decimal from run to run (the minimiser stops there).

    python benchmarks/linking_train.py GAZETTEER TABLE.csv… [--titles WORKS.jsonl.gz] [--out model.json]
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from linking_names import Partly, printed_names
from linking_passages import passages
from linking_titles import titled_captions
from scipy.optimize import minimize

from enrich.linking.company import companies
from enrich.linking.gazetteer import Gazetteer, open_gazetteer
from enrich.linking.linker import Linker
from enrich.linking.model import Model
from enrich.linking.table import request_of

Example = tuple[
    str, str, list[dict[str, float]], int
]  # table, id, candidates' features, index of the right one or -1
LEAST = {"artist": 0.45, "artwork": 0.47}  # thresholds never go below: a wrong work is worse than none
COST = 3  # how many times a false link on nothing counts
# The precision wanted of a table, where one is stated, by predictions of folds, which are a little worse.
DEPENDABLE = {"artwork": ("captions_artwork", 0.945)}
# Table, probability, right, something to find, chosen, and the kind of row: each of `KINDS` has a threshold.
Prediction = tuple[str, float, bool, bool, bool, str]
LEAST_LISTED = 0.72  # a name and nothing else: a wrong person is worse than none
MOST_LISTED = 0.75  # a few plain names must not raise it further
LEAST_PASSAGE = 0.6  # too few names in running text to choose one: set, not learned
SHARPEST_PASSAGE = 1.3  # and no surer than this: rules were written with their even half in view
LIST_COST = 4  # how many times a false link counts where a name stands alone
PASSAGE = "whole-passage-is"
SHARPNESS = (0.6, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
LISTLIKE = ("role-lead-comma", "role-lead-given")  # perhaps "Surname, Given" of a list
KINDS = ("whole-inverted-is", "whole-plain-is", "whole-passage-is")
OUT = Path(__file__).parent.parent / "enrich/linking/data/model.json"
NAMES = "printed names"
TITLES = "artist, title"
BOOKS = "names in books"
WITHOUT = "captions_artwork, works hidden"
# How much a row counts: names cut short by us are not quite an author's, and most works shown are catalogued.
COUNTS = {BOOKS: 0.2, WITHOUT: 0.2}
ROUNDS = 3
# What the first round ranks candidates by; only the choice of the 24 best depends on it.
START = {
    "artist": Model(
        -2.0, {"given": 3.0, "spelling": 4.0, "works": 1.0, "title-support": 3.0, "form-mononym": 2.0,
               "role-subject": 1.0, "unmatched": -1.0, "long-dead": -0.5}, {"": 1.0}, {"": 0.5},
    ),
    "artwork": Model(-4.0, {"f": 6.0, "artist-sure": 1.0}, {"": 1.0}, {"": 0.5}),
}  # fmt: skip
PENALTY = {"artist": 0.6, "artwork": 0.6}
# No weight may be learned for these: fame must not decide by itself, and what the tables hardly ever show
# (life dates, inventory numbers, firms, surnames alone in a list, in a list a person of whom nothing but a
# name is known, in running text a saint, a prince or another man's father) is set by what it means.
FIXED = {
    "artist": {
        "prominence": 0.6, "works": 0.4, "life-agrees": 4.0, "life-contradicts": -4.0, "organisation": -3.0,
        "generation": 1.5, "dated-before-birth": -2.0, "whole-plain-surname": -2.0, "bare": -5.0,
        "place-only": -3.5, "passage-titled": -4.0, "passage-ruler": -3.0, "passage-father": -3.0,
        "passage-before-other": -3.0, "passage-after-other": -3.0, "passage-year-in-life": 0.5,
        "passage-stranger": -2.5,
        "whole-inverted-initials-repaired": -1.5, "whole-plain-initials-repaired": -1.5,
        "nation-agrees": 0.6, "nation-contradicts": -1.0,
        "alive": 0.0,  # said on the page; the model weighs its opposites

    },
    "artwork": {
        "inventory": 2.5, "qualified": -0.5, "holder-contradicts": -1.5, "silent-alone": -1.5,
        "silent-lead": -3.0, "silent-generic": -3.0, "silent-passage": -3.0, "maker-printed": 1.5,
        "likened": -2.0, "artist-silent": 0.0, "sight": 9.0, "sight-contradicts": -5.0,
        "maker-agrees": 1.0, "maker-doubted": -0.5, "generic-worse": -3.0, "drawn-painting": -6.0,
        "cut-painting": -6.0, "claimed": -4.0,
    },
}  # fmt: skip


def half(identifier: str) -> int:
    """0: training, 1: held out."""
    return zlib.crc32(identifier.encode()) % 2


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a gold table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def examples(name: str, rows: Sequence[dict[str, str]], column: str, linker: Linker) -> list[Example]:
    """Candidates of every row that the gold of a column judges; none where the table lacks the column."""
    if column not in rows[0]:
        return []
    out: list[Example] = []
    requests = [request_of(row) for row in rows]
    company = companies(requests, [linker.link(r) for r in requests])
    for row, request, named in zip(rows, requests, company, strict=True):
        people, works = linker.evidence(named.of(request))
        items: list[Any] = list(people if column == "artist" else works)
        gold = row[column]
        right = -1
        for i, (one, _) in enumerate(items):
            if gold and f"Q{linker.gazetteer.items[one.row]}" == gold:
                right = i
        out.append((name, row["id"], [one.features for one, _ in items], right))
    return out


def fit(data: Sequence[Example], penalty: float, fixed: dict[str, float]) -> tuple[float, dict[str, float]]:
    """Intercept and weights that make the right choices likeliest."""
    names = sorted({n for _, _, c, _ in data for f in c for n in f})
    index = {n: i for i, n in enumerate(names)}
    rows: list[np.ndarray] = []
    for _, _, candidates, _ in data:
        matrix = np.zeros((len(candidates), len(names) + 1))
        matrix[:, -1] = 1.0
        for i, features in enumerate(candidates):
            for name, value in features.items():
                matrix[i, index[name]] = value
        rows.append(matrix)
    everything = np.concatenate(rows) if rows else np.zeros((0, len(names) + 1))
    owner = np.repeat(np.arange(len(rows)), [len(r) for r in rows])
    starts = np.cumsum([0] + [len(r) for r in rows])
    right = np.array([starts[i] + d[3] if d[3] >= 0 else -1 for i, d in enumerate(data)])
    counts = np.array([COUNTS.get(d[0], 1.0) for d in data])
    held = np.zeros(len(names) + 1)
    free = np.ones(len(names) + 1)
    for name, value in fixed.items():
        if name in index:
            held[index[name]], free[index[name]] = value, 0.0

    def loss(free_weights: np.ndarray) -> tuple[float, np.ndarray]:
        weights = held * (1 - free) + free_weights * free
        score = np.clip(everything @ weights, -60, 60)
        power = np.exp(score)
        total = 1.0 + np.bincount(owner, power, minlength=len(rows))
        picked = np.where(right >= 0, score[np.maximum(right, 0)], 0.0)
        value = float(np.sum(counts * (np.log(total) - picked)) + penalty / 2 * np.sum(weights[:-1] ** 2))
        gradient = everything.T @ (counts[owner] * power / total[owner])
        gradient -= counts[right >= 0] @ everything[right[right >= 0]]
        gradient[:-1] += penalty * weights[:-1]
        return value, gradient * free

    best = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 600}).x
    best = held * (1 - free) + best * free
    weights = {n: round(float(best[index[n]]), 4) for n in names if abs(best[index[n]]) > 0.005}
    return float(best[-1]), weights | fixed


def predict(data: Sequence[Example], model: Model) -> list[Prediction]:
    """Per row: table, probability of the best candidate, whether it is right, whether there is anything to
    find, whether the model's threshold for it is reached, and the kind of row.
    """
    out = []
    for table, _, candidates, right in data:
        scores = [model.score(f) for f in candidates]
        if not scores:  # nobody to choose, nothing to go wrong
            out.append((table, 0.0, False, right >= 0, False, ""))
            continue
        best = int(np.argmax(scores))
        chance = model.probabilities(scores, candidates[best])[best]
        kind = next((k for k in KINDS if candidates[best].get(k)), "")
        out.append(
            (table, chance, best == right, right >= 0, chance >= model.threshold(candidates[best]), kind)
        )
    return out


def train(
    data: Sequence[Example],
    penalty: float,
    fixed: dict[str, float],
    least: float,
    wanted: tuple[str, float] | None,
) -> Model:
    """Weights from all of `data`; sharpness and threshold from five-fold predictions."""
    folds = [zlib.crc32(b"fold" + d[1].encode()) % 5 for d in data]
    fitted = [
        fit([d for d, f in zip(data, folds, strict=True) if f != fold], penalty, fixed) for fold in range(5)
    ]

    def predictions_at(sharpness: dict[str, float]) -> list[Prediction]:
        thresholds = {"": 0.5}
        out = []
        for d, f in zip(data, folds, strict=True):
            out += predict([d], Model(fitted[f][0], fitted[f][1], sharpness, thresholds))
        return out

    def loss(predictions: Sequence[Prediction], kind: str) -> float:
        ours = [p for p in predictions if p[1] and p[0] != BOOKS and (not kind or p[5] == kind)]
        return -sum(COUNTS.get(p[0], 1.0) * math.log(max(1e-6, p[1] if p[2] else 1 - p[1])) for p in ours)

    tried = {s: predictions_at({"": s}) for s in SHARPNESS}
    sharpness = {"": min(SHARPNESS, key=lambda s: loss(tried[s], ""))}
    if any(p[5] == PASSAGE for p in tried[1.0]):
        best = min(SHARPNESS, key=lambda s: loss(tried[s], PASSAGE))
        sharpness[PASSAGE] = min(best, SHARPEST_PASSAGE)
    predictions = predictions_at(sharpness)
    plain = [p for p in predictions if not p[5]]
    thresholds = {"": max(least, dependable(plain, *wanted) if wanted else choose(plain, COST))}
    for kind in KINDS:
        if rows := [p for p in predictions if p[5] == kind]:
            if kind == PASSAGE:
                thresholds[kind] = LEAST_PASSAGE
            else:
                thresholds[kind] = min(max(LEAST_LISTED, choose(rows, LIST_COST)), MOST_LISTED)
    intercept, weights = fit(data, penalty, fixed)
    thresholds |= {role: LEAST_LISTED for role in LISTLIKE if role in weights}
    return Model(round(intercept, 4), weights, sharpness, thresholds)


def dependable(predictions: Sequence[Prediction], table: str, wanted: float) -> float:
    """The least threshold from which on the links of a table are right as often as wanted."""
    rows = [p for p in predictions if p[0] == table]
    for step in range(30, 97):
        linked = [p for p in rows if p[1] >= step / 100]
        if sum(p[2] for p in linked) >= wanted * len(linked):
            return step / 100
    return 0.97


def choose(predictions: Sequence[Prediction], cost: int) -> float:
    """The threshold with the best F1, a false link on nothing counting `cost` times."""
    best, chosen = -1.0, 0.5
    known = sum(p[3] for p in predictions)
    for step in range(45, 97):
        threshold = step / 100
        linked = [p for p in predictions if p[1] >= threshold]
        hit = sum(p[2] for p in linked)
        nothing = sum(not p[3] for p in linked)
        value = 2 * hit / max(1, len(linked) + (cost - 1) * nothing + known)
        if value > best:
            best, chosen = value, threshold
    return chosen


def report(data: Sequence[Example], model: Model, say: Callable[[str], None] = print) -> None:
    """Precision, recall, false links and calibration per table."""
    predictions = predict(data, model)
    for table in sorted({p[0] for p in predictions}):
        rows = [p for p in predictions if p[0] == table]
        linked = [p for p in rows if p[4]]
        hit = sum(p[2] for p in linked)
        known = sum(p[3] for p in rows)
        nothing = [p for p in rows if not p[3]]
        false = sum(p[4] for p in nothing) / max(1, len(nothing))
        ece = 0.0
        for low in range(10):
            part = [p for p in linked if low <= p[1] * 10 < low + 1 or (low == 9 and p[1] >= 1)]
            ece += abs(sum(p[1] for p in part) - sum(p[2] for p in part)) / max(1, len(linked))
        say(
            f"  {table}: P {hit / max(1, len(linked)):.3f} R {hit / max(1, known):.3f} "
            f"false {false:.3f} ECE {ece:.3f} (n={len(rows)}, candidates hold the right one or none is known)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gazetteer")
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument(
        "--titles", type=Path, help="a museum's works, to make captions of; see linking_titles.py"
    )
    parser.add_argument(
        "--books", nargs="*", type=Path, default=(), help="folders of books; see linking_passages.py"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    csv.field_size_limit(1 << 24)
    gazetteer = open_gazetteer(options.gazetteer)
    made, partly = printed_names(gazetteer)
    tables: list[tuple[str, list[dict[str, str]], Gazetteer]] = [(NAMES, made, partly)]
    if options.titles:
        tables.append((TITLES, titled_captions(gazetteer, partly, options.titles), partly))
    unknown = partly
    if options.books:
        told, unknown = passages(gazetteer, sorted(options.books))
        tables.append((BOOKS, told, unknown))
    tables += [(path.stem, read_table(path), gazetteer) for path in sorted(options.tables)]
    # Every caption once more with the works hidden: works that the gazetteer lacks link nowhere.
    lacking = Partly(gazetteer.folder)
    lacking.hidden = frozenset(
        row
        for _, rows, _ in tables
        for r in rows
        if (item := r.get("artwork")) and (row := gazetteer.row_of(int(item[1:]))) is not None
    )
    tables += [
        (
            WITHOUT if name == "captions_artwork" else f"{name}, works hidden",
            [r | {"artwork": ""} for r in rows],
            lacking,
        )
        for name, rows, _ in tables
        if "artwork" in rows[0]
    ]
    decisions = dict(START)
    for round_ in range(ROUNDS):  # ranking uses the model: the later rounds learn from better candidates
        for column in ("artist", "artwork"):
            linkers = {id(g): Linker(g, decisions) for g in (gazetteer, partly, unknown, lacking)}
            data = [e for name, rows, g in tables for e in examples(name, rows, column, linkers[id(g)])]
            training = [d for d in data if half(d[1]) == 0]
            decisions[column] = train(
                training, PENALTY[column], FIXED[column], LEAST[column], DEPENDABLE.get(column)
            )
            print(
                f"round {round_ + 1} {column}: thresholds {decisions[column].thresholds},"
                f" sharpness {decisions[column].sharpness}"
            )
            report(training, decisions[column])
            print("  held out:")
            report([d for d in data if half(d[1]) == 1], decisions[column])
    content = {
        "about": "Weights of the linker's decisions; see enrich/linking/model.py.",
        "trained by": "benchmarks/linking_train.py",
        "rows": {name: len(rows) for name, rows, _ in tables},
        "gazetteer": gazetteer.card["provenance"],
        "models": {
            name: {
                "intercept": m.intercept,
                "sharpness": m.sharpness,
                "thresholds": m.thresholds,
                "weights": dict(sorted(m.weights.items())),
            }
            for name, m in decisions.items()
        },
    }
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
