"""Templates of e-mails: Jinja's, cut down to what ends quickly whatever is written in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

#: Characters that a template may become.
LARGEST = 200_000
#: What a template may consist of. Without calls and arithmetic nothing grows but by repetition,
#: and loops stand in no other.
ALLOWED = frozenset(
    {
        *("Template", "Output", "TemplateData", "If", "For", "Name", "Getattr", "Getitem"),
        *("Const", "Filter", "Keyword", "And", "Or", "Not", "Compare", "Operand", "Test"),
        *("CondExpr", "List", "Tuple"),
    }
)
FILTERS = frozenset(
    {
        *("capitalize", "d", "default", "e", "escape", "first", "int", "last", "length"),
        *("lower", "round", "striptags", "title", "trim", "upper", "urlencode"),
    }
)
TESTS = frozenset({"defined", "undefined", "none", "string", "number", "in", "true", "false"})
#: Most values that a loop goes through, and most filters one after the other.
LOOPED, CHAINED = 200, 4
#: Most digits that numbers are rounded to.
DIGITS = 15
#: The filter that holds loops to that.
FEW = "few"


class TemplateError(Exception):
    """The template can't be used; says why."""


def rendered(text: str, values: Mapping[str, Any], *, html: bool = False) -> str:
    """What a template says of these values; in HTML they are escaped. Raises `TemplateError`."""
    import jinja2

    environment = _environment(html)
    try:
        tree = environment.parse(text)
        _check(tree)
        found: list[str] = []
        size = 0
        for piece in environment.from_string(tree).generate(**values):
            size += len(piece)
            if size > LARGEST:
                raise TemplateError(f"It becomes longer than {LARGEST} characters.")
            found.append(piece)
        return "".join(found)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"Line {error.lineno}: {error.message}") from None
    except jinja2.TemplateError as error:
        raise TemplateError(str(error.message or "It can't be used.")) from None
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise TemplateError(str(error)[:200] or "It can't be used.") from None
    except (RecursionError, MemoryError, SyntaxError):
        raise TemplateError("It is nested too deeply.") from None


@cache
def _environment(html: bool) -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(
        autoescape=html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters = {name: each for name, each in made.filters.items() if name in FILTERS}
    made.tests = {name: each for name, each in made.tests.items() if name in TESTS}
    made.filters[FEW] = _few
    made.filters["round"] = _round
    made.globals = {}
    # Nothing is shown of what is null.
    made.finalize = lambda value: "" if value is None else value
    return made


def _round(value: Any, precision: int = 0, method: str = "common") -> Any:
    """Jinja's own takes ten to the power of whatever precision is asked for."""
    from jinja2.filters import do_round

    if not isinstance(precision, int) or not 0 <= precision <= DIGITS:
        raise TemplateError(f"`round` takes 0 to {DIGITS} digits.")
    return do_round(value, precision, method)  # type: ignore[arg-type]


def _few(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise TemplateError("Loops go through lists.")
    return values[:LOOPED]


def _check(tree: nodes.Template) -> None:
    from jinja2 import nodes

    for each in tree.find_all(nodes.Node):
        if type(each).__name__ not in ALLOWED:
            raise TemplateError(f"Line {each.lineno}: {type(each).__name__} is not allowed here.")
        if isinstance(each, nodes.For):
            if each.recursive or any(each.find_all(nodes.For)):
                raise TemplateError(f"Line {each.lineno}: loops don't stand in loops.")
            each.iter = nodes.Filter(each.iter, FEW, [], [], None, None, lineno=each.lineno)
        if isinstance(each, nodes.Filter) and _chain(each) > CHAINED:
            raise TemplateError(f"Line {each.lineno}: too many filters.")


def _chain(filter: nodes.Filter) -> int:
    """How many filters stand one after the other."""
    from jinja2 import nodes

    count, found = 0, filter.node
    while isinstance(found, nodes.Filter):
        count, found = count + 1, found.node
    return count + 1
