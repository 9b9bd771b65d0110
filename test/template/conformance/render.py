"""Renders templates with Jinja2 as dbt sets it up: JSON list of templates in, JSON list of texts (null for an error) out."""
import json
import sys

import jinja2


class Lenient(jinja2.Undefined):
    """The missing else of an inline if prints as nothing."""


class Strict(jinja2.StrictUndefined):
    def __new__(cls, hint=None, *args, **kwargs):
        if hint is not None and "inline if" in hint:
            value = object.__new__(Lenient)
            value.__init__(hint, *args, **kwargs)
            return value
        return object.__new__(cls)


def environment():
    # Without the optimizer: it fails on constant expressions in branches that are never taken.
    env = jinja2.Environment(optimized=False, undefined=Strict, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    env.globals.update(
        set=lambda value=(): set(value),
        zip=zip,
        tojson=lambda value, default=None, sort_keys=False: json.dumps(value, sort_keys=sort_keys),
        fromjson=lambda string, default=None: json.loads(string),
        log=lambda *args, **kwargs: "",
        execute=True,
    )
    return env


def render(env, template):
    try:
        return env.from_string(template).render()
    except (Exception, RecursionError):
        return None


if __name__ == "__main__":
    env = environment()
    json.dump([render(env, template) for template in json.load(sys.stdin)], sys.stdout)
