"""How good a model is, as one HTML page that needs nothing else: answers and truth go in, a file comes out.

Accuracy with its 95 % interval (Wilson 1927), a confusion matrix, a reliability diagram, precision and recall
of each label, the same by group, and the wrongly answered pictures themselves, the surest first. Pictures are
embedded, no script is run.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from vision import metrics
from vision.images import ImageError, open_image

SHOWN = 60  # wrongly answered pictures
THUMBNAIL = 150  # pixels
SIDE = 300  # pixels of a diagram
STYLE = Path(__file__).with_name("htmlreport.css")


@dataclass(frozen=True, eq=False)
class Scored:
    """n answered pictures: their files and names, probabilities [n, labels], the right label's number [n],
    the group of each [n], and the probability from which an answer counts as decided.
    """

    labels: tuple[str, ...]
    files: Sequence[Path]
    names: Sequence[str]
    answers: np.ndarray
    truth: np.ndarray
    groups: Sequence[str]
    threshold: float


def write(path: Path, title: str, told: Mapping[str, str], scored: Scored) -> None:
    """The report as a file, whole or not at all; `told` are facts to stand under the title."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(page(title, told, scored), encoding="utf-8")
    temporary.replace(path)


def page(title: str, told: Mapping[str, str], scored: Scored) -> str:
    """The report as text."""
    best, top = scored.answers.argmax(axis=1), scored.answers.max(axis=1)
    right, decided = best == scored.truth, top >= scored.threshold
    f1 = metrics.f1_per_label(scored.truth, best, len(scored.labels))
    figures = {
        "accuracy, always answering": _share(right),
        f"decided (probability ≥ {scored.threshold:.2f})": _share(decided),
        "right of what is decided": _share(right[decided]),
        "macro-F1": f"{np.nanmean(f1):.3f}",
        "calibration error (15 bins)": f"{metrics.calibration_error(scored.answers, scored.truth):.3f}",
    }
    facts = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in told.items())
    numbers = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for name, value in figures.items()
    )
    parts = [
        ("Which labels are taken for which", _confusion(scored, best, f1)),
        ("How far a probability can be believed", _reliability(top, right)),
        ("Precision and recall", _precision_recall(scored)),
        ("By group", _groups(scored, right, decided)),
        ("Wrongly answered, the surest first", _wrong(scored, best, top, right)),
    ]
    body = "".join(f"<section><h2>{escape(head)}</h2>{content}</section>" for head, content in parts)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body><main><h1>{escape(title)}</h1>"
        f'<p>{len(scored.truth):,} pictures</p><dl>{facts}</dl><div class="figures">{numbers}</div>{body}'
        "</main></body></html>\n"
    )


def interval(right: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's score interval); (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, width = right / of, z * z / of
    middle = share + width / 2
    spread = z * math.sqrt((share * (1 - share) + width / 4) / of)
    return max(0.0, (middle - spread) / (1 + width)), min(1.0, (middle + spread) / (1 + width))


def average_precision(score: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(recall, precision) at every threshold, the surest first, and the area under it; equal scores are one
    threshold.
    """
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(positive[order])
    last = np.r_[np.flatnonzero(np.diff(score[order])), len(order) - 1]
    precision, recall = hits[last] / (last + 1), hits[last] / max(1, int(positive.sum()))
    area = float((np.diff(np.r_[0.0, recall]) * precision).sum())
    return recall, precision, area


def _share(right: np.ndarray) -> str:
    if not len(right):
        return "–"
    low, high = interval(int(right.sum()), len(right))
    return f"{right.mean():.3f} ({low:.3f}–{high:.3f})"


def _confusion(scored: Scored, best: np.ndarray, f1: np.ndarray) -> str:
    heads = "".join(f"<th>{escape(label)}</th>" for label in scored.labels)
    rows = []
    for number, label in enumerate(scored.labels):
        mine = best[scored.truth == number]
        cells = "".join(
            f'<td style="--share:{(mine == other).sum() / max(1, len(mine)):.3f}"'
            f"{' class=right' if other == number else ''}>{int((mine == other).sum()) or ''}</td>"
            for other in range(len(scored.labels))
        )
        score = "–" if np.isnan(f1[number]) else f"{f1[number]:.2f}"
        rows.append(f"<tr><th>{escape(label)}</th>{cells}<td>{len(mine)}</td><td>{score}</td></tr>")
    return (
        '<div class="wide"><table class="confusion"><thead><tr><th>is \\ answered</th>'
        f"{heads}<th>all</th><th>F1</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _reliability(top: np.ndarray, right: np.ndarray) -> str:
    place = np.minimum((top * 15).astype(int), 14)
    marks = []
    for number in np.unique(place):
        mine = place == number
        low, high = interval(int(right[mine].sum()), int(mine.sum()))
        x, y = _x(top[mine].mean()), _y(right[mine].mean())
        radius = 2 + 8 * math.sqrt(mine.mean())
        marks.append(
            f'<line x1="{x}" x2="{x}" y1="{_y(low)}" y2="{_y(high)}" class="spread"/>'
            f'<circle cx="{x}" cy="{y}" r="{radius:.1f}"><title>{int(mine.sum())} pictures: said '
            f"{top[mine].mean():.3f}, right {right[mine].mean():.3f}</title></circle>"
        )
    diagonal = f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" class="ideal"/>'
    return _diagram(diagonal + "".join(marks), "probability said", "share right")


def _precision_recall(scored: Scored) -> str:
    lines, keys = [], []
    for number, label in enumerate(scored.labels):
        positive = scored.truth == number
        if not positive.any():
            continue
        recall, precision, area = average_precision(scored.answers[:, number], positive)
        some = np.unique(np.linspace(0, len(recall) - 1, 200).astype(int))
        points = " ".join(f"{_x(r)},{_y(p)}" for r, p in zip(recall[some], precision[some], strict=True))
        lines.append(f'<polyline points="{points}" class="line hue{number % 8}"/>')
        keys.append(f'<li class="hue{number % 8}">{escape(label)} <span>{area:.3f}</span></li>')
    drawing = _diagram("".join(lines), "recall", "precision")
    return f'<div class="beside">{drawing}<ul class="keys">{"".join(keys)}</ul></div>'


def _groups(scored: Scored, right: np.ndarray, decided: np.ndarray) -> str:
    groups = np.asarray(scored.groups)
    rows = []
    for name in np.unique(groups):
        mine = groups == name
        of_decided = _share(right[mine & decided])
        rows.append(
            f"<tr><th>{escape(str(name))}</th><td>{int(mine.sum())}</td><td>{_share(right[mine])}</td>"
            f"<td>{decided[mine].mean():.3f}</td><td>{of_decided}</td></tr>"
        )
    return (
        '<div class="wide"><table><thead><tr><th>group</th><th>pictures</th><th>right</th><th>decided</th>'
        f"<th>right of decided</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _wrong(scored: Scored, best: np.ndarray, top: np.ndarray, right: np.ndarray) -> str:
    rows = [int(row) for row in np.argsort(-top, kind="stable") if not right[row]]
    cards = []
    for row in rows[:SHOWN]:
        is_, said = scored.labels[int(scored.truth[row])], scored.labels[int(best[row])]
        cards.append(
            f"<figure>{_picture(scored.files[row])}<figcaption><b>{escape(said)}</b> {top[row]:.2f}, is "
            f"<b>{escape(is_)}</b><br>{escape(Path(scored.names[row]).name)}</figcaption></figure>"
        )
    more = f"<p>{len(rows)} in all, {len(cards)} shown.</p>" if rows else "<p>None.</p>"
    return f'{more}<div class="sheet">{"".join(cards)}</div>'


def _picture(file: Path) -> str:
    try:
        picture = open_image(file, THUMBNAIL)
    except ImageError as error:
        return f"<p>{escape(str(error))}</p>"
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=70)
    data = base64.b64encode(held.getvalue()).decode()
    return (
        f'<img alt="" width="{picture.width}" height="{picture.height}" src="data:image/jpeg;base64,{data}">'
    )


def _diagram(content: str, across: str, up: str) -> str:
    ticks = "".join(
        f'<text x="{_x(v)}" y="{SIDE + 28}" class="x">{v:g}</text>'
        f'<text x="40" y="{_y(v)}" class="y">{v:g}</text>'
        f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{_y(v)}" y2="{_y(v)}" class="grid"/>'
        for v in (0, 0.25, 0.5, 0.75, 1)
    )
    return (
        f'<svg viewBox="0 0 {SIDE + 64} {SIDE + 55}" role="img" aria-label="{up} against {across}">{ticks}'
        f"{content}"
        f'<text x="{_x(0.5)}" y="{SIDE + 46}" class="x">{across}</text>'
        f'<text transform="translate(8 {_y(0.5)}) rotate(-90)" class="x">{up}</text></svg>'
    )


def _x(value: float) -> float:
    return round(46 + SIDE * float(value), 1)


def _y(value: float) -> float:
    return round(10 + SIDE * (1 - float(value)), 1)
