# Generated from deploy/flagsmith-image/flagsmith_provision/column_defaults.py by `deno task docs`.
#
# Prints the values that the models of an installed Flagsmith give to columns. Run it beside manage.py:
#
#     python manage.py shell -v 0 < print_column_defaults.py > columns.json
#     flagsmith-provision --column-defaults columns.json ...
"""The values that Flagsmith's own models give to columns, for `flagsmith-provision --column-defaults FILE`.

Runs inside of the application, with Django set up. Django fills the columns of a new row itself and leaves no default in
the database, so only the models know what a column that flagsmith-provision has never seen must hold.
"""

import datetime
import decimal
import json
import uuid

# PostgreSQL cuts longer names, and Django cuts names of tables only when it is configured for PostgreSQL.
NAME_LIMIT = 63


def column_defaults(release=None):
    """The document: `{"release": ..., "columns": {"table.column": value or {"call": name}}}`, sorted by column.

    A column without an answer is left out: one whose model has no default, and a required one whose default is None.
    """
    from django.apps import apps
    from django.db.backends.utils import truncate_name

    columns = {}
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.proxy or options.swapped or not options.managed:
            continue
        table = truncate_name(options.db_table, NAME_LIMIT).strip('"')
        for field in options.local_concrete_fields:
            answered, value = default_of(field)
            if answered:
                columns[f"{table}.{field.column[:NAME_LIMIT]}"] = value
    return {"release": release, "columns": dict(sorted(columns.items()))}


def default_of(field):
    """Whether the model answers for a field, and with what: a JSON value, or `{"call": name}` for a function."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return True, {"call": "now"}
    # Not `get_default()`: it invents "" for any text without a default.
    if not field.has_default():
        return False, None
    value = field.default
    if value in (dict, list):
        value = value()
    if callable(value):
        # A partial function or an object has no name, and nobody could tell what it makes.
        name = getattr(value, "__name__", None)
        return name is not None, {"call": name}
    if value is None:
        return field.null, None
    return as_json(value)


def as_json(value):
    """Whether a constant can be written as JSON, and how: numbers, times and uuids without a JSON form become text."""
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return True, str(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return True, value.isoformat()
    try:
        return True, json.loads(json.dumps(value))
    except (TypeError, ValueError):
        return False, None


def print_column_defaults(release=None):
    """Prints the document on standard output."""
    print(json.dumps(column_defaults(release), indent=1))


print_column_defaults()
