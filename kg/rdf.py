"""Nouns to RDF: the triples of a corpus, of a run with its claims, and of a review.

In: the frozen nouns of `kg.nouns`. Out: an iterator of N-Triples blocks (one or more whole lines each), never
held together in memory, without blank nodes, with every IRI minted by `kg.names`: the same input gives the
same triples. Text instead of quad objects, because a store loads N-Triples natively several times faster than
it takes objects from Python, and a remote store takes them as they are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache

from kg import entities, terms
from kg.entities import LABEL, TYPE, classes, properties
from kg.names import NAMESPACES, Names
from kg.nouns import (
    Claim,
    Corpus,
    Entity,
    Evidence,
    Illustration,
    Observation,
    Passage,
    Region,
    Review,
    Run,
    Source,
)


@cache
def _n(prefixed: str) -> str:
    prefix, _, local = prefixed.partition(":")
    return terms.node(NAMESPACES[prefix] + local)


_IDENTIFIER, _TITLE, _DATE = _n("dcterms:identifier"), _n("dcterms:title"), _n("dcterms:date")
_LANGUAGE, _RIGHTS, _CREATOR = _n("dcterms:language"), _n("dcterms:rights"), _n("dcterms:creator")
_IN_CORPUS, _YEAR = _n("lg:corpus"), _n("lg:year")
_TARGET, _BODY, _MOTIVE = _n("oa:hasTarget"), _n("oa:hasBody"), _n("oa:motivatedBy")
_P140, _P141 = _n("crm:P140_assigned_attribute_to"), _n("crm:P141_assigned")
_P177 = _n("crm:P177_assigned_property_of_type")
_CONFIDENCE, _EVIDENCE, _QUALIFIER = _n("lg:confidence"), _n("lg:evidence"), _n("lg:qualifier")
_GENERATED, _USED, _VALUE = _n("prov:wasGeneratedBy"), _n("prov:used"), _n("rdf:value")

#: How W3C Web Annotation calls what a claim does.
_MOTIVES = {
    "category": _n("oa:classifying"),
    "medium": _n("oa:classifying"),
    "cluster": _n("oa:classifying"),
    "topic": _n("oa:tagging"),
    "descriptor": _n("oa:tagging"),
    "mentions": _n("oa:identifying"),
    "artist": _n("oa:identifying"),
    "reproduces": _n("oa:identifying"),
}
#: The texts of an illustration: the name of the field and the local name of the property.
_TEXTS = {"caption": "caption", "heading": "heading", "text_before": "textBefore", "text_after": "textAfter"}
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: How many described entities are remembered; beyond that some are written twice, which changes no graph.
_REMEMBERED = 50_000


def short_hash(*parts: str) -> str:
    """128 bits of SHA-256 over a list of strings, in hexadecimal: local ids of things that have none of their
    own.
    """
    listed = json.dumps(parts, ensure_ascii=False)
    return hashlib.sha256(listed.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def claim_id(
    corpus: str, enricher: str, illustration: str, property: str, value: Entity, qualifier: str
) -> str:
    """The local id of a claim: its corpus, enricher and statement, not its confidence."""
    return short_hash(corpus, enricher, illustration, property, value.kind, value.id, qualifier)


def corpus_lines(corpus: Corpus, names: Names) -> Iterator[str]:
    """The facts of a corpus. Every subject carries `lg:corpus`, by which a re-read corpus is replaced."""
    own = terms.node(names.iri("corpus", corpus.id))
    yield _typed(own, "corpus")
    yield f"{own} {_IDENTIFIER} {terms.text(corpus.id)} .\n{own} {LABEL} {terms.text(corpus.id)} .\n"
    yield f"{own} {_IN_CORPUS} {own} .\n"
    languages = {source.id: source.language for source in corpus.sources}
    for source in corpus.sources:
        yield from _source(source, own, names)
    described: set[str] = set()
    for illustration in corpus.illustrations:
        language = illustration.language or languages.get(illustration.source, "")
        yield from _illustration(illustration, language, own, described, names)


def _source(source: Source, corpus: str, names: Names) -> Iterator[str]:
    own = terms.node(names.iri("source", source.id))
    title = source.title or source.id
    block = [_typed(own, "source"), f"{own} {_IN_CORPUS} {corpus} .\n"]
    block.append(f"{own} {_IDENTIFIER} {terms.text(source.id)} .\n")
    block += [f"{own} {each} {terms.text(title, source.language)} .\n" for each in (_TITLE, LABEL)]
    for predicate, value in ((_CREATOR, source.creator), (_DATE, source.date), (_LANGUAGE, source.language)):
        if value:
            block.append(f"{own} {predicate} {terms.text(value)} .\n")
    if year := terms.year(source.date):
        block += [f"{own} {each} {year} .\n" for each in properties("year")]
    if source.rights:
        iri = terms.well_formed_iri(source.rights)
        block.append(f"{own} {_RIGHTS} {terms.node(iri) if iri else terms.text(source.rights)} .\n")
    if iri := terms.well_formed_iri(source.url):
        block.append(f"{own} {_n('schema:url')} {terms.node(iri)} .\n")
    yield "".join(block)
    yield from _fields(own, source.metadata, corpus, names)


def _illustration(
    illustration: Illustration, language: str, corpus: str, described: set[str], names: Names
) -> Iterator[str]:
    own = terms.node(names.illustration(illustration.key))
    source = terms.node(names.iri("source", illustration.source))
    label = illustration.caption.strip() or illustration.heading.strip() or illustration.id
    block = [_typed(own, "illustration"), f"{own} {_IN_CORPUS} {corpus} .\n"]
    block.append(f"{own} {_IDENTIFIER} {terms.text(illustration.id)} .\n")
    block.append(f"{own} {LABEL} {terms.text(_shortened(label), language)} .\n")
    block += [f"{own} {each} {source} .\n" for each in properties("source")]
    for field, local in _TEXTS.items():
        if value := getattr(illustration, field):
            spelt = terms.text(value, language)
            block += [f"{own} {each} {spelt} .\n" for each in properties(local)]
    if language:
        block.append(f"{own} {_LANGUAGE} {terms.text(language)} .\n")
    if digest := illustration.image_digest:
        block += [f"{own} {each} {terms.text(digest)} .\n" for each in properties("imageDigest")]
        block.append(f"{own} {_n('schema:contentUrl')} {terms.node(names.image(digest))} .\n")
        block.append(f"{own} {_n('schema:thumbnailUrl')} {terms.node(names.image(digest, True))} .\n")
    page = names.iri("page", f"{illustration.source}/{illustration.page}") if illustration.page else ""
    page_image = _scan(illustration.page_image, names)
    if page:
        block += [f"{own} {each} {terms.node(page)} .\n" for each in properties("page")]
        if page not in described:
            if len(described) >= _REMEMBERED:
                described.clear()
            described.add(page)
            block.append(_page(page, illustration.page, source, corpus, page_image))
    if illustration.region and (page_image or page):
        block.append(_region(own, illustration, page_image or page, corpus, names))
    yield "".join(block)
    for passage in illustration.passages:
        yield _passage(own, illustration, passage, source, corpus, described, names)
    yield from _fields(own, illustration.metadata, corpus, names)


def _scan(image: str, names: Names) -> str | None:
    """Where the scan of a page is served: at its own address, or here if it is a file of the corpus."""
    if "://" in image:
        return terms.well_formed_iri(image)
    return names.image(image) if _DIGEST.fullmatch(image) else None


def _page(page: str, number: str, source: str, corpus: str, image: str | None) -> str:
    own = terms.node(page)
    block = [_typed(own, "page"), f"{own} {_IN_CORPUS} {corpus} .\n"]
    block += [f"{own} {each} {terms.text(number)} .\n" for each in (_IDENTIFIER, LABEL)]
    block += [f"{own} {each} {source} .\n" for each in properties("source")]
    if image:
        block += [f"{own} {each} {terms.node(image)} .\n" for each in properties("image")]
    return "".join(block)


def _region(own: str, illustration: Illustration, whole: str, corpus: str, names: Names) -> str:
    box = illustration.region
    assert box is not None
    iri = names.iri("region", illustration.key)
    region = terms.node(iri)
    block = [f"{own} {each} {region} .\n" for each in properties("region")]
    block += [_typed(region, "region"), f"{region} {_IN_CORPUS} {corpus} .\n"]
    block.append(_part_of(region, terms.node(iri + "#xywh"), whole, box, corpus))
    return "".join(block)


def _part_of(part: str, selector: str, whole: str, box: Region, corpus: str) -> str:
    """A rectangle of a page as Web Annotation and Media Fragments say it."""
    block = [f"{part} {_n('oa:hasSource')} {terms.node(whole)} .\n"]
    block.append(f"{part} {_n('oa:hasSelector')} {selector} .\n")
    block.append(f"{selector} {TYPE} {_n('oa:FragmentSelector')} .\n{selector} {_IN_CORPUS} {corpus} .\n")
    block.append(f"{selector} {_n('dcterms:conformsTo')} <http://www.w3.org/TR/media-frags/> .\n")
    xywh = f"xywh={box.x},{box.y},{box.width},{box.height}"
    block.append(f"{selector} {_VALUE} {terms.text(xywh)} .\n")
    return "".join(block)


def _passage(
    own: str,
    illustration: Illustration,
    passage: Passage,
    source: str,
    corpus: str,
    described: set[str],
    names: Names,
) -> str:
    """Where some words of a text of the illustration are printed."""
    page = names.iri("page", f"{illustration.source}/{passage.page}") if passage.page else ""
    image = _scan(passage.page_image, names)
    whole = image or page
    local = _TEXTS.get(passage.field)
    if not whole or local is None:
        return ""
    iri = f"{names.iri('passage', illustration.key)}#{local}-{passage.start}"
    node = terms.node(iri)
    block = [f"{own} {each} {node} .\n" for each in properties("passage")]
    block += [_typed(node, "passage"), f"{node} {_IN_CORPUS} {corpus} .\n"]
    block.append(f"{node} {_n('rdf:predicate')} {properties(local)[0]} .\n")
    block.append(f"{node} {_n('lg:start')} {terms.integer(passage.start)} .\n")
    block.append(f"{node} {_n('lg:end')} {terms.integer(passage.end)} .\n")
    block.append(_part_of(node, terms.node(iri + "-xywh"), whole, passage.region, corpus))
    if page and page not in described:
        described.add(page)
        block.append(_page(page, passage.page, source, corpus, image))
    return "".join(block)


def _fields(own: str, metadata: Iterable[tuple[str, str]], corpus: str, names: Names) -> Iterator[str]:
    for name, value in metadata:
        if not value:
            continue
        field = terms.node(names.iri("field", short_hash(name, value)))
        yield "".join(f"{own} {each} {field} .\n" for each in properties("field"))
        yield _typed(field, "field") + f"{field} {_IN_CORPUS} {corpus} .\n"
        yield f"{field} {_n('schema:name')} {terms.text(name)} .\n"
        yield f"{field} {_n('schema:value')} {terms.text(value)} .\n"


class Seen:
    """Whether a claim may have come before: a Bloom filter of 16 MiB, whatever the number of claims.

    "No" is certain; "perhaps" is wrong less than once in a million claims.
    """

    def __init__(self) -> None:
        self._bits = bytearray(1 << 24)
        self.perhaps = False

    def add(self, local: str) -> None:
        """Note a claim by its id (32 hexadecimal digits)."""
        number, known = int(local, 16), True
        for _ in range(4):
            place, bit = (number >> 3) & 0xFFFFFF, 1 << (number & 7)
            known = known and bool(self._bits[place] & bit)
            self._bits[place] |= bit
            number >>= 32
        self.perhaps = self.perhaps or known


def run_lines(
    run: Run, statements: Iterable[Claim | Observation], names: Names, seen: Seen | None = None
) -> Iterator[str]:
    """A run, and what it said. Raises TypeError when a statement is neither a claim nor an observation."""
    own = terms.node(names.iri("run", f"{run.corpus}/{run.enricher}"))
    yield _run(run, own, names)
    described: dict[tuple[str, str], str] = {}
    for statement in statements:
        if isinstance(statement, Claim):
            value = statement.value
            node = described.get((value.kind, value.id))
            if node is None:
                if len(described) >= _REMEMBERED:
                    described.clear()
                node = described[value.kind, value.id] = terms.node(names.iri(value.kind, value.id))
                yield "".join(entities.lines(value, names))
            local = claim_id(
                run.corpus,
                run.enricher,
                statement.illustration,
                statement.property,
                value,
                statement.qualifier,
            )
            if seen is not None:
                seen.add(local)
            for concept in _closed_concepts(statement):
                if (concept.kind, concept.id) not in described:
                    described[concept.kind, concept.id] = ""
                    yield "".join(entities.lines(concept, names))
            yield _claim(statement, local, node, f"{_GENERATED} {own}", names)
        elif isinstance(statement, Observation):
            subject = terms.node(names.illustration(statement.illustration))
            yield "".join(entities.observation(subject, statement.property, statement.value))
        else:
            raise TypeError(f"neither claim nor observation: {statement!r}")


def _closed_concepts(claim: Claim) -> Iterator[Entity]:
    """Qualifier and types of evidence, which an enricher may have of its own beside the published ones."""
    if claim.qualifier:
        yield Entity("qualifier", claim.qualifier)
    for evidence in claim.evidence:
        yield Entity("evidence-type", evidence.kind)


def _run(run: Run, own: str, names: Names) -> str:
    config = json.dumps(dict(run.config), ensure_ascii=False, sort_keys=True, default=str)
    block = [_typed(own, "run")]
    block.append(f"{own} {LABEL} {terms.text(f'{run.enricher} on {run.corpus}')} .\n")
    block.append(f"{own} {_n('prov:startedAtTime')} {terms.moment(run.started)} .\n")
    block.append(f"{own} {_n('prov:endedAtTime')} {terms.moment(run.ended)} .\n")
    block.append(f"{own} {_USED} {terms.node(names.iri('corpus', run.corpus))} .\n")
    block.append(f"{own} {_n('lg:corpusDigest')} {terms.text(run.corpus_digest)} .\n")
    block.append(f"{own} {_n('lg:config')} {terms.text(config)}^^{_n('rdf:JSON')} .\n")
    for local, value in (("enricher", run.enricher), ("software", run.software)):
        block += [f"{own} {each} {terms.text(value)} .\n" for each in properties(local)]
    for model in run.models:
        used = terms.node(names.iri("model", short_hash(model.name, model.sha256)))
        block += [f"{own} {_USED} {used} .\n", _typed(used, "model")]
        block.append(f"{used} {LABEL} {terms.text(model.name)} .\n")
        if model.sha256:
            block.append(f"{used} {_n('lg:sha256')} {terms.text(model.sha256)} .\n")
    return "".join(block)


_CLAIM_TYPES = tuple(f" {TYPE} {each} .\n" for each in classes("claim"))
_EVIDENCE_TYPES = tuple(f" {TYPE} {each} .\n" for each in classes("evidence"))


def _claim(claim: Claim, local: str, value: str, origin: str, names: Names) -> str:
    own = terms.node(names.iri("claim", local))
    target = terms.node(names.illustration(claim.illustration))
    motive = _MOTIVES.get(claim.property, _n("oa:linking"))
    block = [own + each for each in _CLAIM_TYPES]
    block.append(
        f"{own} {_TARGET} {target} .\n{own} {_P140} {target} .\n"
        f"{own} {_BODY} {value} .\n{own} {_P141} {value} .\n"
        f"{own} {_MOTIVE} {motive} .\n{own} {_P177} {properties(claim.property)[0]} .\n"
        f"{own} {_CONFIDENCE} {terms.decimal(claim.confidence)} .\n{own} {origin} .\n"
    )
    if claim.qualifier:
        block.append(f"{own} {_QUALIFIER} {terms.node(names.iri('qualifier', claim.qualifier))} .\n")
    block += [_evidence(each, own, local, names) for each in claim.evidence]
    return "".join(block)


def _evidence(evidence: Evidence, claim: str, local: str, names: Names) -> str:
    parts = (evidence.kind, evidence.text, str(evidence.start), str(evidence.end), str(evidence.score))
    own = terms.node(names.iri("evidence", short_hash(local, *parts)))
    block = [f"{claim} {_EVIDENCE} {own} .\n"] + [own + each for each in _EVIDENCE_TYPES]
    block.append(f"{own} {_n('lg:evidenceType')} {terms.node(names.iri('evidence-type', evidence.kind))} .\n")
    if evidence.text:
        block.append(f"{own} {_VALUE} {terms.text(evidence.text)} .\n")
    if evidence.score is not None:
        block.append(f"{own} {_n('lg:score')} {terms.double(evidence.score)} .\n")
    for name, offset in (("start", evidence.start), ("end", evidence.end)):
        if offset is not None:
            block.append(f"{own} {_n(f'lg:{name}')} {terms.integer(offset)} .\n")
    return "".join(block)


def review_lines(review: Review, names: Names) -> Iterator[str]:
    """A review, the entities it names, and the claim that the reviewer makes by accepting or replacing a
    value.

    That claim (confidence 1, attributed to the reviewer) is what a direct triple stands on when no machine
    says so.
    """
    own = terms.node(names.iri("review", review.id))
    target = terms.node(names.illustration(review.illustration))
    reviewer_iri = terms.well_formed_iri(review.reviewer) if "://" in review.reviewer else None
    reviewer = terms.node(reviewer_iri or names.iri("reviewer", review.reviewer))
    value = terms.node(names.iri(review.value.kind, review.value.id))
    block = [_typed(own, "review"), _typed(reviewer, "reviewer")]
    block.append(f"{own} {LABEL} {terms.text(f'{review.verdict} by {review.reviewer}')} .\n")
    block.append(f"{reviewer} {LABEL} {terms.text(review.reviewer)} .\n")
    block.append(f"{own} {_TARGET} {target} .\n{own} {_MOTIVE} {_n('oa:assessing')} .\n")
    block.append(f"{own} {_P177} {properties(review.property)[0]} .\n{own} {_P141} {value} .\n")
    block.append(f"{own} {_n('lg:verdict')} {terms.node(names.iri('status', review.verdict))} .\n")
    block.append(
        f"{own} {_n('lg:reviewer')} {reviewer} .\n{own} {_n('prov:wasAssociatedWith')} {reviewer} .\n"
    )
    block.append(f"{own} {_n('prov:endedAtTime')} {terms.moment(review.at)} .\n")
    if review.qualifier:
        block.append(f"{own} {_QUALIFIER} {terms.node(names.iri('qualifier', review.qualifier))} .\n")
    if review.comment:
        block.append(f"{own} {_n('rdfs:comment')} {terms.text(review.comment)} .\n")
    yield "".join(block)
    yield from entities.lines(review.value, names)
    if review.replacement is not None:
        yield from entities.lines(review.replacement, names)
        replacement = terms.node(names.iri(review.replacement.kind, review.replacement.id))
        yield f"{own} {_n('lg:replacement')} {replacement} .\n{own} {_BODY} {replacement} .\n"
    stated = {"accepted": review.value, "replaced": review.replacement}.get(review.verdict)
    if stated is not None:
        # A replacement is a plain value: whoever wants a qualified one accepts a qualified claim.
        qualifier = review.qualifier if review.verdict == "accepted" else ""
        claim = Claim(review.illustration, review.property, stated, 1.0, qualifier)
        local = claim_id("", review.id, review.illustration, review.property, stated, qualifier)
        node = terms.node(names.iri(stated.kind, stated.id))
        yield _claim(claim, local, node, f"{_GENERATED} {own}", names)
        yield f"{terms.node(names.iri('claim', local))} {_n('prov:wasAttributedTo')} {reviewer} .\n"


def _typed(own: str, kind: str) -> str:
    return "".join(f"{own} {TYPE} {each} .\n" for each in classes(kind))


def _shortened(label: str, limit: int = 200) -> str:
    label = " ".join(label.split())
    return label if len(label) <= limit else label[: limit - 1].rstrip() + "…"
