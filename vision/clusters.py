"""Look-alike groups: vectors of all pictures go in, clusters with a label, members and confidence come out.

How pictures are grouped is `vision.grouping`'s, what a cluster is called `vision.clusternames`'s. Once found,
clusters stay (`vision.kept`): a picture added later is told to which it belongs, the others keep their
cluster, its identifier and its name. When more than a part of the pictures is new all are grouped anew; a
cluster that is found again then keeps its identifier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kg.nouns import Claim, Entity, Evidence, Fault, Illustration, Observation, Text, probability
from vision import captionwords, heads, kept
from vision.clusternames import content_of, name, telling_words
from vision.corpuswide import CorpusEnricher
from vision.grouping import TELLING, Grouping, asked_of, belonging, grouped, reach, steadiness
from vision.kept import Arrangement

STAGE = "clusters"
SMALLEST_CORPUS = 12  # pictures; fewer are not grouped
_SAME = 0.5  # the Jaccard index from which a cluster is an earlier one: no two can be so like one
_BLOCK = 4096


@dataclass(frozen=True)
class ClusterConfig:
    """`min_size` and `neighbours` 0 mean adapted to the corpus's size; `dimensions` is what UMAP reduces to.

    `noise` is the share of pictures in no cluster above which a result counts as degenerate, `floor` the
    least share of a claim, `regroupings` how often a part is grouped again to see which clusters hold.
    `renew`: the share of new pictures (or of vanished ones) above which all are grouped anew; `fresh`: group
    anew as in a new store, in any case.
    """

    min_size: int = 0
    neighbours: int = 0
    dimensions: int = 5
    noise: float = 0.7
    seed: int = 42
    floor: float = 0.1
    regroupings: int = 3
    renew: float = 0.5
    fresh: bool = False


class ClusterEnricher(CorpusEnricher[ClusterConfig]):
    """Claims "cluster": the cluster that a picture belongs to, and the runners-up.

    The confidence is the share that the cluster has among the pictures it looks most like; from one half on
    it is believed.
    """

    name = STAGE

    def claims(self, illustrations: Sequence[Illustration]) -> Iterator[Claim | Observation | Fault]:
        seen = self.seen(illustrations)
        pictures = kept.digests_of(seen)
        if len(pictures) < SMALLEST_CORPUS:
            reason = f"{len(pictures)} pictures are too few to group ({SMALLEST_CORPUS} are needed)"
            yield Fault(STAGE, "corpus", reason, "notice")
            return
        before: Arrangement | None = None
        try:
            before = None if self.config.fresh else kept.load(self.kept)
        except kept.ArrangementError as error:
            yield Fault(STAGE, "corpus", f"all pictures are grouped anew: {error}", "notice")
        arranged = before
        if arranged is None or not self._stands(arranged, pictures):
            arranged = self._arranged(pictures, before)
        groups, shares = self._belonging(arranged, pictures)
        rows = np.searchsorted(pictures, np.array([i.image_digest for i in seen], "S64"))
        members = members_of(rows, groups, shares)
        if "groups" not in arranged.notes:
            fitted = arranged.rows_of(pictures)[rows] >= 0
            arranged = self._named(arranged, seen, fitted, illustrations, members, before)
            if self.kept is not None:
                kept.save(self.kept, arranged)
        yield from _told(arranged, pictures, groups, shares)
        entities = [
            _entity(found, len(members.get(n, ()))) for n, found in enumerate(arranged.notes["groups"])
        ]
        old = arranged.rows_of(pictures) >= 0
        for illustration, at in zip(seen, rows, strict=True):
            for group, share in zip(groups[at].tolist(), shares[at].tolist(), strict=True):
                if group >= 0 and share >= self.config.floor and group in members and entities[group].id:
                    confidence = probability(share)
                    text = (
                        ""
                        if old[at]
                        else "added after the grouping: where the pictures belong that it looks like"
                    )
                    evidence = Evidence("image" if old[at] else "neighbour", text, score=confidence)
                    yield Claim(
                        illustration.key, "cluster", entities[group], confidence, evidence=(evidence,)
                    )

    def _stands(self, arranged: Arrangement, pictures: np.ndarray) -> bool:
        """Whether clusters stand: not if they said little and there is more to go by now."""
        if arranged.notes["degenerate"] and not np.array_equal(arranged.pictures, pictures):
            return False
        return kept.standing(arranged, self.embeddings.encoder.key, pictures, self.config.renew)

    def _arranged(self, pictures: np.ndarray, before: Arrangement | None) -> Arrangement:
        """All pictures grouped; the clusters have no names yet."""
        config = self.config
        start = kept.fitted_to(self.embeddings, pictures)
        wanted = Grouping(config.min_size, config.neighbours, config.dimensions, config.noise, config.seed)
        found = grouped(start.points, wanted)
        steady = steadiness(start.points, found, wanted, config.regroupings)
        rows = np.arange(len(start.points))
        near = kept.voters(start.points, start.points, asked_of(found.settings), rows)
        reaches = reach(near[2], found)
        groups, shares = belonging(found.labels, reaches, near, rows)
        values = {
            "labels": found.labels.astype(np.int32),
            "reach": reaches,
            "steady": steady,
            "groups": groups,
            "shares": shares,
        }
        notes = {"settings": dict(found.settings), "degenerate": found.degenerate}
        return replace(start, values=values, notes=notes)

    def _belonging(self, arranged: Arrangement, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(groups, shares) of pictures, each [n, MOST]: as kept, and for those added since, as asked now."""
        values = arranged.values
        rows = arranged.rows_of(pictures)
        groups, shares = values["groups"][rows], values["shares"][rows]
        new = np.flatnonzero(rows < 0)
        asked = kept.points_of(self.embeddings, arranged.space, pictures[new])
        near = kept.voters(arranged.points, asked, asked_of(arranged.notes["settings"]))
        groups[new], shares[new] = belonging(values["labels"], values["reach"], near)
        return groups, shares

    def _named(
        self,
        arranged: Arrangement,
        seen: Sequence[Illustration],
        fitted: np.ndarray,
        illustrations: Sequence[Illustration],
        members: Mapping[int, Sequence[int]],
        before: Arrangement | None,
    ) -> Arrangement:
        """With an identifier and a name for each cluster, those of an earlier one that it is.

        Of a corpus with more pictures than are `fitted` [seen] only these are asked what the clusters show.
        """
        asked = np.flatnonzero(fitted).tolist()
        everything = sorted(illustrations, key=lambda i: i.key)
        words = telling_words(everything if fitted.all() else [seen[row] for row in asked])
        content = content_of(everything)
        kinds = dict(zip(asked, self._kinds([seen[row] for row in asked]), strict=True))
        earlier = _earlier(arranged, before)
        taken: set[str] = set()
        groups: list[dict[str, Any]] = [{} for _ in arranged.values["reach"]]
        for group in sorted(members, key=lambda g: (-len(members[g]), members[g][0])):
            rows = [row for row in members[group] if fitted[row]]
            if not rows:  # nobody can say what it is; nothing is claimed of it
                continue
            entity = name([seen[r] for r in rows], [kinds[r] for r in rows], words, content, taken)
            steady = arranged.values["steady"]
            groups[group] = {
                "id": earlier.get(group, entity.id),
                "labels": [[text.value, text.language] for text in entity.labels],
                "words": [value for fact, value in entity.facts if fact == "word"],
                **({"steadiness": round(float(steady[group]), 2)} if len(steady) else {}),
            }
        return replace(arranged, notes={**arranged.notes, "groups": groups})

    def _kinds(self, seen: Sequence[Illustration]) -> list[str]:
        """What kind of picture each is most likely, by the model that comes with the program; "" where that
        is for another encoder. In blocks, for whole vectors are large.
        """
        head = heads.load(heads.shipped("category"))
        if not heads.fits(head, self.embeddings):
            return [""] * len(seen)
        fusion = captionwords.for_head(head)
        found: list[str] = []
        for start in range(0, len(seen), _BLOCK):
            some = seen[start : start + _BLOCK]
            answer = head.probabilities(self.embeddings.matrix(some)[0])
            if fusion is not None:
                cues = [captionwords.find(i.caption, i.language) for i in some]
                answer = fusion.fuse(answer, [i.caption for i in some], cues)
            found += heads.argmax_labels(answer, head.labels)
        return found


def members_of(rows: np.ndarray, groups: np.ndarray, shares: np.ndarray) -> dict[int, list[int]]:
    """The illustrations of each group that has any: those that belong to it for the most part. `rows` [n]
    says which row of `groups` and `shares` each illustration has.
    """
    members: dict[int, list[int]] = {}
    for n, row in enumerate(rows.tolist()):
        if groups[row, 0] >= 0 and shares[row, 0] >= TELLING:
            members.setdefault(int(groups[row, 0]), []).append(n)
    return members


def _earlier(now: Arrangement, before: Arrangement | None) -> dict[int, str]:
    """The identifiers of earlier clusters that clusters are again: those that share most of the pictures that
    both groupings had.
    """
    if before is None:
        return {}
    common = np.intersect1d(now.pictures[now.fitted], before.pictures[before.fitted], assume_unique=True)
    here, there = _group_of(now, common), _group_of(before, common)
    found = {}
    for group in np.unique(here[here >= 0]).tolist():
        mine = here == group
        others, counts = np.unique(there[mine & (there >= 0)], return_counts=True)
        for other, count in zip(others.tolist(), counts.tolist(), strict=True):
            if count > _SAME * (mine.sum() + (there == other).sum() - count):
                found[group] = str(before.notes["groups"][other]["id"])
    return found


def _group_of(arranged: Arrangement, pictures: np.ndarray) -> np.ndarray:
    """The group [n] that each of some fitted pictures belongs to, −1 for none."""
    rows = arranged.rows_of(pictures)
    groups, shares = arranged.values["groups"][rows, 0], arranged.values["shares"][rows, 0]
    return np.where(shares >= TELLING, groups, -1)


def _entity(group: Mapping[str, Any], size: int) -> Entity:
    """A cluster as it is claimed; nothing is claimed of one without a member."""
    facts: tuple[tuple[str, str | int | float], ...] = (
        ("size", size),
        *(("word", word) for word in group.get("words", ())),
    )
    if "steadiness" in group:
        facts = (*facts, ("steadiness", group["steadiness"]))
    return Entity(
        "cluster", group.get("id", ""), tuple(Text(*text) for text in group.get("labels", ())), facts
    )


def _told(
    arranged: Arrangement, pictures: np.ndarray, groups: np.ndarray, shares: np.ndarray
) -> Iterator[Fault]:
    """What a person should know of the grouping as a whole."""
    notes = arranged.notes
    if notes["degenerate"]:
        yield Fault(STAGE, "corpus", f"grouping says little: {notes['degenerate']}", "notice")
    inside = (groups[:, 0] >= 0) & (shares[:, 0] >= TELLING)
    count = len(np.unique(groups[inside, 0]))
    text = f"{count} clusters of {int(inside.sum()):,} pictures, {int((~inside).sum()):,} in none"
    steady = [group["steadiness"] for group in notes["groups"] if "steadiness" in group]
    if steady:
        text += f"; {sum(s >= 0.6 for s in steady)} of them were found again in parts of the corpus"
        text += f" (mean overlap {np.mean(steady):.2f})"
    yield Fault(STAGE, "corpus", text, "notice")
    new = ~np.isin(pictures, arranged.pictures, assume_unique=True)
    if new.any():
        text = (
            f"{int(new.sum()):,} pictures were added since all were grouped, {int((new & ~inside).sum()):,}"
        )
        yield Fault(STAGE, "corpus", f"{text} of them are in no cluster", "notice")
