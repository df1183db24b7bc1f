"""What a person can act on, as data of a payload."""

from __future__ import annotations

import strawberry

from schema.error_code import ErrorCode


@strawberry.type(description="A reason why a verb changed nothing, for a person to act on.")
class UserError:
    """One reason."""

    code: ErrorCode = strawberry.field(description="What went wrong, stable.")
    message: str = strawberry.field(description="The same in a sentence.")
    path: list[str] | None = strawberry.field(
        description='Where in the input, such as `["phone"]`; null where no one field is at fault.'
    )
