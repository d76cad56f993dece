"""What Envoy answers itself to who works in the back office: a page for a person, where the API has a problem."""

from __future__ import annotations

from dataclasses import dataclass

from shopflow.gateway.refusals import HARDENED, REQUEST_ID

IN_THE_BACK_OFFICE = "request.url_path.startsWith('/admin/')"
HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{said}</p><p><small>%RESPONSE_CODE% · request %RESP(X-REQUEST-ID)%</small></p></body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Its status is Envoy's own. `when` is a condition in CEL, as of a refusal."""

    when: str
    title: str
    said: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Request-ID": REQUEST_ID, **HARDENED}

    @property
    def html(self) -> str:
        return HTML.format(title=self.title, said=self.said)


def _of_status(status: int, title: str, said: str) -> Page:
    return Page(when=f"{IN_THE_BACK_OFFICE} && response.code == {status}", title=title, said=said)


PAGES = (
    _of_status(413, "Too large", "A file may have 20 MiB at most. Split it, and upload the parts one by one."),
    _of_status(429, "Too many requests", "Wait a few seconds, then load this page again."),
    _of_status(408, "Too slow", "The upload took too long to arrive. Try a smaller file or a faster connection."),
    _of_status(504, "No answer in time", "What you asked for may have been done: look before you ask again."),
    Page(
        when=IN_THE_BACK_OFFICE,
        title="The back office cannot be reached",
        said="Try again shortly. What you last asked for may have been done: look before you ask again.",
    ),
)
"""The first that applies counts; elsewhere the API's problems do."""
