"""The web side's decisions without a server: formats, languages, evidence, protocol requests, guards."""

from __future__ import annotations

import doctest

import pyoxigraph as ox
import pytest

from api import (
    dataset,
    evidence,
    federation,
    formats,
    guard,
    images,
    language,
    lookup,
    outbound,
    runs,
    search,
    snippets,
    sparql,
)
from api.dataset import bind, query_text
from api.evidence import Span, pieces
from api.formats import GRAPHS, SOLUTIONS, TWINS, choose, named, prefers_html
from api.guard import reaching_out
from api.language import confidence_words, percent, visitor, word
from api.settings import Settings
from api.sparql import ProtocolError, Update, parse_request, request_for_worker, update_for_writer

CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    "module",
    [
        *(dataset, evidence, federation, formats, guard, images, language, lookup, outbound, runs, search),
        snippets,
    ],
)
def test_the_examples_in_the_docstrings_are_true(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "json"),
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("application/sparql-results+xml;q=0.9, text/csv;q=0.2", "xml"),
        ("application/sparql-results+json;q=0.1, text/tab-separated-values", "tsv"),
        ("text/*", "csv"),
        ("image/png", None),
        ("application/sparql-results+json;q=0", None),
        (";;;q=,,\x01", None),
    ],
)
def test_the_client_gets_the_format_it_likes_best(accept: str | None, expected: str | None) -> None:
    chosen = choose(accept, SOLUTIONS)
    assert (chosen.name if chosen else None) == expected


def test_a_short_name_or_a_media_type_chooses_a_format_too() -> None:
    assert named("ttl", GRAPHS) is named("text/turtle", GRAPHS)
    assert named("exe", GRAPHS) is None


def test_browsers_get_html_and_programs_get_data() -> None:
    assert prefers_html(CHROME, TWINS)
    assert not prefers_html("*/*", TWINS)
    assert not prefers_html(None, TWINS)
    assert not prefers_html("text/turtle, text/html;q=0.5", TWINS)


def test_the_interface_speaks_the_visitors_language() -> None:
    assert visitor("fr-CH, fr;q=0.9, en;q=0.8") == "fr"
    assert visitor("pt, es") == "en"
    assert visitor("fr", asked="de") == "de"
    assert visitor("de", asked="../../etc") == "de"


def test_every_word_of_the_interface_exists_in_all_languages() -> None:
    for key, entry in language._words().items():
        assert set(entry) == {"en", "de", "fr"}, key


def test_confidence_is_said_in_words_and_never_rounded_to_certainty() -> None:
    assert [confidence_words(c, "en") for c in (0.99, 0.9, 0.75, 0.5, 0.3, 0.01)] == [
        "almost certain",
        "very likely",
        "likely",
        "rather likely",
        "possible",
        "hardly",
    ]
    assert percent(0.9999) == "99 %"
    assert percent(0.0001) == "< 1 %"
    assert word("plates", "fr") == "Planches"


def test_overlapping_evidence_is_marked_and_the_text_stays_whole() -> None:
    text = "Madonna, by Raphael"
    cut = pieces(text, [Span(0, 7, "work"), Span(5, 19, "artist"), Span(50, 60, "no"), Span(4, 4, "no")])
    assert "".join(p.text for p in cut) == text
    assert [(p.text, p.claims) for p in cut] == [
        ("Madon", ("work",)),
        ("na", ("work", "artist")),
        (", by Raphael", ("artist",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }",
        "select * { service silent ?x { ?s ?p ?o } }",
        "SELECT*{{}SERVICE<http://x/>{}}",
        "SELECT * { \\u0053ERVICE <http://x/> {} }",
        'SELECT * { ?s ?p "a\\"b" SERVICE <http://x/> {} }',
        '# "\nSELECT * { SERVICE <http://x/> {} } # "',
        "SELECT * { ?s ?p '''x''y''' . SERVICE <http://x/> {} }",
        "SELECT * { FILTER(1<2) SERVICE <http://x/> {} FILTER(3>2) }",
        "LOAD <http://x/>",
        "LOAD SILENT <http://x/> INTO GRAPH <http://y/>",
        "LOAD SILENT",
        "L\\u004fAD SILENT <http://x/>",
    ],
)
def test_a_query_that_reaches_out_is_recognised_however_it_is_written(text: str) -> None:
    assert reaching_out(text)


@pytest.mark.parametrize(
    ("update", "refused"),
    [
        ("LOAD SILENT <http://x/> ; CLEAR DEFAULT", False),
        ("PREFIX : <http://x/> LOAD SILENT :a # b\n INTO # c\n GRAPH :b", False),
        ("load silent <http://x/>;LOAD SILENT <http://y/>", False),
        ("LOAD SILENT <http://x/> ; LOAD <http://x/>", True),
        ("LOAD SILENT LOAD <http://x/>", True),
        ("LOAD SILENT <http://x/> INTO GRAPH LOAD <http://x/>", True),
        ("LOAD SILENT", True),
    ],
)
def test_a_silent_load_does_nothing_and_any_other_is_refused(update: str, refused: bool) -> None:
    if refused:
        with pytest.raises(ProtocolError, match="LOAD"):
            update_for_writer(Update(update))
    else:
        made = update_for_writer(Update(update))
        assert not reaching_out(made)
        ox.Store().update(made)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?load ?p 'SERVICE <http://x/>' }",
        "SELECT * { ?s <http://x/SERVICE> ?o } # SERVICE <x>",
        "PREFIX service: <http://x/> SELECT * { ?s service:load service:SERVICE }",
        'SELECT * { ?s ?p """ SERVICE "" """@service }',
    ],
)
def test_the_words_alone_do_not_make_a_query_reach_out(text: str) -> None:
    assert not reaching_out(text)


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("method", "kind", "address", "body", "status"),
    [
        ("PUT", "", b"query=ASK%20%7B%7D", b"", 405),
        ("POST", "text/plain", b"", b"ASK {}", 415),
        ("POST", "", b"", b"ASK {}", 415),
        ("POST", FORM, b"", b"", 400),
        ("POST", FORM, b"", b"query=ASK%20%7B%7D&query=ASK%20%7B%7D", 400),
        ("GET", "", b"query=ASK%20%7B%7D&query=ASK%20%7B%7D", b"", 400),
        ("POST", "application/sparql-query", b"", b"\xff\xfeASK", 400),
        ("POST", FORM, b"", b"query=%FF%FE", 400),
        ("GET", "", b"&".join(b"a=1" for _ in range(200)), b"", 400),
    ],
)
def test_requests_that_the_protocol_forbids_have_their_own_status(
    method: str, kind: str, address: bytes, body: bytes, status: int
) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_request(method, kind, address, body)
    assert refused.value.status == status


def test_a_query_and_its_dataset_are_understood_wherever_they_stand() -> None:
    asked = parse_request(
        "POST",
        "application/sparql-query; charset=utf-8",
        b"default-graph-uri=http://a/",
        "ASK {} # ü".encode(),
    )
    assert asked and asked.query == "ASK {} # ü" and asked.default_graphs == ("http://a/",)
    assert parse_request("GET", "", b"lang=de", b"") is None


def test_a_graph_that_is_no_iri_is_a_client_error() -> None:
    asked = sparql.Asked("ASK {}", ("not an iri",))
    with pytest.raises(ProtocolError, match="no IRI"):
        request_for_worker(asked, "http://localhost:8000/", None, "", {})


def test_settings_come_from_the_caller_then_the_environment() -> None:
    settings = Settings.load({"title": "A"}, {"LEGENDA_TITLE": "B", "LEGENDA_QUERY_SECONDS": "2.5"})
    assert (settings.title, settings.query_seconds) == ("A", 2.5)
    with pytest.raises(ValueError, match="unknown setting: colour"):
        Settings.load({"colour": "red"}, {})
    with pytest.raises(ValueError, match="page_size"):
        Settings.load({}, {"LEGENDA_PAGE_SIZE": "many"})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?n { <http://x/1> <http://x/a> ?a . ?a <http://x/n> ?n }", True),
        ("PREFIX x: <http://x/>\nSELECT ?n WHERE { x:one x:a ?a ; x:b ?b . ?a x:n ?n . } LIMIT 5", True),
        ("SELECT * { ?s <http://x/p> <http://x/o> . ?s <http://x/q> ?v }", True),
        ('SELECT ?s { ?s <http://x/id> "duerer-001" }', True),
        ("SELECT * { ?s ?p ?o }", False),
        ("SELECT * { ?s a <http://x/C> }", False),
        ("SELECT * { <http://x/1> ?p ?o . ?a ?b ?c }", False),
        ("SELECT * { <http://x/1> ?p ?o . ?a ?b ?o }", False),
        ("SELECT * { <http://x/1> <http://x/p>* ?o }", False),
        ("SELECT * { <http://x/1> <http://x/p>/<http://x/q> ?o }", False),
        ("SELECT (COUNT(*) AS ?n) { <http://x/1> ?p ?o }", False),
        ("SELECT * { <http://x/1> ?p ?o FILTER(?o > 1) }", False),
        ("SELECT * { <http://x/1> ?p ?o } ORDER BY ?o", False),
        ("SELECT * FROM <http://g/> { <http://x/1> ?p ?o }", False),
        ("SELECT * { SERVICE <http://x/> { <http://x/1> ?p ?o } }", False),
        ("SELECT * { { <http://x/1> ?p ?o } }", False),
        ("SELECT DISTINCT * { <http://x/1> ?p ?o }", False),
        ("SELECT", False),
        ("", False),
        ("PREFIX", False),
        ("SELECT * { <http://x/1>", False),
        ("SELECT * { <http://x/1> ?p ?o } }", False),
    ],
)
def test_only_what_is_certainly_small_is_answered_in_the_server_process(query: str, expected: bool) -> None:
    assert lookup.is_lookup(query) is expected


def test_a_label_that_every_run_repeats_is_read_once() -> None:
    """Otherwise a page costs claims × evidence × runs."""
    store = ox.Store()
    lg, crm = "https://w3id.org/legenda/ns#", "http://www.cidoc-crm.org/cidoc-crm/"
    oa, label = "http://www.w3.org/ns/oa#", "http://www.w3.org/2000/01/rdf-schema#label"
    plate, value = ox.NamedNode("http://x/plate"), ox.NamedNode("http://x/value")

    def say(subject: str, predicate: str, what: ox.NamedNode | ox.Literal, graph: str) -> None:
        store.add(ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), what, ox.NamedNode(graph)))

    for number in range(40):
        say(value.value, label, ox.Literal("Dürer", language="de"), f"http://g/{number}")
    say("http://x/claim", oa + "hasTarget", plate, "http://g/1")
    say("http://x/claim", oa + "hasBody", value, "http://g/1")
    say("http://x/claim", crm + "P177_assigned_property_of_type", ox.NamedNode(lg + "artist"), "http://g/1")
    say("http://x/claim", lg + "confidence", ox.Literal(0.9), "http://g/1")
    for number in range(3):
        evidence = f"http://x/evidence/{number}"
        say("http://x/claim", lg + "evidence", ox.NamedNode(evidence), "http://g/1")
        say(evidence, lg + "evidenceType", ox.NamedNode("http://x/caption"), "http://g/1")
    text = bind(query_text("claims"), entity=plate)
    answer = store.query(text, use_default_graph_as_union=True)
    assert isinstance(answer, ox.QuerySolutions)
    rows = [row["claim"] is not None for row in answer]
    assert sorted(rows) == [False, True, True, True]
