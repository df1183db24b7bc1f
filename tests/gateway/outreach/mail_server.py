"""A real mail server for the tests, which says what it is told to say."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.port import free_port

USER, PASSWORD = "ava", "correct horse"


@dataclass(frozen=True)
class Received:
    """One e-mail that the server took, or would have."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    tls: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        """As a mail program reads it."""
        found = message_from_bytes(self.content, policy=default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass
class MailServer:
    """What it was sent, and what it answers."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    """All that came to the final dot, whatever was answered."""
    sessions: int = 0
    answers: dict[str, list[str]] = field(default_factory=dict)
    """What to answer next to `MAIL`, `RCPT` and `DATA` (after the dot); then as usual."""
    on: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What to do at these before anything is answered."""

    def _answer(self, step: str) -> str | None:
        if step in self.on:
            self.on[step]()
        said = self.answers.get(step)
        return said.pop(0) if said else None

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, said: list[str]
    ) -> list[str]:
        session.host_name = name
        return said

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._answer("MAIL")
        if answer:
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._answer("RCPT")
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
            return "421 gone"
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        auth: Any = session.auth_data
        self.received.append(
            Received(
                envelope.mail_from or "",
                tuple(envelope.rcpt_tos),
                envelope.content,
                session.ssl is not None,
                auth.login.decode() if isinstance(auth, LoginPassword) else None,
            )
        )
        answer = self._answer("DATA")
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
            return "421 gone"
        return answer or f"250 2.0.0 Ok: queued as Q{len(self.received)}"


class _Controller(Controller):
    def __init__(self, handler: MailServer, **options: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=free_port(), **options)

    def factory(self) -> SMTP:
        self.handler.sessions += 1
        made: SMTP = super().factory()  # type: ignore[no-untyped-call]
        return made


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=good, handled=False, auth_data=data)


@contextmanager
def mail_server(certificate: Path | None = None, *, auth: bool = True) -> Iterator[MailServer]:
    """A server; with a certificate it wants STARTTLS, and then a password."""
    server = MailServer()
    options: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options = {"tls_context": context, "require_starttls": True}
        if auth:
            options |= {"authenticator": _authenticate, "auth_required": True}
    controller = _Controller(server, **options)
    controller.start()
    server.port = controller.port
    # The start itself looked whether it answers.
    server.sessions = 0
    try:
        yield server
    finally:
        controller.stop()


def certificate(folder: Path) -> Path:
    """A certificate of this machine's own, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test mail server")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
