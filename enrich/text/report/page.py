"""The report on topics as one HTML page that needs nothing beside itself.

In go the findings of a snapshot; out comes HTML with its style, drawings and small pictures inside, in
English, German or French. Everything that comes from the corpus is escaped; there is no script.
"""

from __future__ import annotations

import base64
import io
import tomllib
from collections import Counter
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from enrich.text.report.data import Findings, Picture, TopicFound
from enrich.text.report.draw import anchor, bars, topic_map
from kg.media import Media

LANGUAGES = ("en", "de", "fr")
_HEIGHT = 168  # pixels of the small pictures: twice what they are shown at
_PASSAGE = 260  # characters of a typical passage
_SOURCES = 40  # columns of the table of sources


def page(found: Findings, store_dir: Path, language: str = "en", pictures: int = 5) -> str:
    """The page; `pictures` are shown of each topic."""
    words: dict[str, str] = tomllib.loads(_file("words.toml"))[language]
    media = Media(store_dir)
    lead = words["lead"].format(
        topics=len(found.topics), pictures=found.pictures, sources=found.sources, told=found.told
    )
    body = [f"<h1>{words['title']}</h1>", f'<p class="lead">{lead}</p>']
    years = [p.year for topic in found.topics for p in topic.pictures if p.year is not None]
    span = (min(years) // 10 * 10, max(years) // 10 * 10) if years else None
    if not found.topics:
        body.append(f"<p>{words['no_topics']}</p>")
    for code in sorted({topic.language for topic in found.topics}):
        own = [topic for topic in found.topics if topic.language == code]
        groups = sorted({topic.broader for topic in own if topic.broader in found.groups})
        numbers = [groups.index(t.broader) if t.broader in groups else 6 for t in own]
        body.append(f"<h2>{words['map']} · {_name(code, words)}</h2>")
        body.append(f'<p class="note">{words["map_note"]}</p>{topic_map(own, numbers)}')
        body.append('<div class="topics">')
        order = sorted(range(len(own)), key=lambda i: (numbers[i], -len(own[i].pictures), own[i].iri))
        body += (_entry(own[i], found, words, media, pictures, span) for i in order)
        body.append("</div>")
    if found.topics:
        body += [f"<h2>{words['per_source']}</h2>", f'<p class="note">{words["per_source_note"]}</p>']
        body.append(_table_of_sources(found.topics))
    body += [f"<h2>{words['left_out']}</h2>", _left_out(found, words)]
    body.append(f"<footer>{words['made'].format(version=escape(found.version))}</footer>")
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words['title']}</title><style>{_file('page.css')}</style></head>\n<body>"
        + "\n".join(body)
        + "</body></html>\n"
    )


def _file(name: str) -> str:
    return (files("enrich.text.report") / name).read_text("utf-8")


def _name(code: str, words: dict[str, str]) -> str:
    names = {"de": "Deutsch", "en": "English", "fr": "Français", "it": "Italiano", "es": "Español"}
    return names.get(code, code) or words["unknown"]


def _entry(
    topic: TopicFound,
    found: Findings,
    words: dict[str, str],
    media: Media,
    most: int,
    span: tuple[int, int] | None,
) -> str:
    above = found.groups.get(topic.broader)
    broader = f"{words['broader']}: {escape(above.label)} · " if above else ""
    shown = topic.label.split(", ")
    others = [word for word in topic.words if not any(word in entry.split() for entry in shown)]
    sources = ", ".join(f"{escape(title)} ({n})" for title, n in topic.sources.most_common(3))
    chart = ""
    if span and span[0] < span[1]:
        label = f"{span[0]}–{span[1] + 9}"
        chart = f'<p class="meta">{bars(topic.decades, *span)}{words["over_time"]}, {label}</p>'
    passage = ""
    if topic.passages:
        text = min(topic.passages, key=lambda p: (len(p) < 80, len(p), p))
        text = text if len(text) <= _PASSAGE else text[:_PASSAGE].rsplit(" ", 1)[0] + " …"
        passage = f'<blockquote lang="{topic.language}">{escape(text)}</blockquote>'
    plates = _plates(topic.pictures, media, most)
    return (
        f'<article class="topic" id="{anchor(topic)}"><h3 lang="{topic.language}">{escape(topic.label)}</h3>'
        f'<p class="meta">{broader}{len(topic.pictures)} {words["pictures"]}, '
        f"{topic.size} {words['passages']}</p>"
        f'{plates}<p class="words" lang="{topic.language}">{escape(" · ".join(others))}</p>'
        f'{chart}<p class="meta">{words["found_in"]} {sources}</p>{passage}</article>'
    )


def _plates(pictures: Sequence[Picture], media: Media, most: int) -> str:
    """The surest pictures whose files are there, small, inside the page; no picture twice."""
    found: list[str] = []
    seen: set[str] = set()
    for picture in pictures:
        if len(found) == most or not picture.digest or picture.digest in seen:
            continue
        seen.add(picture.digest)
        path = media.path(picture.digest)
        if path and (data := _small(path)):
            text = escape(picture.label, quote=True)
            found.append(f'<img src="{data}" alt="{text}" title="{text}" loading="lazy">')
    return f'<div class="plates">{"".join(found)}</div>' if found else ""


def _small(path: Path) -> str:
    """A picture as a data URI of a small JPEG, "" when it cannot be read."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as opened:
            opened.draft("RGB", (_HEIGHT * 2, _HEIGHT * 2))
            picture = ImageOps.exif_transpose(opened).convert("RGB")
            picture.thumbnail((_HEIGHT * 3, _HEIGHT))
            buffer = io.BytesIO()
            picture.save(buffer, "JPEG", quality=68, optimize=True)
    except (OSError, ValueError, Image.DecompressionBombError):
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _table_of_sources(topics: Sequence[TopicFound]) -> str:
    """Topics down, sources across; a cell is the number of pictures, its shade their share in the source."""
    totals: Counter[str] = Counter()
    for topic in topics:
        totals.update(topic.sources)
    titles = sorted(title for title, _ in totals.most_common(_SOURCES))
    home = {title: max((t.sources[title], t.language) for t in topics)[1] for title in titles}
    titles.sort(key=lambda title: (home[title], title))
    head = "".join(
        f'<th scope="col" title="{escape(t, quote=True)}"><span>{escape(t)}</span></th>' for t in titles
    )
    rows = []
    for topic in topics:
        counts = topic.sources
        cells = "".join(
            f'<td style="--share:{min(100, round(150 * counts[t] / totals[t]))}">{counts[t] or ""}</td>'
            for t in titles
        )
        name = f'<a href="#{anchor(topic)}">{escape(topic.label)}</a>'
        rows.append(f'<tr><th scope="row" lang="{topic.language}">{name}</th>{cells}</tr>')
    return (
        f'<div class="wide" tabindex="0"><table class="heat"><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _left_out(found: Findings, words: dict[str, str]) -> str:
    if not found.left_out:
        return f"<p>{words['nothing_left_out']}</p>"
    head = "".join(f'<th scope="col">{words[key]}</th>' for key in ("count", "stage", "reason", "places"))
    rows = "".join(
        f'<tr><td class="n">{count}</td><td>{escape(stage)}</td><td>{escape(reason)}</td>'
        f"<td>{escape(places)}{' …' if count > 3 else ''}</td></tr>"
        for stage, reason, count, places in found.left_out
    )
    table = f'<table class="left-out"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="wide" tabindex="0">{table}</div>'
