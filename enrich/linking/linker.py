"""The linker: a caption in, the artist and the work it names out, with probability, reasons and runners-up.

`Linker.link` is a pure function of the request, the gazetteer and the models. Reading, candidates and
evidence are in their own modules; here they are put in order and judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from enrich.linking.artists import Called, Suspect, called, namesakes
from enrich.linking.captions import Reading, is_study, read, works_in
from enrich.linking.claimed import contested
from enrich.linking.company import companies
from enrich.linking.garbage import uncollected
from enrich.linking.gazetteer import Gazetteer
from enrich.linking.lineup import Lineup, Lineups
from enrich.linking.model import Model, models
from enrich.linking.reasons import HOW, artist_reasons, work_reasons
from enrich.linking.request import Answer, Choice, Request
from enrich.linking.shelves import Shelves
from enrich.linking.works import Sight, Title, Titles, by_sight, sights, works_of

KEPT = 5  # runners-up kept per property
SURE = 0.97  # at this probability a caption needs no company
SCORES = 1 << 14  # scores kept
STUDY_FOR = "study-for"  # qualifier of the work that a study, sketch or cartoon was made for


class _Taken(NamedTuple):
    """A caption taken apart, as far as that does not depend on the company it keeps."""

    reading: Reading
    names: list[Called]
    titles: Titles


class _Weighed(NamedTuple):
    """Who may be the artist, with probabilities; the titles without artists' names, works by maker."""

    people: Lineup
    chances: list[float]
    options: tuple[Title, ...]
    by_maker: dict[int, list[Sight]]


class _Sheet(NamedTuple):
    """What is known of captions that belong together: answers, those that company may change, and of these
    whose work is yet to be told, for company needs artists only. `brief`: runners-up are left out.
    """

    known: dict[Request, Answer]  # catalogues repeat themselves
    undecided: dict[Request, tuple[_Taken, _Weighed]]
    without_work: set[Request]
    brief: bool


class Linker:
    """Links captions against one gazetteer. Not to be shared between threads; open one per process."""

    def __init__(self, gazetteer: Gazetteer, decisions: Mapping[str, Model] | None = None) -> None:
        self.gazetteer = gazetteer
        self.models = decisions or models()
        self.shelves = Shelves(gazetteer)
        self._scores: dict[int, tuple[Mapping[str, float], float]] = {}
        self._lineups = Lineups(gazetteer, self._score)

    def evidence(self, request: Request) -> tuple[list[tuple[Suspect, float]], list[tuple[Sight, float]]]:
        """All candidates with their raw scores, best first: artists, then artworks. What training learns
        from.
        """
        taken = self._taken(request)
        weighed = self._weighed(request, taken)
        return _all(weighed.people), self._works(request, taken, weighed)

    def _taken(self, request: Request) -> _Taken:
        reading = read(request.caption)
        return _Taken(reading, called(request, reading, self.gazetteer), Titles(reading))

    def _weighed(self, request: Request, taken: _Taken) -> _Weighed:
        """Who may be the artist, by the works too that the caption names."""
        titles = taken.titles
        model = self.models["artist"]
        people = self._lineups.of(taken.names, request)
        chances = _chances(model, people)
        # Only the name of a likely artist is no part of the title: "Spring" is a painter too.
        named = [people.suspect(i) for i, p in enumerate(chances) if p > 0.25]
        options = titles.without(named)
        by_maker: dict[int, list[Sight]] = {}
        supported = False
        for i in range(min(len(people), 6)):
            # Nor is, of whoever it may be by, his own: "Rembrandt, Die Nachtwache".
            row = people.row(i)
            seen: list[Sight] = []
            if self.gazetteer.credited[row]:
                suspect = people.suspect(i)
                own = options if suspect in named else titles.without([*named, suspect])
                seen = works_of(suspect, titles, own, request, self.shelves)
            by_maker[row] = seen
            best = max([s.support for s in seen], default=0.0)
            if request.seen:
                best = max([best, *(p for item, p in request.seen if row in self._makers(item))])
            if best:
                supported = True
                suspect = people.suspect(i)
                suspect.features = {**suspect.features, "title-support": best}
                if best > 0.75:
                    suspect.features["title-strong"] = 1.0
        if supported:
            people.weigh_again(self._score)
            chances = _chances(model, people)
        return _Weighed(people, chances, options, by_maker)

    def _works(self, request: Request, taken: _Taken, weighed: _Weighed) -> list[tuple[Sight, float]]:
        """The works that may be shown with their raw scores, best first."""
        people, chances, options, by_maker = weighed
        likely = [(people.suspect(i), p) for i, p in enumerate(chances) if p > 0.08]
        shown = sights(request, taken.reading, likely, taken.titles, options, by_maker, self.shelves)
        if request.seen:
            shown = by_sight(shown, _all(people), request, self.gazetteer)
        model = self.models["artwork"]
        return sorted([(s, model.score(s.features)) for s in shown], key=lambda w: (-w[1], w[0].row))

    def _score(self, features: Mapping[str, float]) -> float:
        """A person's raw score; many share their evidence, and it comes again with the next caption."""
        kept = self._scores.get(id(features))
        if kept is None or kept[0] is not features:
            if len(self._scores) >= SCORES:
                self._scores.clear()
            kept = self._scores[id(features)] = (features, self.models["artist"].score(features))
        return kept[1]

    def link(self, request: Request) -> Answer:
        """The artist and artwork of one caption.

        `Answer.artist` and `.artwork` are None where no candidate reaches the model's threshold, or where
        two namesakes differ by nothing but fame.
        """
        taken = self._taken(request)
        return self._answer(request, taken, self._weighed(request, taken))

    def _artists(self, weighed: _Weighed, most: int) -> Answer:
        """The artist, `most` choices kept, without regard to the work."""
        people, chances, *_ = weighed
        model = self.models["artist"]
        tied = len(people) > 1 and namesakes(people.suspect(0), people.suspect(1))
        if tied:
            half = min(chances[0], 0.49)
            chances = [half, min(half, 0.98 - half), *[min(c, 0.02) for c in chances[2:]]]
        likely = [(i, c) for i, c in enumerate(chances[:most]) if c >= 0.005]
        artists = tuple([self._artist(people.suspect(i), c) for i, c in likely])
        artist = artists[0] if artists and not tied else None
        if artist is not None and artist.confidence < model.threshold(artist.features):
            artist = None
        return Answer(artist, None, artists)

    def _answer(self, request: Request, taken: _Taken, weighed: _Weighed, most: int = KEPT) -> Answer:
        """`link` of a caption weighed, with `most` choices of each kind."""
        return self._with_works(request, taken, weighed, self._artists(weighed, most), most)

    def _with_works(
        self, request: Request, taken: _Taken, weighed: _Weighed, answer: Answer, most: int
    ) -> Answer:
        """An answer that tells the artist, with the work; it tells the artist where the caption does not."""
        works = self._works(request, taken, weighed)
        model = self.models["artwork"]
        best = works[0][0].features if works else {}
        chances = model.probabilities([score for _, score in works], best)
        artworks = tuple(
            [
                self._artwork(s, c, request.caption)
                for (s, _), c in zip(works[:most], chances, strict=False)
                if c >= 0.005
            ]
        )
        artwork = artworks[0] if artworks else None
        if artwork is not None and artwork.confidence < model.threshold(artwork.features):
            artwork = None
        artist, artists = answer.artist, answer.artists
        if artist is None and artwork is not None:
            artist, artists = self._by_work(artwork, artists)
        return Answer(artist, artwork, artists, artworks)

    def link_all(self, requests: Sequence[Request], brief: bool = False) -> list[Answer]:
        """Answers of captions that belong together: each also weighs whom its neighbours name (`company`) and
        which work another names better (`claimed`).

        The order of the requests is the order in the source; the answer of a caption depends on the others
        given. With `brief` they lack the runners-up where nothing follows from these.
        """
        with uncollected():
            sheet = _Sheet({}, {}, set(), brief)
            for request in requests:
                if request not in sheet.known:
                    self._begin(request, sheet)
            first = [sheet.known[request] for request in requests]
            asked = [
                self._finish(request, named.of(request) if any(named) else request, sheet)
                for request, named in zip(requests, companies(requests, first), strict=True)
            ]
            answers = [sheet.known[request] for request in asked]
            for i, works in contested(requests, answers).items():
                once_more = replace(asked[i], claimed=works)
                if once_more not in sheet.known:
                    sheet.known[once_more] = self.link(once_more)
                answers[i] = sheet.known[once_more]
            return answers

    def _begin(self, request: Request, sheet: _Sheet) -> None:
        """Answer a caption by itself; of whom company may decide upon only the artist."""
        taken = self._taken(request)
        weighed = self._weighed(request, taken)
        most = 1 if sheet.brief and not request.passage else KEPT
        answer = self._artists(weighed, most)
        if answer.artist is not None and answer.artist.confidence < SURE:
            sheet.without_work.add(request)
        else:
            answer = self._with_works(request, taken, weighed, answer, most)
        if answer.artists and (answer.artist is None or answer.artist.confidence < SURE):
            sheet.undecided[request] = taken, weighed
        sheet.known[request] = answer

    def _finish(self, request: Request, accompanied: Request, sheet: _Sheet) -> Request:
        """Which is asked in the end, a caption by itself or in company; the answer is known then."""
        most = 1 if sheet.brief else KEPT
        if accompanied != request and request in sheet.undecided:
            taken, _ = sheet.undecided[request]
            if accompanied in sheet.known:
                return accompanied
            if self._lineups.company_matters(taken.names, accompanied):
                weighed = self._weighed(accompanied, taken)
                sheet.known[accompanied] = self._answer(accompanied, taken, weighed, most)
                return accompanied
        if request in sheet.without_work:
            sheet.without_work.remove(request)
            taken, weighed = sheet.undecided[request]
            alone = sheet.known[request]
            sheet.known[request] = self._with_works(request, taken, weighed, alone, most)
        return request

    def link_works(self, requests: Sequence[Request], brief: bool = False) -> list[list[Answer]]:
        """Like `link_all`, with an answer for each work where a caption names several; offsets stay."""
        asked: list[Request] = []
        counts = []
        for request in requests:
            parts = works_in(request.caption)
            asked += [replace(request, caption=_only(request.caption, a, b)) for a, b in parts] or [request]
            counts.append(len(parts) or 1)
        answers = iter(self.link_all(asked, brief))
        return [[next(answers) for _ in range(count)] for count in counts]

    def _makers(self, item: int) -> set[int]:
        """Rows of the makers of a work, by its item number."""
        row = self.gazetteer.row_of(item)
        creators = self.gazetteer.entry(row).creators if row is not None else ()
        return {r for c in creators if (r := self.gazetteer.row_of(c)) is not None}

    def _artist(self, s: Suspect, chance: float) -> Choice:
        entry = self.gazetteer.entry(s.row)
        return Choice(
            s.row,
            entry.item,
            entry.label,
            chance,
            s.qualifier,
            s.field,
            s.mention.start,
            s.mention.end,
            s.candidate.label,
            artist_reasons(s),
            s.features,
        )

    def _artwork(self, s: Sight, chance: float, caption: str) -> Choice:
        entry = self.gazetteer.entry(s.row)
        qualified = s.maker.qualifier if s.maker is not None else ""
        if is_study(caption, s.title.start, s.title.end):
            qualified = STUDY_FOR
        return Choice(
            s.row,
            entry.item,
            entry.label,
            chance,
            qualified,
            "caption",
            s.title.start,
            s.title.end,
            s.matched,
            work_reasons(s),
            s.features,
        )

    def _by_work(
        self, artwork: Choice, artists: tuple[Choice, ...]
    ) -> tuple[Choice | None, tuple[Choice, ...]]:
        """The artist from the work's creator, where the caption names none."""
        entry = self.gazetteer.entry(artwork.row)
        makers = [(item, "") for item in entry.creators] or list(entry.qualified)
        if len(makers) != 1:
            return None, artists
        item, how = makers[0]
        row = self.gazetteer.row_of(item)
        if row is None:
            return None, artists
        maker = self.gazetteer.entry(row)
        choice = replace(
            artwork,
            row=row,
            item=maker.item,
            label=maker.label,
            matched=maker.label,
            qualifier=how or ("" if artwork.qualifier == STUDY_FOR else artwork.qualifier),
            reasons=(
                f"{artwork.qid} ({artwork.label}) is catalogued as {HOW[how]} this artist"
                if how
                else f"creator of {artwork.qid} ({artwork.label})",
            ),
        )
        others = [a for a in artists if a.item != maker.item]
        left = min(1.0, (1 - choice.confidence) / max(sum(a.confidence for a in others), 1e-9))
        return choice, (choice, *(replace(a, confidence=a.confidence * left) for a in others))


def _only(text: str, start: int, end: int) -> str:
    """A stretch of a caption with the rest blanked out, so that offsets stay."""
    return " " * start + text[start:end] + " " * (len(text) - end)


def _chances(model: Model, people: Lineup) -> list[float]:
    """The probability of each person of a line-up."""
    return model.probabilities(people.scores, people.features(0) if len(people) else {})


def _all(people: Lineup) -> list[tuple[Suspect, float]]:
    """The persons of a line-up with their raw scores."""
    return [(people.suspect(i), score) for i, score in enumerate(people.scores)]
