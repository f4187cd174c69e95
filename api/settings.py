"""Settings of the web side, as one frozen dataclass of plain values.

`create_app` and `legenda serve` take these by name; a value that is not given comes from the environment
variable `LEGENDA_` + the name in capitals, then from the default written here. Out comes one `Settings`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from api.outbound import places
from api.pool import Limits


@dataclass(frozen=True)
class Settings:
    """What a maintainer can decide. Times in seconds, sizes in bytes.

    `title` stands on every page; `email` is whom harvesters can write to, without it there is no OAI-PMH;
    `page_size` is plates per list page, `table_rows` the rows a query shows
    as a table in the browser. `query_seconds`, `query_memory` and `query_result` limit one query;
    `queries_running` and `queries_slow` how many run at once in one server process (the latter: of those
    past half a second), and `query_waiting` how long one waits for its turn. `update_seconds` is how long a
    change may take, `max_request` the longest request body. `rate` requests per second are allowed to one
    client in one server process (0: any number), `rate_burst` of them at once; `proxies` is how many proxies
    stand in front and are believed in what they say of the client; `access_log` writes a line per request.
    `secret` signs the cookies of those who are signed in (without it one is made and kept in the store),
    `session_hours` is how long they stay so, and `publish_after` how long no review must have come before
    those that did are published. `oidc_issuer` is the address of an identity provider with whose accounts
    people sign in, `oidc_client` and `oidc_secret` are what it knows us by, `oidc_roles` says who may what
    (`api.oidc_claims`), `oidc_hosts` are further hosts it lives on, `oidc_scope` what is asked of it.
    `picture_pixels` is how large a picture may be that a visitor
    brings to the map, `zip_size` how large a ZIP of pictures. `outbound` lists the addresses that SERVICE
    and LOAD may ask, each with everything under it; `outbound_seconds` and `outbound_size` limit one answer,
    `outbound_running` how many are waited for at once in one server process.
    """

    title: str = "Legenda"
    email: str = ""
    page_size: int = 60
    table_rows: int = 500
    query_seconds: float = 20.0
    query_memory: int = 1 << 30
    query_result: int = 1 << 30
    queries_running: int = 4
    queries_slow: int = 4
    query_waiting: float = 5.0
    update_seconds: float = 120.0
    max_request: int = 16 << 20
    rate: float = 0.0
    rate_burst: int = 100
    proxies: int = 0
    access_log: bool = False
    secret: str = field(default="", repr=False)
    session_hours: float = 12.0
    publish_after: float = 5.0
    oidc_issuer: str = ""
    oidc_client: str = ""
    oidc_secret: str = field(default="", repr=False)
    oidc_roles: str = ""
    oidc_hosts: str = ""
    oidc_scope: str = "openid profile email"
    picture_pixels: int = 40_000_000
    zip_size: int = 1 << 30
    outbound: str = ""
    outbound_seconds: float = 10.0
    outbound_size: int = 16 << 20
    outbound_running: int = 2

    @classmethod
    def load(cls, given: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
        """Settings from `given`, then `LEGENDA_*` of the environment, then defaults.

        Raises ValueError naming the setting when a name is unknown or a value is not of its type.
        """
        environment = os.environ if environment is None else environment
        known: dict[str, Any] = {f.name: type(f.default) for f in fields(cls)}
        if unknown := sorted(set(given) - set(known)):
            raise ValueError(f"unknown setting: {', '.join(unknown)}")
        values: dict[str, Any] = {}
        for name, kind in known.items():
            raw = given.get(name)
            if raw is None:
                raw = environment.get("LEGENDA_" + name.upper())
            if raw is None:
                continue
            try:
                values[name] = (
                    raw.lower() in {"1", "true", "yes"}
                    if kind is bool and isinstance(raw, str)
                    else kind(raw)
                )
            except (TypeError, ValueError) as error:
                raise ValueError(f"setting {name}: {raw!r} is not a {kind.__name__}") from error
        try:
            places(values.get("outbound", ""))
        except ValueError as error:
            raise ValueError(f"setting outbound: {error}") from error
        return cls(**values)

    @property
    def limits(self) -> Limits:
        """The limits of queries, as the pool takes them."""
        return Limits(
            seconds=self.query_seconds,
            memory=self.query_memory,
            result=self.query_result,
            running=self.queries_running,
            slow_running=self.queries_slow,
            waiting=self.query_waiting,
        )
