"""Asking a SPARQL endpoint politely: one query at a time, paced, patient with refusals, suspicious of
broken answers.

In goes a SELECT query; out come its rows. An answer that is refused (429, 503) is asked again after what
Retry-After says; one that timed out (504, a broken connection, JSON that ends too early) is asked again
later, and then given to the caller as `TooMuch`, who asks for less. The pace follows the server's: a pause
of half the time it took, more after a refusal.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files

from SPARQLWrapper import JSON, POST, SPARQLWrapper
from SPARQLWrapper import __version__ as wrapper_version
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

Row = Mapping[str, Mapping[str, str]]
REFUSED = frozenset({429, 503})
TIMED_OUT = frozenset({408, 500, 502, 504})


class EndpointError(RuntimeError):
    """The endpoint cannot be used; the message is one line for the user."""


class TooMuch(RuntimeError):
    """The endpoint did not finish the query, again and again: ask for less."""


class _Refused(RuntimeError):
    def __init__(self, reason: str, wait: float | None) -> None:
        super().__init__(reason)
        self.wait = wait


class _Unfinished(RuntimeError):
    pass


@dataclass(frozen=True)
class Manners:
    """How patient to be. Times in seconds; `attempts` per query, `unfinished` of them may be time-outs."""

    attempts: int = 8
    unfinished: int = 2
    timeout: float = 90.0
    least_pause: float = 0.2
    first_wait: float = 2.0
    longest_wait: float = 600.0


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks to wait: a number or an HTTP date; None when there is none.

    >>> retry_after("120")
    120.0
    """
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def user_agent(contact: str) -> str:
    """Who asks and whom to write to, as Wikidata's policy wants it."""
    try:
        number = version("legenda")
    except PackageNotFoundError:
        number = "0"
    return f"Legenda/{number} (gazetteer harvest; {contact}) SPARQLWrapper/{wrapper_version}"


def query(name: str, **parts: str) -> str:
    """A query of `queries/NAME.rq` with its %parts% filled in; what is filled in must be terms made by this
    module.
    """
    text = (files(__package__) / "queries" / f"{name}.rq").read_text("utf-8")
    for part, value in parts.items():
        text = text.replace(f"%{part}%", value)
    return text


class Endpoint:
    """A SPARQL endpoint, asked one query at a time.

    Raises EndpointError for a contact that is missing and for answers that waiting cannot mend (4xx, no
    SPARQL).
    """

    def __init__(
        self,
        url: str,
        contact: str,
        manners: Manners | None = None,
        sleep: Callable[[float], None] = time.sleep,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        if "@" not in contact and not contact.startswith("http"):
            raise EndpointError(
                "a contact (mail address or web page) is needed: endpoints ask who is calling"
            )
        self.url = url
        self.manners = manners or Manners()
        self._sleep = sleep
        self._say = say
        self._pause = self.manners.least_pause
        self._client = SPARQLWrapper(url, agent=user_agent(contact))
        self._client.setMethod(POST)
        self._client.setReturnFormat(JSON)
        # Standard content negotiation, without the `format=` and `output=` of some servers of old.
        self._client.setOnlyConneg(True)
        self._client.setTimeout(int(self.manners.timeout))

    def select(self, text: str) -> list[Row]:
        """The rows of a SELECT query.

        Raises TooMuch when the server cannot finish it, EndpointError when it will not answer at all.
        """
        unfinished = 0
        started = 0.0

        def once() -> list[Row]:
            nonlocal started, unfinished
            started = time.monotonic()
            try:
                return self._ask(text)
            except _Unfinished as error:
                unfinished += 1
                if unfinished >= self.manners.unfinished:
                    raise TooMuch(str(error)) from None
                raise

        retrying = Retrying(
            retry=retry_if_exception_type((_Refused, _Unfinished)),
            stop=stop_after_attempt(self.manners.attempts),
            wait=self._wait,
            sleep=self._sleep,
            before_sleep=lambda state: self._say(f"{_reason(state)}; waiting"),
            reraise=True,
        )
        try:
            rows = retrying(once)
        except (_Refused, _Unfinished) as error:
            raise EndpointError(
                f"{self.url}: gave up after {self.manners.attempts} attempts: {error}"
            ) from None
        took = time.monotonic() - started
        # Half as long as the answer took: the server gets two thirds of the time for others.
        self._pause = max(self.manners.least_pause, 0.5 * took, 0.8 * self._pause)
        self._sleep(self._pause)
        return rows

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, _Refused) else None
        own = self.manners.first_wait * 2 ** (state.attempt_number - 1)
        self._pause = min(2 * self._pause, 10.0)
        return min(self.manners.longest_wait, own if asked is None else asked)

    def _ask(self, text: str) -> list[Row]:
        self._client.setQuery(text)
        try:
            content = self._client.query().response.read()
        except (urllib.error.HTTPError, SPARQLWrapperException) as error:
            raise self._trouble(error) from None
        except (OSError, http.client.HTTPException) as error:
            raise _Unfinished(f"no answer ({_named(error)})") from None
        try:
            return list(json.loads(content)["results"]["bindings"])
        except ValueError:
            # A server that runs out of time in the middle of its answer breaks off, with status 200.
            raise _Unfinished("the answer breaks off") from None
        except (KeyError, TypeError):
            raise EndpointError(f"{self.url}: the answer is not a SPARQL result") from None

    def _trouble(self, error: Exception) -> Exception:
        # SPARQLWrapper puts errors of its own in the place of five statuses; the answer stands behind them.
        answer = error if isinstance(error, urllib.error.HTTPError) else error.__context__
        if not isinstance(answer, urllib.error.HTTPError):
            return EndpointError(f"{self.url}: {error}")
        status = f"status {answer.code}"
        if answer.code in REFUSED:
            return _Refused(status, retry_after(answer.headers.get("Retry-After")))
        if answer.code in TIMED_OUT:
            return _Unfinished(status)
        said = answer.read().decode("utf-8", "replace") if error is answer else str(error)
        return EndpointError(f"{self.url}: {status}: {' '.join(said.split())[:200]}")


def _named(error: Exception) -> str:
    """What went wrong on the way; urllib wraps it."""
    reason = getattr(error, "reason", None)
    return type(reason if isinstance(reason, Exception) else error).__name__


def _reason(state: RetryCallState) -> str:
    return str(state.outcome.exception()) if state.outcome else ""
