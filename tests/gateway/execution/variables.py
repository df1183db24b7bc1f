"""Drawn values written as GraphQL, some of them as variables."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_nullable_type,
)


class Variables:
    """The variables of one operation under construction, and the values given for them."""

    def __init__(self, pick: Random, share: float = 0.2) -> None:
        self._pick = pick
        self._share = share
        self.declared: list[str] = []
        self.given: dict[str, Any] = {}

    @property
    def header(self) -> str:
        """The definitions, as they stand behind the operation's name."""
        return f"({', '.join(self.declared)})" if self.declared else ""

    def write(self, value: Any, type_: Any) -> str:
        """The value as a literal, or a variable, or a literal with variables in it."""
        if self._pick.random() < self._share:
            return self._variable(value, type_)
        return self._literal(value, type_)

    def boolean(self, value: bool) -> str:
        """A `Boolean!` for `@skip` and `@include`."""
        if self._pick.random() < 0.5:
            return json.dumps(value)
        name = self._name()
        match self._pick.randrange(3):
            case 0:
                self.declared.append(f"${name}: Boolean!")
                self.given[name] = value
            case 1:
                self.declared.append(f"${name}: Boolean = {json.dumps(not value)}")
                self.given[name] = value
            case _:
                self.declared.append(f"${name}: Boolean! = {json.dumps(value)}")
        return f"${name}"

    def _literal(self, value: Any, type_: Any) -> str:
        if value is None:
            return "null"
        type_ = get_nullable_type(type_)
        if isinstance(type_, GraphQLList):
            if len(value) == 1 and self._pick.random() < 0.3:
                # One value stands for a list of one.
                return self._literal(value[0], type_.of_type)
            return f"[{', '.join(self.write(each, type_.of_type) for each in value)}]"
        if isinstance(type_, GraphQLInputObjectType):
            fields = [
                f"{name}: {self.write(each, type_.fields[name].type)}"
                for name, each in value.items()
            ]
            return f"{{{', '.join(fields)}}}"
        if isinstance(type_, GraphQLEnumType):
            return str(value)
        return json.dumps(value, ensure_ascii=self._pick.random() < 0.5)

    def _variable(self, value: Any, type_: Any) -> str:
        name = self._name()
        nullable = get_nullable_type(type_)
        constant = Variables(self._pick, 0)
        if value is None:
            self.declared.append(f"${name}: {nullable}")
            if self._pick.random() < 0.7:
                self.given[name] = None
            return f"${name}"
        given = value
        if isinstance(nullable, GraphQLList) and len(value) == 1 and self._pick.random() < 0.2:
            given = value[0]
        if self._pick.random() < 0.3:
            # The default has a say only if nothing is given.
            default = constant.write(value, nullable)
            strict = self._pick.random() < 0.3
            self.declared.append(f"${name}: {nullable}{'!' if strict else ''} = {default}")
            if self._pick.random() < 0.4:
                self.given[name] = given
            return f"${name}"
        if isinstance(type_, GraphQLNonNull) or self._pick.random() < 0.3:
            self.declared.append(f"${name}: {nullable}!")
            self.given[name] = given
            return f"${name}"
        default = " = null" if self._pick.random() < 0.2 else ""
        self.declared.append(f"${name}: {nullable}{default}")
        chance = self._pick.random()
        if chance < 0.8:
            self.given[name] = given
        elif chance < 0.9:
            self.given[name] = None
        return f"${name}"

    def _name(self) -> str:
        return f"v{len(self.declared)}"
