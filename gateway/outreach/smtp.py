"""Handing an e-mail to a mail server: what is certain, what may be tried again, what is in doubt."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from aiosmtplib import SMTP, SMTPException, SMTPResponseException
from aiosmtplib.response import SMTPResponse

from gateway.outreach.envelope import Envelope
from gateway.public_network import connected
from schema.vendor import Account

#: Seconds for each step, and for the answer to the final dot, as RFC 5321, 4.5.3.2 has it in full.
STEP, DOT = 20.0, 60.0
#: Seconds after which a connection that nobody used is not trusted any more.
IDLE = 25.0
#: Port with TLS from the start, and the one that mail is handed in at.
TLS_PORT, PORT = 465, 587
_PERIOD = b"\r\n."


class Outcome(Enum):
    """What became of handing over."""

    SENT = "sent"
    LATER = "later"
    """It was not taken, and may be tried again."""
    ACCOUNT = "account"
    """The same, because of the server or the account, not of the e-mail."""
    REFUSED = "refused"
    """It was not taken, and never will be."""
    UNKNOWN = "unknown"
    """The final dot was sent, and no answer came."""
    WITHDRAWN = "withdrawn"
    """It was not sent, as the last look before the final dot forbade it."""


@dataclass(frozen=True)
class Result:
    """What the server said."""

    outcome: Outcome
    said: str = ""
    code: str | None = None
    """The enhanced status such as `5.1.1`, else the plain one such as `550`."""
    reference: str | None = None
    """What the server calls the e-mail that it took."""


class SmtpConnection:
    """A connection with one mail server, kept between e-mails."""

    def __init__(
        self, account: Account, *, context: ssl.SSLContext | None = None, anywhere: bool = False
    ) -> None:
        """`anywhere`: also at private addresses."""
        self._account = account
        self._anywhere = anywhere
        self._context = context
        self._client: SMTP | None = None
        self._used = 0.0

    @property
    def idle(self) -> bool:
        """Whether it was not used for so long that the server may have ended it."""
        return asyncio.get_running_loop().time() - self._used > IDLE

    async def send(self, envelope: Envelope, last_look: Callable[[], Awaitable[bool]]) -> Result:
        """Hand an e-mail over.

        `last_look` is asked once all but the final dot is written: without its yes, which must be
        durable, the server is left without having taken anything.
        """
        loop = asyncio.get_running_loop()
        if self._client is not None and self.idle:
            await self.close()
        fresh = self._client is None
        try:
            client = await self._connected()
        except (SMTPException, OSError, TimeoutError) as error:
            await self.close()
            return Result(Outcome.ACCOUNT, _said(error), _code(error))
        try:
            await client.mail(envelope.sender, timeout=STEP)
        except SMTPResponseException as error:
            return await self._refused(error, Outcome.ACCOUNT)
        except (SMTPException, OSError, TimeoutError) as error:
            await self.close()
            if not fresh:
                # The server has ended a connection that was idle; nothing was said on it.
                return await self.send(envelope, last_look)
            return Result(Outcome.ACCOUNT, _said(error))
        finally:
            self._used = loop.time()
        return await self._hand_over(client, envelope, last_look)

    async def _hand_over(
        self, client: SMTP, envelope: Envelope, last_look: Callable[[], Awaitable[bool]]
    ) -> Result:
        try:
            await client.rcpt(envelope.recipient, timeout=STEP)
            begun = await client.execute_command(b"DATA", timeout=STEP)
            if begun.code != 354:
                raise SMTPResponseException(begun.code, begun.message)
            await self._write(client, envelope.content)
        except SMTPResponseException as error:
            return await self._refused(error)
        except (SMTPException, OSError, TimeoutError) as error:
            await self.close()
            return Result(Outcome.LATER, _said(error))
        except BaseException:
            self._drop()
            raise
        try:
            if not await last_look():
                # Without the dot the server throws away what it has.
                self._drop()
                return Result(Outcome.WITHDRAWN)
        except BaseException:
            self._drop()
            raise
        return await self._dot(client)

    async def _dot(self, client: SMTP) -> Result:
        try:
            answer = await client.execute_command(b".", timeout=DOT)
        except BaseException as error:
            self._drop()
            if isinstance(error, SMTPException | OSError | TimeoutError):
                return Result(Outcome.UNKNOWN, _said(error))
            raise
        self._used = asyncio.get_running_loop().time()
        if answer.code == 250:
            return Result(Outcome.SENT, answer.message, reference=_reference(answer))
        if 400 <= answer.code < 600:
            return await self._refused(SMTPResponseException(answer.code, answer.message))
        # Neither yes nor no.
        self._drop()
        return Result(Outcome.UNKNOWN, f"{answer.code} {answer.message}"[:500])

    async def _connected(self) -> SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        settings, credentials = self._account.settings, self._account.credentials
        port = int(str(settings.get("port") or PORT))
        password = credentials.get("password")
        secret = password is not None
        context = self._context
        if context is None:
            context = ssl.create_default_context()
            if not secret and port != TLS_PORT:
                # Where plain text would do, any certificate is better than none.
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        host = str(settings["host"])
        client = SMTP(
            hostname=host,
            sock=await connected(host, port, anywhere=self._anywhere, seconds=STEP),
            timeout=STEP,
            use_tls=port == TLS_PORT,
            # A password never goes over the wire in the clear.
            start_tls=(True if secret else None) if port != TLS_PORT else False,
            tls_context=context,
            username=str(settings["username"]) if secret else None,
            password=password,
        )
        self._client = client
        await client.connect()
        return client

    async def _write(self, client: SMTP, content: bytes) -> None:
        """All but the final dot, its own dots doubled; waits until the network has taken it."""
        text = content if content.endswith(b"\r\n") else content + b"\r\n"
        text = text.replace(_PERIOD, b"\r\n..")
        protocol = client.protocol
        assert protocol is not None
        protocol.write(b"." + text if text.startswith(b".") else text)
        transport = protocol.transport
        end = asyncio.get_running_loop().time() + STEP
        while transport is not None and transport.get_write_buffer_size():  # type: ignore[attr-defined]
            if transport.is_closing():
                raise ConnectionResetError("the connection was lost")
            if asyncio.get_running_loop().time() > end:
                raise TimeoutError("the server takes nothing")
            await asyncio.sleep(0.01)

    async def _refused(
        self, error: SMTPResponseException, otherwise: Outcome = Outcome.REFUSED
    ) -> Result:
        """The server said no; it is ready for the next e-mail after `RSET`, or is left."""
        try:
            assert self._client is not None
            await self._client.rset(timeout=STEP)
        except (SMTPException, OSError, TimeoutError, AssertionError):
            await self.close()
        later = error.code < 500
        return Result(Outcome.LATER if later else otherwise, _said(error), _code(error))

    def _drop(self) -> None:
        """Leave without a word."""
        client, self._client = self._client, None
        if client is not None:
            transport = None if client.protocol is None else client.protocol.transport
            if transport is not None:
                # What is still to be written must not be.
                transport.abort()  # type: ignore[attr-defined]
            client.close()

    async def close(self) -> None:
        """Take leave."""
        client, self._client = self._client, None
        if client is None:
            return
        if client.is_connected:
            with suppress(SMTPException, OSError, TimeoutError):
                await client.quit(timeout=2.0)
        client.close()


def _said(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {' '.join(error.message.split())}"[:500]
    return (" ".join(str(error).split()) or type(error).__name__)[:500]


def _code(error: Exception) -> str | None:
    if not isinstance(error, SMTPResponseException):
        return None
    first = error.message.split(" ", 1)[0].strip()
    enhanced = first.count(".") == 2 and first.replace(".", "").isdigit()
    return first if enhanced else str(error.code)


def _reference(answer: SMTPResponse) -> str | None:
    """The name of the message in the words of the server's answer, as most give it last."""
    words = answer.message.split()
    return words[-1].strip("<>()[]")[:200] if words else None
