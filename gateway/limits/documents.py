"""Which documents are served, and the texts of those that a request only names.

Trusted documents come from the manifest. Automatic persisted queries are kept by their hash once
they were found valid, for this process only and up to a bound. Both are for callers with a key.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict

from graphql import GraphQLError, OperationDefinitionNode, parse

from gateway.execution.preparing import Preparation
from gateway.execution.request import Request, RequestRefusedError, refused
from gateway.limits.manifest import ManifestError, plain, read_manifest

logger = logging.getLogger("switchboard.documents")

#: Characters of automatic persisted queries that are kept, all in all.
KEPT = 8_000_000
#: What Apollo's and urql's clients look for; they send the document then.
NOT_FOUND = "PersistedQueryNotFound"


class Documents:
    """Turns a request into the text of its document."""

    def __init__(self, trusted: dict[str, str] | None = None, mode: str = "off") -> None:
        self._trusted = trusted or {}
        self._texts = frozenset(self._trusted.values())
        self._mode = mode
        self._persisted: OrderedDict[str, str] = OrderedDict()
        self._size = 0
        self._strangers: OrderedDict[str, None] = OrderedDict()

    def text(self, request: Request) -> str:
        """The document that the request names or brings; raises `RequestRefusedError`."""
        text = self._find(request)
        if text in self._texts:
            return text
        if self._mode == "require" or request.documents_only:
            raise refused("DOCUMENT_NOT_TRUSTED", "Only documents of the manifest are served.", 403)
        if self._mode == "log":
            self._report(text)
        return text

    def keep(self, request: Request) -> None:
        """Remember a valid document by its hash."""
        digest, text = request.hash, request.text
        if digest is None or not text or digest in self._persisted:
            return
        self._persisted[digest] = text
        self._size += len(text)
        while self._size > KEPT:
            self._size -= len(self._persisted.popitem(last=False)[1])

    def _find(self, request: Request) -> str:
        if request.document_id is not None:
            found = self._trusted.get(plain(request.document_id))
            if found is None:
                message = "The manifest has no document with this id."
                if not self._trusted:
                    message = "This server has no manifest of documents: send the text as `query`."
                raise refused("DOCUMENT_NOT_TRUSTED", message)
            return found
        if request.hash is None:
            return request.text
        if request.text:
            if hashlib.sha256(request.text.encode()).hexdigest() != request.hash:
                raise refused("BAD_REQUEST", "provided sha does not match query")
            return request.text
        # Apollo's clients name documents of their manifest in the same way.
        found = self._trusted.get(request.hash) or self._persisted.get(request.hash)
        if found is None:
            raise refused("PERSISTED_QUERY_NOT_FOUND", NOT_FOUND)
        if request.hash in self._persisted:
            self._persisted.move_to_end(request.hash)
        return found

    def _report(self, text: str) -> None:
        """Log a stranger by its hash, each one once."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest in self._strangers:
            return
        self._strangers[digest] = None
        if len(self._strangers) > 10_000:
            self._strangers.popitem(last=False)
        logger.warning("a document outside the manifest was served: sha256:%s", digest)


def trusted_documents(path: str, preparation: Preparation) -> dict[str, str]:
    """The manifest's documents, each one valid; raises `ManifestError`."""
    found = read_manifest(path)
    for id_, text in found.items():
        try:
            for name in _names(text):
                preparation.compile(text, name)
        except GraphQLError as error:
            raise ManifestError(f"{path}: document {id_}: {error.message}") from None
        except RequestRefusedError as error:
            raise ManifestError(f"{path}: document {id_}: {error.errors[0].message}") from None
    return found


def _names(text: str) -> list[str | None]:
    """The operations of a document; None where it has no more than one."""
    found = [each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode)]
    if len(found) < 2:
        return [None]
    return [each.name.value if each.name else None for each in found]
