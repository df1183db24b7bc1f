"""API keys, and the short-lived client tokens made from them."""

from __future__ import annotations

from models.columns import Flag, Integer, Json, Text, Timestamp, Uuid, choice
from models.row import Noun
from models.vocabulary import Vocabulary


class ApiKeyKind(Vocabulary):
    """What a secret is for."""

    KEY = "KEY", "For servers: lives until revoked or until its expiry."
    CLIENT_TOKEN = "CLIENT_TOKEN", "For a browser: lives minutes to a day, narrower than its key."


class Dialect(Vocabulary):
    """Whose form an API key has. Any key works on GraphQL and MCP, whatever its form."""

    SWITCHBOARD = "SWITCHBOARD", "Our own form, `sb_live_…`."
    CORA = "CORA", "Cora's form, `cora_live_…`."
    AGORALIA = "AGORALIA", "Agoralia's form, `ago_` and 32 letters and digits."
    CORDIUL = "CORDIUL", "Cordiul's form, `ck_live_…` or `sk_live_…`."
    SAMORA = "SAMORA", "Samora's form, a bare token."
    CUALIFY = "CUALIFY", "Cualify's form, `cuk_live_<8>_<32>`."


class ApiKey(Noun):
    """A secret that opens the workspace to a program, with the scopes it may use.

    Only a hash of the secret is kept; the secret itself is shown once, when it is made.
    """

    number = Integer(
        description="Integer that names this key in the workspace, counted from 1 with gaps."
    )
    name = Text(
        description="What people call this key, usually the program that uses it; client tokens take their key's name."
    )
    kind = choice(
        ApiKeyKind,
        default=ApiKeyKind.KEY,
        description="Whether this is a key for servers or a short-lived token for a browser.",
    )
    dialect = choice(
        Dialect,
        default=Dialect.SWITCHBOARD,
        description="Whose form the secret has: its prefix and length.",
    )
    prefix = Text(
        description="The first characters of the secret, enough to recognise it and too few to use it."
    )
    secret_hash = Text(
        description="SHA-256 of the secret in lower-case hexadecimal, by which requests find their key. Never shown."
    )
    scopes = Json(
        default=list,
        description="What the holder may do, such as `leads:read` or `campaigns:start`; `full` is everything, `read_only` every read.",
    )
    parent_id = Uuid(
        null=True,
        description="The key that minted this one. Revoking a key revokes its client tokens.",
    )
    subject = Text(
        null=True,
        description="Whom a client token speaks for: an id of your own choosing, with its own rate limit.",
    )
    member_id = Uuid(null=True, description="The person who made this key, if a person did.")
    requests_per_minute = Integer(
        null=True,
        description="Requests this key may make in a minute; null means the installation's limit for a key.",
    )
    documents_only = Flag(
        default=False,
        description="Whether only documents of the installation's manifest are served to this key, not any it sends.",
    )
    expires_at = Timestamp(
        null=True, description="When the secret stops working by itself; null means never."
    )
    revoked_at = Timestamp(
        null=True,
        description="When the secret was revoked. It stops working, open sockets included, within five seconds.",
    )
    last_used_at = Timestamp(
        null=True, description="When the secret was last accepted, to the minute; null means never."
    )

    class Meta:
        """Where rows are kept."""

        table = "api_key"
