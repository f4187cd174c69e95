"""OAI-PMH 2.0: every plate as a Dublin Core or EDM record, source by source, in parts of a hundred.

In: the protocol's arguments and the history of the store (`api.history`). Out: XML as the protocol has it. A
record is dated by the snapshot that last changed it, so that `from` brings what is new; withdrawn plates
are deleted records for as long as the history is kept. A resumption token names its snapshot, and is refused
once another is served, so that no harvest mixes two.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox
from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from api.dataset import Dataset
from api.history import History, State, stamp
from api.kinds import sources
from api.requests import dataset, settings
from api.sparql import ProtocolError
from api.sparql_routes import open_to_all
from api.views import href, local_name

blueprint = Blueprint("oai", __name__)
_PART = 100
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold
_ARGUMENTS: dict[str, tuple[set[str], set[str]]] = {  # verb → (required, optional)
    "Identify": (set(), set()),
    "ListMetadataFormats": (set(), {"identifier"}),
    "ListSets": (set(), {"resumptionToken"}),
    "GetRecord": ({"identifier", "metadataPrefix"}, set()),
    "ListIdentifiers": ({"metadataPrefix"}, {"from", "until", "set", "resumptionToken"}),
    "ListRecords": ({"metadataPrefix"}, {"from", "until", "set", "resumptionToken"}),
}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation='
    '"http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
)
_FORMATS = {  # metadataPrefix → (schema, namespace)
    "oai_dc": (
        "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
        "http://www.openarchives.org/OAI/2.0/oai_dc/",
    ),
    "edm": ("http://www.europeana.eu/schemas/edm/EDM.xsd", "http://www.europeana.eu/schemas/edm/"),
}
_DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ '
    'http://www.openarchives.org/OAI/2.0/oai_dc.xsd">'
)


class _Refused(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@blueprint.route("/oai", methods=["GET", "POST"])
def oai() -> Response:
    """One request of a harvester. Errors are answers of the protocol, with HTTP status 200."""
    if not settings().email:
        raise NotFound("There is no OAI-PMH here: LEGENDA_EMAIL names whom harvesters can write to.")
    found = dataset()
    arguments = {name: value for name, value in request.values.items() if name != "verb"}
    verb = request.values.get("verb", "")
    attributes = f" verb={quoteattr(verb)}" if verb in _ARGUMENTS else ""
    try:
        _check(verb, arguments)
        attributes += "".join(f" {name}={quoteattr(value)}" for name, value in arguments.items())
        body = f"<{verb}>{_VERBS[verb](found, arguments)}</{verb}>"
    except _Refused as error:
        attributes = "" if error.code in {"badVerb", "badArgument"} else attributes
        body = f'<error code="{error.code}">{escape(str(error))}</error>'
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = (
        f"{_HEAD}<responseDate>{now}</responseDate>"
        f"<request{attributes}>{escape(request.base_url)}</request>{body}</OAI-PMH>\n"
    )
    text = _NO_XML.sub("\ufffd", text)
    return open_to_all(Response(text, content_type="text/xml; charset=utf-8"))


def _check(verb: str, arguments: dict[str, str]) -> None:
    if verb not in _ARGUMENTS or len(request.values.getlist("verb")) > 1:
        raise _Refused("badVerb", "verb is one of " + ", ".join(_ARGUMENTS))
    required, optional = _ARGUMENTS[verb]
    if any(len(request.values.getlist(name)) > 1 for name in arguments):
        raise _Refused("badArgument", "an argument is repeated")
    if unknown := set(arguments) - required - optional:
        raise _Refused("badArgument", f"unknown argument: {', '.join(sorted(unknown))}")
    if "resumptionToken" in arguments:
        if len(arguments) > 1:
            raise _Refused("badArgument", "resumptionToken stands alone")
    elif missing := required - set(arguments):
        raise _Refused("badArgument", f"missing argument: {', '.join(sorted(missing))}")
    if arguments.get("metadataPrefix", "oai_dc") not in _FORMATS:
        raise _Refused("cannotDisseminateFormat", "metadataPrefix is one of " + ", ".join(_FORMATS))


def _history(found: Dataset) -> History:
    if found.history is None:
        raise ProtocolError(503, "the store's folder cannot be written to: there is no history of records")
    return found.history


def _identify(found: Dataset, _arguments: dict[str, str]) -> str:
    return (
        f"<repositoryName>{escape(settings().title)}</repositoryName>"
        f"<baseURL>{escape(request.base_url)}</baseURL>"
        f"<protocolVersion>2.0</protocolVersion><adminEmail>{escape(settings().email)}</adminEmail>"
        f"<earliestDatestamp>{_history(found).earliest() or stamp(found.published)}</earliestDatestamp>"
        "<deletedRecord>transient</deletedRecord>"
        "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
    )


def _formats(found: Dataset, arguments: dict[str, str]) -> str:
    if "identifier" in arguments:
        _known(found, arguments["identifier"])
    return "".join(
        f"<metadataFormat><metadataPrefix>{prefix}</metadataPrefix><schema>{schema}</schema>"
        f"<metadataNamespace>{space}</metadataNamespace></metadataFormat>"
        for prefix, (schema, space) in _FORMATS.items()
    )


def _sets(found: Dataset, arguments: dict[str, str]) -> str:
    if "resumptionToken" in arguments:
        raise _Refused("badResumptionToken", "the list of sets comes in one part")
    return "".join(
        f"<set><setSpec>{_set(iri)}</setSpec><setName>{escape(book.label)}</setName></set>"
        for iri, book in sources(found, "en").items()
    )


def _set(source: str) -> str:
    """A source's IRI as a setSpec: letters, digits and -_.!~*'() are all that may stand in one."""
    last = source.rsplit("/", 1)[-1]
    return "source:" + last.replace("%", "'")


def _record(found: Dataset, arguments: dict[str, str]) -> str:
    known = _known(found, arguments["identifier"])
    return _written(found, [known], arguments["metadataPrefix"])


def _known(found: Dataset, identifier: str) -> State:
    state = _history(found).state(identifier)
    if state is None or not identifier.startswith(found.names.base + "id/illustration/"):
        raise _Refused("idDoesNotExist", f"there is no {identifier}")
    return state


def _identifiers(found: Dataset, arguments: dict[str, str]) -> str:
    return _listed(found, arguments, whole=False)


def _records(found: Dataset, arguments: dict[str, str]) -> str:
    return _listed(found, arguments, whole=True)


def _listed(found: Dataset, arguments: dict[str, str], whole: bool) -> str:
    """A part of the list. A token is all that the next part needs: snapshot|offset|format|since|until|set."""
    history = _history(found)
    token = arguments.get("resumptionToken")
    if token is not None:
        version, offset, prefix, since, until, chosen = (*token.split("|", 5), *[""] * 5)[:6]
        if version != found.version or not offset.isdigit() or prefix not in _FORMATS:
            raise _Refused("badResumptionToken", "the dataset has changed since, or the token is not ours")
        start = int(offset[:12])
    else:
        start, prefix, chosen = 0, arguments["metadataPrefix"], arguments.get("set", "")
        since, until = _date(arguments.get("from", "")), _date(arguments.get("until", ""))
        if since and until and (len(since) != len(until) or since > until):
            raise _Refused("badArgument", "from and until are of one granularity, from the earlier one")
    space = f"{found.names.base}id/source/"
    source = space + chosen.removeprefix("source:").replace("'", "%") if chosen else ""
    last = f"{until}T23:59:59Z" if len(until) == 10 else until or "9999"
    total, states = history.plates(source, since, last, _PART, start)
    if not states:
        raise _Refused("noRecordsMatch", "nothing changed in that time, or there is no such set")
    text = _written(found, states, prefix if whole else "")
    following = start + _PART
    if following < total:
        token = "|".join((found.version, str(following), prefix, since, until, chosen))
        size = f'completeListSize="{total}" cursor="{start}"'
        text += f"<resumptionToken {size}>{escape(token)}</resumptionToken>"
    elif start:
        text += f'<resumptionToken completeListSize="{total}" cursor="{start}"/>'
    return text


def _date(text: str) -> str:
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            if not text or datetime.strptime(text, form).strftime(form) == text:
                return text
        except ValueError:
            continue
    raise _Refused("badArgument", f"not a date of this protocol: {text}")


def _written(found: Dataset, states: list[State], prefix: str) -> str:
    """Headers (no prefix), or whole records, of some plates: a few look-ups in the index for each."""
    plates = {s.iri: found.index.plate(s.iri) for s in states if not s.gone}
    out = []
    for state in states:
        plate = plates.get(state.iri)
        source = state.iri[len(found.names.base) + len("id/illustration/") :].partition("/")[0]
        deleted = "" if plate else ' status="deleted"'
        header = (
            f"<header{deleted}><identifier>{escape(state.iri)}</identifier>"
            f"<datestamp>{state.changed}</datestamp><setSpec>{escape(_set(source))}</setSpec></header>"
        )
        if not prefix:
            out.append(header)
        elif plate is None:
            out.append(f"<record>{header}</record>")
        else:
            content = _edm(found, plate) if prefix == "edm" else _dublin_core(found, plate)
            out.append(f"<record>{header}<metadata>{content}</metadata></record>")
    return "".join(out)


def _dublin_core(found: Dataset, plate: dict[str, Any]) -> str:
    values = found.index.values_of(plate["iri"])
    labels = found.index.labels(sorted({row["entity"] for row in values}))
    books = sources(found, "en")
    here = request.url_root.rstrip("/")
    fields = [("title", plate["label"] or local_name(plate["iri"])), ("type", "Image")]
    fields += [("identifier", plate["iri"]), ("identifier", here + href(plate["iri"], found.names.base))]
    if plate["source"] in books:
        fields.append(("source", books[plate["source"]].label))
    fields += [(n, plate[c]) for n, c in (("date", "year"), ("language", "language")) if plate[c]]
    for row in values:
        if name := _DC_NAMES.get(row["property"]):
            label = labels.get(row["entity"], [("", "")])[0][0]
            fields.append((name, label or local_name(row["entity"])))
    dc = "".join(f"<dc:{name}>{escape(value)}</dc:{name}>" for name, value in fields)
    return f"{_DC}{dc}</oai_dc:dc>"


def _edm(found: Dataset, plate: dict[str, Any]) -> str:
    """The same mapping as `legenda export --form edm`, of one plate."""
    query = _EDM.replace("$provider", str(ox.Literal(settings().title)))
    query = re.sub(r"\?illustration\b", lambda _: str(ox.NamedNode(plate["iri"])), query)
    triples = found.store.query(query, use_default_graph_as_union=True)
    out = io.BytesIO()
    ox.serialize(triples, out, ox.RdfFormat.RDF_XML, prefixes=_EDM_PREFIXES)  # type: ignore[arg-type]
    return out.getvalue().decode().partition("?>")[2].strip()


_DC_NAMES = {
    "artist": "creator",
    "artistQualified": "contributor",
    "reproduces": "relation",
    "topic": "subject",
    "descriptor": "subject",
    "category": "type",
}
_EDM = (files("kg.exchange") / "edm.rq").read_text(encoding="utf-8")
_EDM_PREFIXES = dict(re.findall(r"(?m)^PREFIX ([a-z]+): <([^>]+)>", _EDM))
_VERBS = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _record,
    "ListIdentifiers": _identifiers,
    "ListRecords": _records,
}
