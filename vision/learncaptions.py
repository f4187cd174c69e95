"""`python -m vision.learncaptions LABELS.csv [IMAGE.npz]`: learn, report and ship what caption words weigh.

In: a table with columns file, label, painting (1, 0 or blank) and group (a book), whose pictures stand in
corpus folders (`…/BOOK/images/x.jpg` beside `…/BOOK/illustrations.csv`). Out: `captionweights.json` beside
this file, and on standard output the scores with and without captions.

The image's probabilities are those of heads that never saw the picture's book. They are computed here
(minutes) and kept in IMAGE.npz where one is named. A group's weight for a label is a smoothed log-likelihood
ratio: how much more often it occurs in captions of pictures with that label than in others. Pictures of one
book and label weigh the square root of their number, so that a book's idiom counts little, and what the words
mean in the language stands in for as many pictures as `Settings.trust` says: the less was seen, the more it
decides.
Everything reported about a book is learnt from the other books.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vision import captionwords, schemes, together
from vision.captionwords import Cue, Fusion
from vision.heads import load as load_head
from vision.heads import shipped
from vision.metrics import calibration_error, coverage_threshold, f1_per_label, report
from vision.training import RECIPES, temperature_for

MEDIUM = {"1": "painting", "0": "other"}
OCCURRENCE = 0.1  # how often, before counting, a group is expected in a caption of any label


@dataclass(frozen=True)
class Settings:
    """`trust`: what language knowledge weighs, in damped pictures (a book's 100 pictures of a label make 10);
    `cap`: the most the cues can say, as a logarithm (4: fifty to one); `scales` and `floors`: candidates for
    how loud they speak and for what the image's model is allowed not to know.
    """

    trust: float = 16.0
    cap: float = 4.0
    scales: tuple[float, ...] = (0.75, 1.0, 1.5)
    floors: tuple[float, ...] = (0.05, 0.1, 0.2)


@dataclass(frozen=True, eq=False)
class Captioned:
    """n labelled pictures for one task: the label's number [n], book [n], what the image's head is sure of
    and that head's `prior` (both [n, labels]), the groups found in each caption as a 0/1 matrix [n, groups],
    whether there is a caption [n].
    """

    task: str
    labels: tuple[str, ...]
    names: tuple[str, ...]
    target: np.ndarray
    book: np.ndarray
    image: np.ndarray
    prior: np.ndarray
    cues: np.ndarray
    captioned: np.ndarray

    @property
    def heard(self) -> np.ndarray:
        """Whether the caption has a cue [n]."""
        return np.asarray(self.cues.any(axis=1))

    def part(self, rows: np.ndarray) -> Captioned:
        return Captioned(
            self.task,
            self.labels,
            self.names,
            self.target[rows],
            self.book[rows],
            self.image[rows],
            self.prior[rows],
            self.cues[rows],
            self.captioned[rows],
        )


def weigh(data: Captioned, settings: Settings) -> np.ndarray:
    """Log-likelihood ratios [groups, labels], rows centred on the mean likelihood of the labels."""
    pairs = Counter(zip(data.target.tolist(), data.book.tolist(), strict=True))
    damped = np.array(
        [pairs[t, b] ** -0.5 for t, b in zip(data.target.tolist(), data.book.tolist(), strict=True)]
    )
    labels = len(data.labels)
    member = np.eye(labels)[data.target] * damped[:, None]  # [n, labels]
    seen = data.cues.T @ member  # damped pictures of a label with the group [groups, labels]
    total = member.sum(axis=0)
    known = captionwords.groups_for(data.task)
    expected = np.zeros((len(data.names), labels))
    for row, name in enumerate(data.names):
        shares = known[name]
        rest = max(0.0, 1 - sum(shares.values())) / max(1, labels - len(shares))
        share = np.maximum([shares.get(label, rest) for label in data.labels], 0.01)
        expected[row] = np.minimum(OCCURRENCE * labels * share, 0.9)
    rate = (seen + settings.trust * expected) / (total + settings.trust)
    return np.asarray(np.log(rate) - np.log(rate.mean(axis=1, keepdims=True)))


def choose(data: Captioned, settings: Settings, weights: np.ndarray) -> Fusion:
    """The fusion for `weights`, its other numbers chosen on answers given with weights learnt without the
    picture's book.

    Scale, floor and temperature minimise the cross-entropy over all pictures whose caption has a cue; how
    pictures are answered together, and the threshold, are chosen over all.
    """
    recipe = RECIPES[data.task]
    said, heard = np.zeros(data.image.shape), data.heard
    for book in np.unique(data.book):
        out = data.book == book
        said[out] = data.cues[out] @ weigh(data.part(~out), settings)
    known = supported(data, recipe.support)
    sharpness = 1 / temperature_for(np.log(np.maximum(data.image, 1e-12))[known], data.target[known])
    named = {name: [round(float(v), 3) for v in row] for name, row in zip(data.names, weights, strict=True)}
    tried = []
    for scale in settings.scales:
        for floor in settings.floors:
            fusion = Fusion(data.labels, named, scale, settings.cap, floor, round(sharpness, 4))
            logits = np.log(fusion.floored(fusion.sharpened(data.image))) + fusion.capped(said)
            fusion = replace(fusion, temperature=temperature_for(logits[heard], data.target[heard]))
            answer = fusion.combine(data.image, said, heard, data.captioned)
            tried.append((-float(np.log(answer[heard, data.target[heard]]).mean()), fusion))
    fusion = min(tried, key=lambda item: item[0])[1]
    alone = fusion.combine(data.image, said, heard, data.captioned)
    prior = together.shares(np.ones(len(data.target)), data.target, len(data.labels))
    jointly = together.chosen(alone, data.target, data.book, prior, data.prior)
    answer = jointly.answers(alone, data.book, data.prior)
    threshold = coverage_threshold(answer, data.target, recipe.target)
    return replace(
        fusion,
        temperature=round(fusion.temperature, 4),
        threshold=round(threshold, 4),
        together=jointly,
    )


def supported(data: Captioned, enough: int) -> np.ndarray:
    """Which pictures [n] have a label that at least `enough` pictures of the other books have."""
    count = Counter(data.target.tolist())
    pairs = list(zip(data.target.tolist(), data.book.tolist(), strict=True))
    inside = Counter(pairs)
    return np.array([count[t] - inside[t, b] >= enough for t, b in pairs])


def left_out(data: Captioned, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """(fused probabilities [n, labels], threshold [n]) of each picture, all learnt without its book."""
    answer, threshold = np.zeros(data.image.shape), np.zeros(len(data.target))
    for book in np.unique(data.book):
        out = data.book == book
        others, mine = data.part(~out), data.part(out)
        weights = weigh(others, settings)
        fusion = choose(others, settings, weights)
        alone = fusion.combine(mine.image, mine.cues @ weights, mine.heard, mine.captioned)
        answer[out] = fusion.together.answers(alone, mine.book, mine.prior)
        threshold[out] = max(fusion.threshold, 0.5001) if fusion.threshold else 0.0
    return answer, threshold


def image_left_out(
    paths: Sequence[Path], rows: Sequence[dict[str, str]], kept: Path | None
) -> dict[str, Any]:
    """For each task, from heads that never saw the book: probabilities [n, labels] of pictures alone and
    together, what the head is sure of and its prior (both [n, labels]), and thresholds [n].
    """
    if kept is not None and kept.exists():
        return dict(np.load(kept))
    from vision.commands import cache_folder
    from vision.embeddings import Embeddings
    from vision.encoders import DEFAULT, load
    from vision.knowledge import known_words
    from vision.tables import illustration
    from vision.training import train

    encoder = load(DEFAULT)
    vectors = Embeddings(cache_folder(), encoder)
    items = [illustration(str(path), path) for path in paths]
    for fault in vectors.ensure(items):
        sys.exit(f"{fault.place}: {fault.reason}")
    matrix, _ = vectors.matrix(items)
    books = np.array([row["group"] for row in rows])
    result: dict[str, Any] = {}
    for task in ("category", "medium"):
        names = np.array([label_of(row, task) for row in rows])
        order = schemes.order(task)
        knowledge = known_words(task, encoder)
        probabilities, threshold = np.zeros((len(rows), len(order))), np.zeros(len(rows))
        answers, sure, prior = (np.zeros_like(probabilities) for _ in range(3))
        for book in np.unique(books):
            out, use = books == book, (books != book) & (names != "")
            head = train(
                task,
                matrix[use],
                names[use].tolist(),
                books[use].tolist(),
                (encoder.spec, encoder.sha256),
                RECIPES[task],
                order,
                knowledge,
            )
            columns = np.array([order.index(label) for label in head.labels])
            place = np.ix_(out, columns)
            probabilities[place], sure[place] = alone, raw = head.seen(matrix[out])
            answers[place] = head.together.answers(raw, books[out], alone=alone)
            # with too few books to answer together there is none
            prior[place] = head.together.prior or [(names[use] == label).mean() for label in head.labels]
            threshold[out] = head.threshold
            print(f"{task} without {book}", file=sys.stderr)
        result |= {
            task: probabilities,
            f"{task}_together": answers,
            f"{task}_sure": sure,
            f"{task}_prior": prior,
            f"{task}_threshold": threshold,
        }
    if kept is not None:
        temporary = kept.with_name(f".{kept.stem}.{os.getpid()}.npz")
        np.savez(temporary, **result)
        temporary.replace(kept)
    return result


def label_of(row: dict[str, str], task: str) -> str:
    """The row's label for a task, "" when it has none."""
    return row["label"] if task == "category" else MEDIUM.get(row["painting"], "")


def captions_of(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """The pictures' captions and their languages, read from the corpus folders they stand in."""
    captions: dict[Path, dict[str, tuple[str, str]]] = {}
    found = []
    for path in paths:
        folder = path.parent.parent
        if folder not in captions:
            with (folder / "illustrations.csv").open(encoding="utf-8", newline="") as file:
                captions[folder] = {
                    Path(row["image"]).name: (row["caption"], row.get("language", ""))
                    for row in csv.DictReader(file)
                }
        found.append(captions[folder][path.name])
    return found


def lines(data: Captioned, answer: np.ndarray, threshold: np.ndarray, name: str) -> list[str]:
    """The scores of one way of answering, as rows of a Markdown table: of all pictures, of those whose
    caption has a cue, of the others, of those with a supported label.
    """
    best = answer.argmax(axis=1)
    right, decided = best == data.target, answer.max(axis=1) >= threshold
    heard, known = data.heard, supported(data, RECIPES[data.task].support)
    rows = []
    for which, part in (
        ("all", np.ones_like(heard)),
        ("with a cue", heard),
        ("without", ~heard),
        ("supported", known),
        ("supported, without a cue", known & ~heard),
    ):
        f1 = np.nanmean(f1_per_label(data.target[part], best[part], len(data.labels)))
        rows.append(
            f"| {data.task}, {name}, {which} | {part.sum()} | {right[part].mean():.3f} | {f1:.3f} "
            f"| {decided[part].mean():.3f} | {right[part & decided].mean():.3f} "
            f"| {calibration_error(answer[part], data.target[part]):.3f} |"
        )
    f1s = f1_per_label(data.target, best, len(data.labels))
    return [*rows, "  " + ", ".join(f"{k} {v:.2f}" for k, v in zip(data.labels, f1s, strict=True))]


def learn(labels: Path, kept: Path | None, settings: Settings | None = None) -> dict[str, Any]:
    """Learn both tasks from the table, print the scores, return what is to be shipped."""
    settings = settings or Settings()
    with labels.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    paths = [(labels.parent / row["file"]).resolve() for row in rows]
    images = image_left_out(paths, rows, kept)
    captions = captions_of(paths)
    found: list[tuple[Cue, ...]] = [captionwords.find(*caption) for caption in captions]
    captioned = np.array([bool(caption.strip()) for caption, _ in captions])
    shipped_data: dict[str, Any] = {}
    for task in ("category", "medium"):
        order = schemes.order(task)
        names = tuple(captionwords.groups_for(task))
        use = np.array([label_of(row, task) in order for row in rows])
        cues = np.array([[any(c.group == name for c in cs) for name in names] for cs in found], float)
        data = Captioned(
            task,
            order,
            names,
            np.array([order.index(label_of(row, task)) for row, used in zip(rows, use, strict=True) if used]),
            np.array([row["group"] for row, used in zip(rows, use, strict=True) if used]),
            images[f"{task}_sure"][use],
            images[f"{task}_prior"][use],
            cues[use],
            captioned[use],
        )
        with_captions, threshold = left_out(data, settings)
        limit_alone = images[f"{task}_threshold"][use]
        print("| | pictures | accuracy | macro-F1 | decided | right of decided | calibration error |")
        jointly = images[f"{task}_together"][use]
        for line in lines(data, images[task][use], limit_alone, "image, each picture alone"):
            print(line)
        for line in lines(data, jointly, limit_alone, "image"):
            print(line)
        for line in lines(data, with_captions, threshold, "with captions"):
            print(line)
        for book in dict.fromkeys(data.book.tolist()):
            mine = data.book == book
            cells = []
            for answer, limit in ((jointly, limit_alone), (with_captions, threshold)):
                right, sure = answer.argmax(1) == data.target, answer.max(1) >= limit
                of_sure = f"{right[mine & sure].mean():.3f}" if (mine & sure).any() else "–"
                cells.append(f"{right[mine].mean():.3f} | {sure[mine].mean():.3f} | {of_sure}")
            print(f"| {book} | {mine.sum()} | {' | '.join(cells)} |")
        fusion = choose(data, settings, weigh(data, settings))
        scores = report(with_captions, data.target, data.book, order, 0.0)
        kept_scores = {k: scores[k] for k in ("pictures", "accuracy", "macro_f1", "calibration_error")}
        shipped_data[task] = asdict(replace(fusion, head=load_head(shipped(task)).sha256, report=kept_scores))
    return shipped_data


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python -m vision.learncaptions LABELS.csv [IMAGE.npz]")
    learnt = learn(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else None)
    partial = captionwords.WEIGHTS.with_suffix(".tmp")
    partial.write_text(json.dumps(learnt, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(captionwords.WEIGHTS)
