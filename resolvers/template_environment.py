"""What templates of e-mails are carried out in: Jinja's sandbox, with less in it and a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sized
from contextvars import ContextVar
from difflib import get_close_matches
from functools import cache, wraps
from typing import Any

from jinja2 import StrictUndefined, Undefined
from jinja2.filters import do_round
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from resolvers.templates import TemplateError

#: The filters there are; those of Jinja whose cost is that of reading their value.
FILTERS = frozenset(
    {
        *("capitalize", "d", "default", "e", "escape", "first", "int", "last", "length"),
        *("lower", "round", "striptags", "title", "trim", "upper", "urlencode"),
    }
)
TESTS = frozenset({"defined", "undefined", "none", "string", "number", "in", "true", "false"})
#: The filter that holds loops to `LOOPED` values.
FEW = "few"
#: The filter through which comparisons get what they compare.
WEIGHED = "weighed"
#: The filters that take a value which is not there.
FOR_MISSING = frozenset({"d", "default", FEW, WEIGHED, *TESTS})
#: Most values that a loop goes through.
LOOPED = 200
#: Most digits that numbers are rounded to.
DIGITS = 15
#: Characters and values that filters, tests and comparisons may read in one template, all together,
#: and what each of them counts for besides.
READ, STEP = 1_000_000, 20

_read: ContextVar[list[int]] = ContextVar("read")


class Unknown(StrictUndefined):
    """A name that nothing has."""

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        name, of = self._undefined_name, self._undefined_obj
        known = [each for each in of if isinstance(each, str)] if isinstance(of, Mapping) else ()
        close = get_close_matches(str(name), known, n=1)
        return f"There is no `{name}`." + (f" Did you mean `{close[0]}`?" if close else "")


class Missing(Undefined):
    """A value that somebody else has: it is false, and takes a default, and can't be shown."""

    __str__ = Undefined._fail_with_undefined_error


def known(values: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The values of a template, those that are null as `Missing`."""
    return {name: _known(value, f"{path}{name}") for name, value in values.items()}


def _known(value: Any, path: str) -> Any:
    if value is None:
        hint = f"`{path}` has no value here. Give it one with the filter `default`."
        return Missing(hint, name=path)
    return known(value, f"{path}.") if isinstance(value, Mapping) else value


@cache
def environment(html: bool) -> ImmutableSandboxedEnvironment:
    """Jinja's sandbox, cut down; with HTML, values are escaped."""
    made = Sandbox(autoescape=html, undefined=Unknown, trim_blocks=True, lstrip_blocks=True)
    filters = {**made.filters, "round": _round, FEW: _few, WEIGHED: lambda value: value}
    made.filters = {name: _counted(name, filters[name]) for name in (*FILTERS, FEW, WEIGHED)}
    tests: dict[str, Any] = dict(made.tests)
    tests["none"] = lambda value: value is None or isinstance(value, Missing)
    made.tests = {name: _counted(name, tests[name]) for name in TESTS}
    made.globals = {}
    # Nothing is shown of what is null in a list.
    made.finalize = lambda value: "" if value is None else value
    return made


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which a dot leads to what a value holds, and to no method."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What the value holds under this name."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, LoopContext | Undefined):
            return super().getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)


def begin() -> None:
    """Begin to count what the filters and conditions of a template read."""
    _read.set([0])


def _counted(name: str, filter: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(filter)
    def counted(*args: Any, **named: Any) -> Any:
        if name not in FOR_MISSING:
            for each in args:
                if isinstance(each, Missing):
                    str(each)
        # The template's length and that of its values are bounded, but not how often one is read.
        total = _read.get()
        total[0] += STEP + sum(
            len(each)
            for each in args
            if isinstance(each, Sized) and not isinstance(each, Undefined)
        )
        if total[0] > READ:
            raise TemplateError("Its filters and conditions read too much.")
        return filter(*args, **named)

    return counted


def _round(value: Any, precision: int = 0, method: str = "common") -> Any:
    """Jinja's own takes ten to the power of whatever precision is asked for."""
    if not isinstance(precision, int) or not 0 <= precision <= DIGITS:
        raise TemplateError(f"`round` takes 0 to {DIGITS} digits.")
    return do_round(value, precision, method)  # type: ignore[arg-type]


def _few(values: Any) -> list[Any]:
    if isinstance(values, Missing):
        return []
    if not isinstance(values, list):
        raise TemplateError("Loops go through lists.")
    return values[:LOOPED]
