"""What a verb was given: read field by field, so that every problem is reported at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import orjson
import phonenumbers

from resolvers.dialable import EMERGENCY
from schema import address
from schema.error_code import ErrorCode
from schema.errors import InvalidIdError, SwitchboardError
from schema.identity import parse
from schema.noun import Noun, snake
from schema.refusal import Problem, RefusedError
from schema.scalars import storable
from schema.slot import Slot

#: Well-formed by RFC 5646, 2.1: language, script, region, variants, extensions, private use.
LANGUAGE = re.compile(
    r"[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?"
    r"(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?",
    re.ASCII | re.IGNORECASE,
)
MAX_JSON = 64 * 1024
#: What a machine's files have beside zones where people live.
ZONES = available_timezones() - {"Factory", "localtime"}


class Given:
    """A verb's input; `columns` collects what the row gets, `problems` what is wrong.

    A field that is absent is left out of `columns`; one that is null sets the column to null.
    """

    def __init__(self, input: Mapping[str, Any], path: tuple[str, ...] = ()) -> None:
        self.input = input
        self.columns: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self.path = path

    def read(self, readers: Mapping[str, Callable[[Given, str], object]]) -> None:
        """Read each field that is there by its reader, in the caller's order."""
        for name in self.input:
            reader = readers.get(name)
            if reader is not None:
                reader(self, name)

    def check(self) -> dict[str, Any]:
        """The columns; raises `RefusedError` with all problems."""
        if self.problems:
            raise RefusedError(*self.problems)
        return self.columns

    def problem(self, code: ErrorCode, name: str, message: str | None = None) -> None:
        """Something is wrong with a field."""
        self.problems.append(Problem(code, message or code.description, (*self.path, name)))

    def take(self, name: str, column: str | None = None) -> Any:
        """The value for `column`; None when absent or null, with null noted."""
        value = self.input.get(name)
        if value is None and name in self.input:
            self.columns[column or snake(name)] = None
        return value

    def text(
        self, name: str, *, limit: int = 500, column: str | None = None, required: bool = False
    ) -> None:
        """Text of at most `limit` characters, trimmed; empty is null."""
        if name not in self.input:
            return
        value = self.take(name, column)
        if value is not None:
            value = value.strip()
            if len(value) > limit:
                self.problem(ErrorCode.TOO_LONG, name, f"At most {limit} characters.")
            if not storable(value):
                self.problem(ErrorCode.INVALID_TEXT, name)
            self.columns[column or snake(name)] = value or None
        if required:
            self.required(name, column)

    def required(self, name: str, column: str | None = None) -> None:
        """The field must not become null: given on creation, not nulled by an update."""
        column = column or snake(name)
        if column in self.columns and self.columns[column] is None:
            self.problem(ErrorCode.REQUIRED, name)

    def phone(self, name: str, column: str | None = None, *, dialled: bool = False) -> None:
        """A number that a line can have, in E.164; spaces, dots, dashes, brackets are taken out.

        Where it is to be dialled, the numbers of the police and ambulances are called that.
        """
        value = self.take(name, column)
        if value is None:
            return
        if not address.bare(value):
            self.columns[column or snake(name)] = None
            return
        try:
            self.columns[column or snake(name)] = address.phone(value)
        except ValueError as error:
            if dialled and address.bare(value).removeprefix("+") in EMERGENCY:
                self.problem(ErrorCode.EMERGENCY_NUMBER, name)
            else:
                self.problem(ErrorCode.INVALID_PHONE, name, str(error))

    def email(self, name: str, column: str | None = None) -> None:
        """An e-mail address; its domain is lower-cased."""
        value = self.take(name, column)
        if value is None:
            return
        if not value.strip():
            self.columns[column or snake(name)] = None
            return
        try:
            self.columns[column or snake(name)] = address.email(value)
        except ValueError as error:
            self.problem(ErrorCode.INVALID_EMAIL, name, str(error))

    def language(self, name: str) -> None:
        """A BCP 47 language."""
        value = self.take(name)
        if value is None:
            return
        if len(value) <= 35 and LANGUAGE.fullmatch(value):
            self.columns[snake(name)] = value
        else:
            self.problem(ErrorCode.INVALID_LANGUAGE, name)

    def time_zone(self, name: str) -> None:
        """An IANA time zone."""
        value = self.take(name)
        if value is None:
            return
        if value in ZONES:
            self.columns[snake(name)] = value
        else:
            self.problem(ErrorCode.INVALID_TIME_ZONE, name)

    def plain(self, *names: str) -> None:
        """Enums and truth values, which GraphQL has checked; null where the column has no null."""
        for name in names:
            if name in self.input:
                value = self.input[name]
                if value is None:
                    self.problem(ErrorCode.REQUIRED, name)
                else:
                    self.columns[snake(name)] = value

    def optional(self, *names: str) -> None:
        """Enums and the like, where null clears."""
        for name in names:
            if name in self.input:
                self.columns[snake(name)] = self.input[name]

    def integer(
        self, name: str, low: int, high: int, *, column: str | None = None, scale: int = 1
    ) -> None:
        """A number between `low` and `high`, kept times `scale`; null clears."""
        value = self.take(name, column)
        if value is None:
            return
        if low <= value <= high:
            self.columns[column or snake(name)] = value * scale
        else:
            self.problem(ErrorCode.OUT_OF_RANGE, name, f"Between {low} and {high}.")

    def json(self, name: str, kind: type = dict, *, limit: int = MAX_JSON) -> None:
        """A JSON object (or list) of bounded size; null empties it."""
        if name not in self.input:
            return
        value = self.input[name]
        if value is None:
            value = kind()
        if not isinstance(value, kind):
            what = "object" if kind is dict else "list"
            self.problem(ErrorCode.INVALID, name, f"Must be a JSON {what}.")
        elif len(orjson.dumps(value)) > limit:
            self.problem(ErrorCode.TOO_LONG, name, f"At most {limit} bytes as JSON.")
        else:
            self.columns[snake(name)] = value

    def url(self, name: str, *schemes: str) -> None:
        """An absolute address with one of the schemes."""
        self.text(name, limit=2000)
        value = self.columns.get(snake(name))
        if value is None:
            return
        try:
            parts = urlsplit(value)
            known = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            known = False
        if not known or re.search(r"[\s\x00-\x1f\x7f]", value):
            self.problem(ErrorCode.INVALID_URL, name, f"Must begin with {schemes[0]}://.")

    def date(self, name: str) -> None:
        """A day, `YYYY-MM-DD`."""
        value = self.take(name)
        if value is None:
            return
        try:
            if date.fromisoformat(value).isoformat() != value:
                raise ValueError
            self.columns[snake(name)] = value
        except ValueError:
            self.problem(ErrorCode.INVALID, name, "Must be a day such as 2026-01-31.")

    def country(self, name: str) -> None:
        """An ISO 3166-1 alpha-2 code."""
        value = self.take(name)
        if value is None:
            return
        if value.upper() in phonenumbers.SUPPORTED_REGIONS:
            self.columns[snake(name)] = value.upper()
        else:
            self.problem(ErrorCode.INVALID, name, "Must be a country's two letters, such as IT.")

    def reference(self, name: str, prefix: str, column: str | None = None) -> str | None:
        """The UUID of a noun's id; whether it exists is for the verb to see."""
        value = self.take(name, column)
        if value is None:
            return None
        uuid = self.identity(prefix, name)
        if uuid is not None:
            self.columns[column or snake(name)] = uuid
        return uuid

    def identity(self, prefix: str, name: str = "id") -> str | None:
        """The UUID of the noun that the verb is about; no column of its row."""
        value = self.input[name]
        if type(value) is Slot:
            return cast("str", Slot("id", prefix))
        try:
            return parse(value, prefix)
        except InvalidIdError as error:
            self.problem(ErrorCode.INVALID_ID, name, error.message)
            return None

    def filter(self, name: str, noun: Noun) -> None:
        """A filter of a noun, if it is given."""
        try:
            for _ in noun.narrowed(self.input.get(name) or {}):
                pass
        except SwitchboardError as error:
            path = (*self.path, name, *error.argument)
            self.problems.append(Problem(ErrorCode[error.code], error.message, path))

    def missing(self, prefix: str, name: str = "id") -> None:
        """There is no such noun: never was, or in another workspace."""
        human = prefix.replace("_", " ")
        self.problem(ErrorCode.NOT_FOUND, name, f"There is no {human} with this id.")

    def chosen(self, *names: str) -> str | None:
        """The one of these fields that is given; anything else is a problem."""
        found = [name for name in names if self.input.get(name) is not None]
        if len(found) == 1:
            return found[0]
        what = " or ".join((", ".join(names[:-1]), names[-1]))
        code = ErrorCode.INVALID if found else ErrorCode.REQUIRED
        self.problem(code, found[1] if found else names[0], f"Give one of {what}.")
        return None
