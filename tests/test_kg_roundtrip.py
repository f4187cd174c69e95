"""What is written can be read back: identifiers from IRIs, texts from literals, claims from RDF."""

from __future__ import annotations

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import claims, terms
from kg.names import Names
from kg.nouns import Claim, Entity, Evidence, Model, Observation, Run, Text
from kg.store import open_store

TEXT = st.text(st.characters(codec=None), max_size=40)
ID = st.text(st.characters(codec=None), min_size=1, max_size=12)
SHORT = st.sampled_from(["a/1", "a/2", "dürer/Abb. 3", "ש/ב", "x/..", "a/b/c", "é/e\u0301"])


@given(kind=st.sampled_from(["artist", "topic", "illustration", "page"]), local=ID)
def test_every_identifier_has_its_own_iri_and_is_read_back_from_it(kind: str, local: str) -> None:
    names = Names("https://example.org/legenda/")
    if kind in ("illustration", "page") and ("" in local.split("/", 1)):
        return  # a key is two identifiers, none of them empty
    iri = names.iri(kind, local)
    assert iri.isascii()
    assert ox.NamedNode(iri).value == iri
    assert names.split(iri) == (kind, local)


@given(value=TEXT, language=st.sampled_from(["", "de", "zh-Hant", "not a tag", "de_AT"]))
def test_any_text_becomes_a_literal_that_every_format_can_carry(value: str, language: str) -> None:
    line = f"<http://x/s> <http://x/p> {terms.text(value, language)} .\n"
    (quad,) = ox.parse(line, format=ox.RdfFormat.N_TRIPLES)
    assert isinstance(quad.object, ox.Literal)
    assert quad.object.value == terms.clean(value)
    assert len(quad.object.value) == len(value)
    xml = ox.serialize([quad.triple], format=ox.RdfFormat.RDF_XML)
    assert xml is not None
    (again,) = ox.parse(xml, format=ox.RdfFormat.RDF_XML)
    assert again.object.value.replace("\r\n", "\n").replace("\r", "\n") == quad.object.value.replace(
        "\r\n", "\n"
    ).replace("\r", "\n")


evidence = st.builds(
    Evidence,
    kind=st.sampled_from(["caption", "image", "gazetteer"]),
    text=TEXT.map(terms.clean),
    start=st.none() | st.integers(0, 10**9),
    end=st.none() | st.integers(0, 10**9),
    score=st.none() | st.floats(allow_nan=False),
)
claim = st.builds(
    Claim,
    illustration=SHORT,
    property=st.sampled_from(["category", "artist", "reproduces", "topic"]),
    value=st.builds(
        Entity,
        kind=st.sampled_from(["artist", "artwork", "topic"]),
        id=ID,
        labels=st.lists(
            st.builds(Text, TEXT.map(terms.clean), st.sampled_from(["", "en", "de"])), max_size=3
        ).map(tuple),
        facts=st.lists(
            st.sampled_from(
                [("born", "1471-05-21"), ("wikidata", "Q5598"), ("description", 'ü\t"q"'), ("size", 3)]
            ),
            max_size=2,
        ).map(tuple),
    ),
    confidence=st.integers(0, 10**6).map(lambda n: n / 10**6),
    qualifier=st.sampled_from(["", "after"]),
    evidence=st.lists(evidence, max_size=2, unique=True).map(tuple),
)
RUN = Run(
    enricher="link",
    corpus="books",
    corpus_digest="00" * 32,
    config={"threshold": 0.5, "name": "Köln"},
    models=(Model("rules", "ab" * 32),),
    software="legenda 0",
    started="2026-01-01T00:00:00Z",
    ended="2026-01-01T00:00:01Z",
)


def statement(claim: Claim) -> tuple[str, str, str, str, str]:
    return (claim.illustration, claim.property, claim.value.kind, claim.value.id, claim.qualifier)


@settings(max_examples=40, deadline=None)
@given(made=st.lists(claim, max_size=6, unique_by=statement))
def test_a_claim_written_as_rdf_is_read_back_as_the_same_claim(made: list[Claim]) -> None:
    observed = [Observation("a/1", "mapX", 0.1 + 0.2), Observation("a/1", "detectedLanguage", "de")]
    with open_store("memory:") as store:
        store.put_run(RUN, [*made, *observed], "key")
        ((_, graph, run),) = claims.runs(store.query, store.names)
        read = list(claims.statements(store.query, store.names, graph))
    assert run == RUN
    assert sorted((c for c in read if isinstance(c, Claim)), key=repr) == sorted(
        (Claim(**_fields(c) | {"evidence": tuple(sorted(c.evidence, key=repr))}) for c in made), key=repr
    )
    assert sorted((o for o in read if isinstance(o, Observation)), key=repr) == sorted(observed, key=repr)


@settings(max_examples=20, deadline=None)
@given(made=st.lists(claim, max_size=6, unique_by=statement))
def test_writing_again_what_was_read_gives_the_same_graph(made: list[Claim]) -> None:
    with open_store("memory:") as store, open_store("memory:") as other:
        store.put_run(RUN, made, "key")
        graph = store.names.graph("run", "books", "link")
        other.put_run(RUN, claims.statements(store.query, store.names, graph), "key")
        assert _dump(store, graph) == _dump(other, graph)


def _fields(claim: Claim) -> dict[str, object]:
    return {name: getattr(claim, name) for name in Claim.__dataclass_fields__}


def _dump(store: object, graph: str) -> list[str]:
    rows = store.query(f"SELECT ?s ?p ?o WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")  # type: ignore[attr-defined]
    return sorted(f"{row['s']} {row['p']} {row['o']}" for row in rows)
