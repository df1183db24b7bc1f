"""Templates of e-mails: Jinja's, cut down to what ends quickly whatever is written in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import nodes

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
#: Most that stands in a loop, in parts of Jinja's syntax.
LOOPED = 1000
#: Most filters one after the other.
CHAINED = 4


class TemplateError(Exception):
    """The template can't be used; says why."""


def rendered(text: str, values: Mapping[str, Any], *, html: bool = False) -> str:
    """What a template says of these values; in HTML they are escaped. Raises `TemplateError`."""
    # Most processes never see a template.
    import jinja2

    from resolvers.template_environment import FEW, WEIGHED, begin, environment, known

    made = environment(html)
    begin()
    try:
        tree = made.parse(text)
        _check(tree, FEW)
        _weigh(tree, WEIGHED)
        found: list[str] = []
        size = 0
        for piece in made.from_string(tree).generate(**known(values)):
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


def _check(tree: nodes.Template, few: str) -> None:
    from jinja2 import nodes

    for each in tree.find_all(nodes.Node):
        if type(each).__name__ not in ALLOWED:
            raise TemplateError(f"Line {each.lineno}: {type(each).__name__} is not allowed here.")
        if isinstance(each, nodes.For):
            if each.recursive or any(each.find_all(nodes.For)):
                raise TemplateError(f"Line {each.lineno}: loops don't stand in loops.")
            if sum(1 for _ in each.find_all(nodes.Node)) > LOOPED:
                raise TemplateError(f"Line {each.lineno}: too much stands in the loop.")
            each.iter = nodes.Filter(each.iter, few, [], [], None, None, lineno=each.lineno)
        if isinstance(each, nodes.Filter) and _chain(each) > CHAINED:
            raise TemplateError(f"Line {each.lineno}: too many filters.")


def _weigh(tree: nodes.Template, weighed: str) -> None:
    """Have what is compared counted like what filters read."""
    from jinja2 import nodes

    def counted(value: nodes.Expr) -> nodes.Filter:
        return nodes.Filter(value, weighed, [], [], None, None, lineno=value.lineno)

    for each in list(tree.find_all(nodes.Compare)):
        each.expr = counted(each.expr)
        for operand in each.ops:
            operand.expr = counted(operand.expr)


def _chain(filter: nodes.Filter) -> int:
    """How many filters stand one after the other."""
    from jinja2 import nodes

    count, found = 0, filter.node
    while isinstance(found, nodes.Filter):
        count, found = count + 1, found.node
    return count + 1
