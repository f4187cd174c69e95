"""The OpenAPI document says what there is, no route too many and none missing; a validator agrees."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from werkzeug.routing import Rule

from api import openapi
from api.app import create_app


@pytest.fixture(scope="module")
def app(served_store: Path) -> Flask:
    return create_app(served_store, email="oai@example.org")


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_document_is_openapi(client: FlaskClient) -> None:
    answer = client.get("/openapi.json")
    assert answer.mimetype == "application/json"
    document = answer.get_json()
    assert document["openapi"].startswith("3.1")
    validate(document)
    assert doctest.testmod(openapi, extraglobs={"Rule": Rule}).failed == 0


def test_every_route_and_method_is_in_the_document_and_nothing_else(app: Flask, client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    listed = {
        (re.sub(r"{\w+}", "*", path), method)
        for path, operations in document["paths"].items()
        for method in operations
    }
    there = {
        (re.sub(r"<[^>]+>", "*", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert listed == there


def test_every_operation_says_what_it_is_for_and_what_it_answers(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert set(operation["responses"]) - {"304", "429", "503"}, (method, path)
            assert all(one["description"] for one in operation["parameters"]), (method, path)


def test_nothing_is_told_of_a_route_that_is_not_there(app: Flask) -> None:
    assert set(openapi.told()["endpoints"]) <= set(app.view_functions)
