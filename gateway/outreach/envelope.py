"""An e-mail as it goes over the wire: headers, text and HTML, and the way to end all e-mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Any

from resolvers.letters import line
from schema.address import mailable
from schema.installation import Installation
from schema.vault import Vault

#: What the signature of a link that ends all e-mails is good for.
UNSUBSCRIBING = "unsubscribe"
PATH = "/unsubscribe/"
#: Lines of headers may be as long as SMTP permits: ids and links that don't fit into a shorter one
#: would be encoded, and then mail programs take them for words.
WIRE = SMTP.clone(max_line_length=998)
#: The row's columns that make up the message.
COLUMNS = (
    *("id", "workspace_id", "from_email", "to_email", "subject", "body", "html", "message_id"),
    *("in_reply_to", "ancestors", "sending_at"),
)


@dataclass(frozen=True)
class Envelope:
    """What the mail server gets: from whom, to whom, what."""

    sender: str
    recipient: str
    content: bytes
    """Lines end in CRLF."""


def envelope(
    email: Mapping[str, Any], name: str, reply_to: str | None, installation: Installation
) -> Envelope:
    """The message of an e-mail, the same each time but for its date; raises `ValueError`."""
    link = unsubscribing(installation, email["workspace_id"], email["id"])
    made = EmailMessage(policy=SMTP)
    made["From"] = _address(email["from_email"], line(name))
    made["To"] = _address(email["to_email"])
    made["Subject"] = line(email["subject"] or "")
    made["Date"] = format_datetime(datetime.fromisoformat(email["sending_at"]))
    made["Message-ID"] = email["message_id"]
    if reply_to:
        made["Reply-To"] = _address(reply_to)
    if email["in_reply_to"]:
        made["In-Reply-To"] = email["in_reply_to"]
    if email["ancestors"]:
        made["References"] = " ".join(email["ancestors"])
    if link is not None:
        made["List-Unsubscribe"] = f"<{link}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text, html = email["body"] or "", email["html"] or ""
    if link is not None:
        text += f"\n\n--\nNo more e-mails from us: {link}\n"
        html += (
            f'\n<p style="font-size:smaller"><a href="{escape(link)}">No more e-mails from us</a>'
            "</p>\n"
        )
    made.set_content(text, cte="quoted-printable")
    if html:
        made.add_alternative(html, subtype="html", cte="quoted-printable")
    written = made.as_bytes(policy=WIRE)
    if BytesHeaderParser().parsebytes(written).keys() != made.keys():
        raise ValueError("a header holds another one")
    return Envelope(mailable(email["from_email"]), mailable(email["to_email"]), written)


def unsubscribing(installation: Installation, workspace_id: str, id: str) -> str | None:
    """The link that ends all e-mails to the recipient; None where nothing can sign it."""
    if installation.vault is None:
        return None
    signature = installation.vault.sign(UNSUBSCRIBING, _message(workspace_id, id)).hex()
    return f"{installation.address}{PATH}{workspace_id}/{id}/{signature}"


def may_unsubscribe(vault: Vault, workspace_id: str, id: str, signature: str) -> bool:
    """Whether the link is one of ours. It never ends: a person may come back to an old e-mail."""
    if len(signature) != 64 or not set(signature) <= set("0123456789abcdef"):
        return False
    return vault.signed(UNSUBSCRIBING, _message(workspace_id, id), bytes.fromhex(signature))


def _message(workspace_id: str, id: str) -> str:
    return f"{workspace_id}\0{id}"


def _address(address: str, name: str = "") -> Address:
    return Address(name, addr_spec=mailable(address))
