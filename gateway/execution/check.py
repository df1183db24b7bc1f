"""Whether the declarations fit the models: checked once at start-up, so that plans needn't."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
)

from gateway.execution.embedding import demanded
from gateway.execution.selection import source_of
from models.columns import Choice
from models.vocabulary import Vocabulary
from schema.noun import NOUNS, Noun
from schema.source import (
    Aggregate,
    Asked,
    Attribute,
    Column,
    Computed,
    Contextual,
    Either,
    Embedded,
    Live,
    Lookup,
    Many,
    Node,
    Referenced,
    Related,
    Start,
    Verb,
)

#: Types that the list code knows by their fields' names.
RELAY = ("Connection", "Edge", "PageInfo")
ORDERED = ("timestamp", "text", "int", "uuid")
#: The GraphQL types in which a kind of column can be shown as it is.
SHOWN = {
    "timestamp": {"DateTime"},
    "json": {"JSON"},
    "bool": {"Boolean"},
    "int": {"Int"},
    "text": {"String", "E164", "EmailAddress", "Url"},
}
CODECS = {"id": "ID", "seconds": "Int"}


class UnfitSchemaError(Exception):
    """The graph can't be served as it is declared."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def check(schema: GraphQLSchema) -> None:
    """Check every type; raises `UnfitSchemaError` with all that is wrong."""
    problems = [*_nouns(schema)]
    parts = {
        get_named_type(field.type).name
        for type_ in _objects(schema)
        for field in type_.fields.values()
        if isinstance(source_of(field), Embedded)
    }
    for type_ in _objects(schema):
        for name, field in type_.fields.items():
            where = f"{type_.name}.{name}"
            problems += [f"{where}: {each}" for each in _field(schema, type_, field, parts)]
            problems += [
                f"{where}({argument}:): plans know no default values"
                for argument, definition in field.args.items()
                if definition.default_value is not Undefined
            ]
    for input_ in schema.type_map.values():
        if isinstance(input_, GraphQLInputObjectType):
            problems += [
                f"{input_.name}.{name}: plans know no default values"
                for name, each in input_.fields.items()
                if each.default_value is not Undefined
            ]
        if isinstance(input_, GraphQLEnumType) and not input_.name.startswith("__"):
            problems += _enum(input_)
    if problems:
        raise UnfitSchemaError(problems)


def _objects(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            if type_.name.endswith(RELAY) and type_.name not in NOUNS:
                continue
            yield type_


def _nouns(schema: GraphQLSchema) -> Iterator[str]:
    interface: Any = schema.type_map["Node"]
    for type_ in schema.get_possible_types(interface):
        if type_.name not in NOUNS:
            yield f"{type_.name} is a Node and no noun"
    prefixes: dict[str, str] = {}
    for noun in NOUNS.values():
        if noun.prefix in prefixes:
            yield f"{noun.name} has the prefix of {prefixes[noun.prefix]}"
        prefixes[noun.prefix] = noun.name
        for name, condition in noun.conditions.items():
            if not _has(noun, cast(Any, condition).column):
                yield f"{noun.name}: the filter {name} is over a column that isn't there"
        columns = [noun.default_order[0], *(each.value for each in noun.order or ())]
        for column in dict.fromkeys(columns):
            if not _has(noun, column) or noun.kind(column) not in ORDERED:
                yield f"{noun.name}: {column} can't be ordered by"
            elif noun.nullable(column) and f"{{alias}}.{column} IS NOT NULL" != noun.restrict:
                yield f"{noun.name}: {column} may be null and can't be ordered by"


def _enum(type_: GraphQLEnumType) -> Iterator[str]:
    words = type_.extensions["strawberry-definition"].wrapped_cls
    if issubclass(words, Vocabulary):
        for word in words:
            if word.name != word.value or word.name not in type_.values:
                yield f"{type_.name}.{word.name} is stored as {word.value}"


def _field(
    schema: GraphQLSchema, type_: GraphQLObjectType, field: GraphQLField, parts: set[str]
) -> Iterator[str]:
    source = source_of(field)
    if type_ is schema.query_type:
        if isinstance(source, Many):
            yield from _many(None, field, source)
        elif isinstance(source, Lookup):
            yield from _one(field, source.noun)
        elif not isinstance(source, Asked | Node | Start):
            yield f"can't be a query: {source}"
    elif type_ is schema.mutation_type:
        if not isinstance(source, Verb):
            yield f"is no verb: {source}"
    elif type_ is schema.subscription_type:
        if not isinstance(source, Live):
            yield f"can't be followed: {source}"
    elif type_.name in NOUNS:
        yield from _of_noun(schema, NOUNS[type_.name], field)
    elif type_.name in parts:
        if not isinstance(source, Column):
            yield "a part of a row has columns only"
    elif isinstance(source, Attribute):
        if hasattr(dict, source.name):
            yield f"{source.name} is a method of every dict"
    elif isinstance(source, Referenced):
        yield from _one(field, source.noun)
    elif isinstance(source, Start):
        if str(field.type) != "String!":
            yield "a cursor is a String!"
    else:
        yield f"can't be a plain object's field: {source}"


def _of_noun(schema: GraphQLSchema, noun: Noun, field: GraphQLField) -> Iterator[str]:
    match source_of(field):
        case Column() as source:
            yield from _column(noun, field, source, source.name)
            if _has(noun, source.name) and _required(field) is noun.nullable(source.name):
                yield f"the column {source.name} may{'' if _required(field) else ' not'} be null"
        case Embedded() as source:
            yield from _embedded(noun, field, source)
        case Related() as source:
            yield from _one(field, source.noun)
            if not _has(noun, source.column):
                yield f"there is no column {source.column}"
            elif source.target == "id" and _required(field) is noun.nullable(source.column):
                yield f"the column {source.column} may{'' if _required(field) else ' not'} be null"
            elif source.target != "id" and _required(field):
                yield "there may be no such row"
            if source.noun in NOUNS and not _has(NOUNS[source.noun], source.target):
                yield f"{source.noun} has no column {source.target}"
        case Either() as source:
            yield from _either(schema, noun, field, source)
        case Many() as source:
            yield from _many(noun, field, source)
        case Aggregate() as source:
            yield from _aggregate(field, source)
        case Computed(columns=columns) | Contextual(columns=columns):
            yield from (f"there is no column {each}" for each in columns if not _has(noun, each))
            if is_composite_type(get_named_type(field.type)):
                yield "a computed field is a scalar"
        case other:
            yield f"can't be a noun's field: {other}"


def _column(noun: Noun, field: GraphQLField, source: Column, name: str) -> Iterator[str]:
    if not _has(noun, name):
        yield f"there is no column {name}"
        return
    kind, shown = noun.kind(name), get_named_type(field.type)
    stored = noun.model._meta.fields_map[name]
    if isinstance(get_nullable_type(field.type), GraphQLList):
        if kind != "json" or not (shown.name == "String" or isinstance(shown, GraphQLEnumType)):
            yield "only JSON is shown as a list, of strings or words"
    elif is_composite_type(shown):
        yield "a column is a scalar"
    elif source.codec in CODECS:
        if shown.name != CODECS[source.codec]:
            yield f"{source.codec} is shown as {CODECS[source.codec]}"
    elif isinstance(shown, GraphQLEnumType) or isinstance(stored, Choice):
        words = getattr(stored, "enum_type", None)
        definition = (shown.extensions or {}).get("strawberry-definition")
        if words is None or definition is None or definition.wrapped_cls is not words:
            yield f"{name} doesn't hold words of {shown.name}"
    elif source.codec is None and shown.name not in SHOWN.get(kind, ()):
        yield f"{name} is {kind} and can't be shown as {shown.name}"


def _embedded(noun: Noun, field: GraphQLField, source: Embedded) -> Iterator[str]:
    type_ = get_named_type(field.type)
    assert isinstance(type_, GraphQLObjectType)
    names = dict(source.columns)
    for each in type_.fields.values():
        inner = source_of(each)
        if isinstance(inner, Column):
            yield from _column(noun, each, inner, names.get(inner.name, inner.name))
    if source.present is not None and not _has(noun, source.present):
        yield f"there is no column {source.present}"
    if source.present is not None and _required(field):
        yield "may be null"
    if source.present is None:
        for column in demanded(type_, source):
            if _has(noun, column) and noun.nullable(column):
                yield f"the column {column} may be null"


def _one(field: GraphQLField, noun: str) -> Iterator[str]:
    if noun not in NOUNS:
        yield f"there is no noun {noun}"
    type_: Any = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    if getattr(type_, "name", None) != noun:
        yield f"is {field.type} and no {noun}"


def _either(
    schema: GraphQLSchema, noun: Noun, field: GraphQLField, source: Either
) -> Iterator[str]:
    yield from (
        f"there is no column {each}"
        for each in (source.kind, source.column)
        if not _has(noun, each)
    )
    stored = noun.model._meta.fields_map.get(source.kind)
    words = {each.value for each in getattr(stored, "enum_type", ())}
    yield from (f"{source.kind} is never {word}" for word, _ in source.nouns if word not in words)
    if not is_abstract_type(field.type):
        yield f"is {field.type} and neither a union nor an interface that may be null"
        return
    found = {each.name for each in schema.get_possible_types(field.type)}
    if found != {name for _, name in source.nouns} or not found <= set(NOUNS):
        yield f"{field.type} is not made of the nouns that are named"


def _many(parent: Noun | None, field: GraphQLField, source: Many) -> Iterator[str]:
    if source.noun not in NOUNS:
        yield f"there is no noun {source.noun}"
    elif (source.by is None) is not (parent is None):
        yield "a list at the root has no parent, and another one has"
    elif source.by is not None and not _has(NOUNS[source.noun], source.by):
        yield f"{source.noun} has no column {source.by}"
    if str(field.type) != f"{source.noun}Connection!":
        yield f"is {field.type} and no {source.noun}Connection!"


def _aggregate(field: GraphQLField, source: Aggregate) -> Iterator[str]:
    if source.noun not in NOUNS or not _has(NOUNS[source.noun], source.by):
        yield f"there is no column {source.by} of {source.noun}"
        return
    try:
        source.expression.format(**dict.fromkeys(NOUNS[source.noun].model._meta.db_fields))
    except KeyError as error:
        yield f"{source.noun} has no column {error}"
    if _required(field) and source.empty is None:
        yield "has no value where there are no rows"


def _has(noun: Noun, column: str) -> bool:
    return column in noun.model._meta.fields_map


def _required(field: GraphQLField) -> bool:
    return isinstance(field.type, GraphQLNonNull)
