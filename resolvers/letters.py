"""What an e-mail says: as it was given, by a template, or from what the agent knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import Any

from resolvers.given import Given
from resolvers.templates import TemplateError, rendered
from schema.error_code import ErrorCode

#: Longest subject; mail programs show the first eighty or so.
SUBJECT = 300
#: What templates are told of each noun, beside the variables.
LEAD = (
    *("name", "first_name", "last_name", "email", "phone", "company", "role", "language"),
    "custom_fields",
)
AGENT = (
    *("name", "email_address", "product_explanation", "value_proposition", "pain_points"),
    *("benefits", "features_differentiators", "elevator_pitch", "email_knowledge"),
    "email_signature",
)
WORKSPACE = ("name",)
_SPACE = re.compile(r"\s+")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Letter:
    """What is sent, without what every e-mail ends with."""

    subject: str
    body: str
    html: str


@dataclass(frozen=True)
class Parties:
    """Who writes to whom: rows of `LEAD`, `AGENT` and `WORKSPACE`."""

    lead: Mapping[str, Any]
    agent: Mapping[str, Any]
    workspace: Mapping[str, Any]


def letter(given: Given, parties: Parties, answered: str | None) -> Letter | None:
    """The letter that the input asks for; None where a template can't be used, which is noted.

    - `message` is the text as it stands, `template` and `html` are templates.
    - Whichever of text and HTML is not given is made from the other; without any, the text is
      the default one, from what the agent knows.
    - `answered` is the subject of the e-mail that this one answers.
    """
    input = given.input
    message, template, html = (input.get(name) for name in ("message", "template", "html"))
    values = {
        **(input.get("variables") or {}),
        "lead": dict(parties.lead),
        "agent": dict(parties.agent),
        "workspace": dict(parties.workspace),
        "message": message or "",
    }
    signature = _signature(parties)
    subject = input.get("subject")
    if subject and (template or html):
        subject = _rendered(given, "subject", subject, values)
    if template:
        body = _rendered(given, "template", template, values)
    elif html:
        body = None
    else:
        body = f"{(message or _introduction(parties)).strip()}\n\n{signature}"
    rich = _rendered(given, "html", html, values, html=True) if html else None
    if given.problems:
        return None
    if body is None:
        body = _text(rich or "")
    subject = line(subject or "") or _subject(parties, answered)
    body = _UNSEEN.sub("", body.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return Letter(subject[:SUBJECT], body, rich or _html(body))


def line(text: str) -> str:
    """The text as one line, fit to stand in a header."""
    # Python up to 3.12 reads what looks like an encoded word (RFC 2047), and then writes line breaks
    # that it holds into the header as they are.
    return _UNSEEN.sub("", _SPACE.sub(" ", text)).strip().replace("=?", "= ?")


def _rendered(
    given: Given, name: str, text: str, values: Mapping[str, Any], *, html: bool = False
) -> str:
    try:
        return rendered(text, values, html=html)
    except TemplateError as error:
        given.problem(ErrorCode.INVALID, name, f"The template can't be used. {error}")
        return ""


def _subject(parties: Parties, answered: str | None) -> str:
    if answered is not None:
        return answered if answered[:3].lower() == "re:" else f"Re: {answered}".strip()
    company = parties.lead.get("company")
    return f"An idea for {company}" if company else f"A word from {parties.workspace['name']}"


def _introduction(parties: Parties) -> str:
    """The default letter."""
    lead, agent = parties.lead, parties.agent
    name = lead.get("first_name")
    company = parties.workspace["name"]
    pitch = agent.get("elevator_pitch") or agent.get("product_explanation")
    parts = [
        f"Hello {name}," if name else "Hello,",
        f"I am {agent['name']} from {company}. {pitch or 'I would like to get to know you.'}",
        agent.get("value_proposition") or "",
        agent.get("benefits") or "",
        "May I tell you more? A short answer to this e-mail is enough.",
    ]
    return "\n\n".join(each.strip() for each in parts if each.strip())


def _signature(parties: Parties) -> str:
    own = parties.agent.get("email_signature")
    return own.strip() if own else f"{parties.agent['name']}\n{parties.workspace['name']}"


def _html(body: str) -> str:
    """The text in paragraphs."""
    return "".join(
        "<p>" + escape(part).replace("\n", "<br>\n") + "</p>\n"
        for part in re.split(r"\n{2,}", body)
    )


class _Reader(HTMLParser):
    """Reads what people see of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Lines end where blocks begin."""
        if tag in ("style", "script", "head", "title"):
            self._hidden += 1
        elif tag == "a":
            self._link = dict(attrs).get("href") or ""
        elif tag in ("br", "tr", "li"):
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag in ("p", "div", "h1", "h2", "h3", "table", "ul", "ol", "blockquote"):
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        """And where a link ends, it is told where it leads."""
        if tag in ("style", "script", "head", "title"):
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a" and self._link.startswith(("http:", "https:")):
            self.parts.append(f" ({self._link})")
            self._link = ""

    def handle_data(self, data: str) -> None:
        """What stands there, its line breaks meaning nothing."""
        if not self._hidden:
            self.parts.append(_SPACE.sub(" ", data))


def _text(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = re.sub(r" *\n *", "\n", "".join(reader.parts))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
