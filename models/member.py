"""A person of the workspace."""

from __future__ import annotations

from models.columns import Text, Timestamp, choice
from models.row import Noun
from models.vocabulary import Vocabulary


class MemberRole(Vocabulary):
    """What a person may do in the workspace."""

    OWNER = "OWNER", "Everything, closing the workspace included."
    ADMIN = "ADMIN", "Everything but closing the workspace; makes and revokes API keys."
    SELLER = "SELLER", "Works with leads, calls, e-mails and campaigns."
    VIEWER = "VIEWER", "Reads only."


class Member(Noun):
    """A person who works in the workspace: signs in, is assigned leads, resolves doubts."""

    uid = Text(
        description="The person's id at the identity provider; leads name it as `assignedUserUid`. Unique in the workspace."
    )
    name = Text(
        description="Name to show; the part of the e-mail address before the @ until the person gives another."
    )
    email = Text(null=True, description="Address the person signs in with, lower-cased.")
    role = choice(MemberRole, default=MemberRole.SELLER, description="What the person may do here.")
    last_seen_at = Timestamp(
        null=True, description="When the person last made a request, to the minute."
    )
    removed_at = Timestamp(
        null=True,
        description="When the person left the workspace. The row stays, for the leads and events that name it.",
    )

    class Meta:
        """Where rows are kept."""

        table = "member"
