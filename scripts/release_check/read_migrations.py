"""Reads the migrations of a checkout as text, without Django, and prints the tables that they lead to as JSON.

Usage: read_migrations.py DIR. What a migration computes (RunPython, RunSQL, names that are no constants) is not followed.
"""

import ast
import hashlib
import json
import pathlib
import sys

RELATIONS = {"ForeignKey", "OneToOneField"}
OPERATION_LISTS = {"SeparateDatabaseAndState": "state_operations"}


def literal(node):
    """A constant, a dotted name as text, or None for what is computed."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Attribute) and node.attr == "AUTH_USER_MODEL":
        return "users.ffadminuser"
    if isinstance(node, ast.Call) and node.args and name_of(node).endswith("swappable_dependency"):
        return literal(node.args[0])
    return None


def name_of(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def arguments(call, names):
    """The arguments of a call by name, the positional ones named in order."""
    given = dict(zip(names, call.args))
    given.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
    return given


def shorten(name, limit=63):
    """Django's own shortening of long names of tables."""
    return name if len(name) <= limit else name[: limit - 4] + hashlib.md5(name.encode()).hexdigest()[:4]


class Schema:
    """Models by `app.model`, as far as they matter for tables."""

    def __init__(self):
        self.models = {}
        self.dropped = {}

    def field(self, app, name, call, migration):
        kind = name_of(call)
        given = arguments(call, ["to"] if kind in RELATIONS or kind == "ManyToManyField" else ["verbose_name"])
        target = literal(given.get("to")) if "to" in given else None
        if isinstance(target, str):
            target = (target if "." in target else f"{app}.{target}").lower()
        column = literal(given.get("db_column")) if "db_column" in given else None
        automatic = [word for word in ("auto_now", "auto_now_add") if literal(given.get(word)) is True]
        default = given.get("default")
        return {
            "kind": kind,
            "column": column or (f"{name}_id" if kind in RELATIONS else name),
            "explicit": column is not None,
            "key": literal(given.get("primary_key")) is True,
            "null": literal(given.get("null")) is True,
            "default": ast.unparse(default) if default is not None else (automatic[0] if automatic else None),
            "database_default": ast.unparse(given["db_default"]) if "db_default" in given else None,
            "target": None if literal(given.get("db_constraint")) is False and kind in RELATIONS else target,
            "through": "through" in given,
            "migration": migration,
        }

    def apply(self, app, operation, migration):
        kind = name_of(operation)
        if kind in OPERATION_LISTS:
            given = arguments(operation, ["database_operations", "state_operations"])
            for inner in getattr(given.get(OPERATION_LISTS[kind]), "elts", []):
                if isinstance(inner, ast.Call):
                    self.apply(app, inner, migration)
            return
        given = arguments(operation, POSITIONAL.get(kind, []))
        name = str(literal(given.get("model_name") or given.get("name")) or "").lower()
        key = f"{app}.{name}"
        model = self.models.get(key)
        if kind == "CreateModel":
            fields = {}
            for pair in getattr(given.get("fields"), "elts", []):
                if isinstance(pair, ast.Tuple) and isinstance(pair.elts[1], ast.Call):
                    fields[literal(pair.elts[0])] = self.field(app, literal(pair.elts[0]), pair.elts[1], migration)
            options = given.get("options")
            pairs = zip(options.keys, options.values) if isinstance(options, ast.Dict) else []
            words = {literal(word): literal(value) for word, value in pairs}
            if words.get("proxy") is not True and words.get("managed") is not False:
                table = words.get("db_table") or shorten(f"{app}_{name}")
                self.models[key] = {"table": table, "fields": fields, "migration": migration}
        elif model is None:
            return
        elif kind == "DeleteModel":
            self.dropped[model["table"]] = migration
            del self.models[key]
        elif kind == "RenameModel":
            new = str(literal(given.get("new_name"))).lower()
            if model["table"] == shorten(key.replace(".", "_")):
                model["table"] = shorten(f"{app}_{new}")
            self.models[f"{app}.{new}"] = self.models.pop(key)
            for other in self.models.values():
                for field in other["fields"].values():
                    if field["target"] == key:
                        field["target"] = f"{app}.{new}"
        elif kind == "AlterModelTable":
            model["table"] = literal(given.get("table")) or shorten(key.replace(".", "_"))
        elif kind in ("AddField", "AlterField"):
            field = literal(given.get("name"))
            if isinstance(given.get("field"), ast.Call):
                before = model["fields"].get(field)
                model["fields"][field] = self.field(app, field, given["field"], migration)
                if before is not None:
                    model["fields"][field]["migration"] = before["migration"]
        elif kind == "RemoveField":
            gone = model["fields"].pop(literal(given.get("name")), None)
            if gone is not None:
                self.dropped[f"{model['table']}.{gone['column']}"] = migration
        elif kind == "RenameField":
            field = model["fields"].pop(literal(given.get("old_name")), None)
            if field is not None:
                new = literal(given.get("new_name"))
                before = field["column"]
                if not field["explicit"]:
                    field["column"] = f"{new}_id" if field["kind"] in RELATIONS else new
                    self.dropped[f"{model['table']}.{before}"] = migration
                    field["migration"] = migration
                model["fields"][new] = field

    def tables(self):
        found = {}
        for key, model in self.models.items():
            columns = {}
            for name, field in model["fields"].items():
                if field["kind"] == "ManyToManyField":
                    self.link(found, key, model, name, field)
                    continue
                columns[field["column"]] = self.column(field)
            if not any(field["key"] for field in model["fields"].values()):
                columns["id"] = {**PRIMARY_KEY, "migration": model["migration"]}
            found[model["table"]] = {"migration": model["migration"], "columns": columns}
        return found

    def link(self, found, key, model, name, field):
        """The table that Django makes for a field of many to many."""
        target = self.models.get(field["target"])
        if field["through"] or target is None:
            return
        ends = [key.split(".")[1], field["target"].split(".")[1]]
        if ends[0] == ends[1]:
            ends = [f"from_{ends[0]}", f"to_{ends[1]}"]
        end = {"null": False, "default": None, "database_default": None, "migration": field["migration"]}
        columns = {"id": {**PRIMARY_KEY, "migration": field["migration"]}}
        for word, table in zip(ends, (model["table"], target["table"])):
            columns[f"{word}_id"] = {**end, "kind": "ForeignKey", "target": table}
        table = shorten(f"{model['table']}_{name}")
        found[table] = {"migration": field["migration"], "columns": columns}

    def column(self, field):
        target = self.models.get(field["target"]) if field["target"] else None
        kept = ("kind", "null", "default", "database_default", "migration")
        return {**{word: field[word] for word in kept}, "target": target and target["table"]}


PRIMARY_KEY = {"kind": "AutoField", "null": False, "default": None, "database_default": None, "target": None}
POSITIONAL = {
    "CreateModel": ["name", "fields", "options"],
    "DeleteModel": ["name"],
    "RenameModel": ["name", "new_name"],
    "AlterModelTable": ["name", "table"],
    "AddField": ["model_name", "name", "field"],
    "AlterField": ["model_name", "name", "field"],
    "RemoveField": ["model_name", "name"],
    "RenameField": ["model_name", "old_name", "new_name"],
}


def label_of(directory):
    """The label of the application whose migrations these are: as `apps.py` says, else the directory's name."""
    config = directory.parent / "apps.py"
    if config.exists():
        for node in ast.walk(ast.parse(config.read_text())):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "label":
                return literal(node.value)
    return directory.parent.name


def operations_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef) and node.name == "Migration":
            for part in node.body:
                names = [getattr(target, "id", "") for target in getattr(part, "targets", [])]
                if "operations" in names or getattr(getattr(part, "target", None), "id", "") == "operations":
                    return [one for one in getattr(part.value, "elts", []) if isinstance(one, ast.Call)]
    return []


def main(root):
    schema = Schema()
    for directory in sorted(pathlib.Path(root).rglob("migrations")):
        if "tests" in directory.parts:
            continue
        app = label_of(directory)
        for path in sorted(directory.glob("[0-9]*.py")):
            for operation in operations_of(path):
                schema.apply(app, operation, f"{app}.{path.stem}")
    print(json.dumps({"tables": schema.tables(), "dropped": schema.dropped}))


main(sys.argv[1])
