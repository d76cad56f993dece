"""The obvious is chosen at once, and all else as Django REST framework would."""

from __future__ import annotations

import pytest
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from contracts.http.negotiation import TheObviousFirst

RENDERERS = [JSONRenderer(), BrowsableAPIRenderer()]
PARSERS = [JSONParser(), FormParser()]


def asked(path: str = "/", content_type: str = "application/json", **headers: str) -> Request:
    return Request(APIRequestFactory().post(path, data=b"", content_type=content_type, headers=headers))


def chosen(negotiation: DefaultContentNegotiation, request: Request) -> object:
    try:
        return negotiation.select_renderer(request, RENDERERS)
    except NotAcceptable:
        return NotAcceptable


@pytest.mark.parametrize(
    "accept",
    [
        *("*/*", "application/json", "application/*", "text/html", "text/html, application/json;q=0.9"),
        *("application/json, text/plain, */*", "application/json; indent=4", "application/json;q=0.5, text/html"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/?limit=5", "/?format=json", "/?format=api"])
def test_the_same_form_of_answer_as_always(accept: str, path: str) -> None:
    request = asked(path, Accept=accept)
    assert chosen(TheObviousFirst(), request) == chosen(DefaultContentNegotiation(), request)


def test_who_says_nothing_has_json() -> None:
    assert TheObviousFirst().select_renderer(asked(), RENDERERS) == (RENDERERS[0], "application/json")


def test_what_is_not_offered_is_not_acceptable() -> None:
    assert chosen(TheObviousFirst(), asked(Accept="application/xml")) is NotAcceptable


@pytest.mark.parametrize("sent", ["application/json", "application/json; charset=utf-8", "text/csv", "x/" + "y" * 300])
def test_the_same_parser_as_always(sent: str) -> None:
    request = asked(content_type=sent)
    expected = DefaultContentNegotiation().select_parser(request, PARSERS)
    assert TheObviousFirst().select_parser(request, PARSERS) is expected
