"""OAI-PMH 2.0: every plate as a Dublin Core record, source by source, in parts of a hundred.

In: the protocol's arguments. Out: XML as the protocol has it. Records are dated by the snapshot they come
from; a resumption token names its snapshot, and is refused once another is served, so that no harvest mixes
two. Deleted records are not kept.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, request

from api.dataset import Dataset
from api.pages import sources
from api.requests import dataset
from api.views import href, local_name

blueprint = Blueprint("oai", __name__)
_PART = 100
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
    return Response(text, content_type="text/xml; charset=utf-8")


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
    if arguments.get("metadataPrefix", "oai_dc") != "oai_dc":
        raise _Refused("cannotDisseminateFormat", "metadataPrefix is oai_dc")


def _stamp(found: Dataset) -> str:
    return found.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _identify(found: Dataset, _arguments: dict[str, str]) -> str:
    return (
        f"<repositoryName>Legenda</repositoryName><baseURL>{escape(request.base_url)}</baseURL>"
        "<protocolVersion>2.0</protocolVersion><adminEmail>webmaster@localhost</adminEmail>"
        f"<earliestDatestamp>{_stamp(found)}</earliestDatestamp><deletedRecord>no</deletedRecord>"
        "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
    )


def _formats(found: Dataset, arguments: dict[str, str]) -> str:
    if "identifier" in arguments:
        _plate(found, arguments["identifier"])
    return (
        "<metadataFormat><metadataPrefix>oai_dc</metadataPrefix>"
        "<schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>"
        "<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></metadataFormat>"
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
    return _written(found, [_plate(found, arguments["identifier"])], whole=True)


def _plate(found: Dataset, identifier: str) -> dict[str, Any]:
    plate = found.index.plate(identifier)
    if plate is None:
        raise _Refused("idDoesNotExist", f"there is no {identifier}")
    return plate


def _identifiers(found: Dataset, arguments: dict[str, str]) -> str:
    return _listed(found, arguments, whole=False)


def _records(found: Dataset, arguments: dict[str, str]) -> str:
    return _listed(found, arguments, whole=True)


def _listed(found: Dataset, arguments: dict[str, str], whole: bool) -> str:
    if token := arguments.get("resumptionToken"):
        version, _, rest = token.partition("|")
        offset, _, chosen = rest.partition("|")
        if version != found.version or not offset.isdigit():
            raise _Refused("badResumptionToken", "the dataset has changed since, or the token is not ours")
    else:
        offset, chosen = "0", arguments.get("set", "")
        for name in ("from", "until"):
            _date(arguments.get(name, ""))
        if arguments.get("from", "") > _stamp(found) or (arguments.get("until") or "9") < _stamp(found)[:10]:
            raise _Refused("noRecordsMatch", "nothing changed in that time")
    iri = {_set(source): source for source in sources(found, "en")}.get(chosen, "")
    if chosen and not iri:
        raise _Refused("noRecordsMatch", f"there is no set {chosen}")
    start = int(offset)
    total = found.index.count_of("source", iri) if iri else found.index.count()
    plates = found.index.plates_of("source", iri, _PART, start) if iri else found.index.plates(_PART, start)
    if not plates:
        raise _Refused("noRecordsMatch", "there are no records")
    text = _written(found, plates, whole)
    following = start + _PART
    if following < total:
        token = f"{found.version}|{following}|{chosen}"
        size = f'completeListSize="{total}" cursor="{start}"'
        text += f"<resumptionToken {size}>{escape(token)}</resumptionToken>"
    elif start:
        text += f'<resumptionToken completeListSize="{total}" cursor="{start}"/>'
    return text


def _date(text: str) -> None:
    if not text:
        return
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            datetime.strptime(text, form)
            return
        except ValueError:
            continue
    raise _Refused("badArgument", f"not a date of this protocol: {text}")


def _written(found: Dataset, plates: list[dict[str, Any]], whole: bool) -> str:
    """Headers, or whole records, of some plates: three look-ups in the index however many there are."""
    values = found.index.values_of_many([plate["number"] for plate in plates]) if whole else {}
    labels = found.index.labels(sorted({entity for pairs in values.values() for _, entity in pairs}))
    books = sources(found, "en")
    here = request.url_root.rstrip("/")
    out = []
    for plate in plates:
        header = (
            f"<header><identifier>{escape(plate['iri'])}</identifier><datestamp>{_stamp(found)}</datestamp>"
            f"<setSpec>{escape(_set(plate['source']))}</setSpec></header>"
        )
        if not whole:
            out.append(header)
            continue
        fields = [("title", plate["label"] or local_name(plate["iri"])), ("type", "Image")]
        fields += [("identifier", plate["iri"]), ("identifier", here + href(plate["iri"], found.names.base))]
        if plate["source"] in books:
            fields.append(("source", books[plate["source"]].label))
        fields += [(n, plate[c]) for n, c in (("date", "year"), ("language", "language")) if plate[c]]
        for property, entity in values.get(plate["number"], ()):
            name = {"artist": "creator", "artistQualified": "contributor", "reproduces": "relation"}.get(
                property
            )
            name = name or ("subject" if property in {"topic", "descriptor"} else None)
            name = name or ("type" if property == "category" else None)
            if name:
                label = labels.get(entity, [("", "")])[0][0]
                fields.append((name, label or local_name(entity)))
        dc = "".join(f"<dc:{name}>{escape(value)}</dc:{name}>" for name, value in fields)
        out.append(f"<record>{header}<metadata>{_DC}{dc}</oai_dc:dc></metadata></record>")
    return "".join(out)


_VERBS = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _record,
    "ListIdentifiers": _identifiers,
    "ListRecords": _records,
}
