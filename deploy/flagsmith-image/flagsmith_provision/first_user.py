"""The first user of an empty instance, with organisation and project: rows and words of Flagsmith's own `bootstrap`."""

import json

from flagsmith_provision import program


def create_from(settings, out, style):
    """As `create`, with what Flagsmith's settings say."""
    return create(
        settings,
        out,
        style,
        email=settings.ADMIN_EMAIL,
        organisation=settings.ORGANISATION_NAME,
        project=settings.PROJECT_NAME,
    )


def create(settings, out, style, *, email, organisation, project):
    """Creates what is missing on an instance without users, organisations or projects; what it says goes to `out`.

    Does nothing unless ALLOW_ADMIN_INITIATION_VIA_CLI is on. Gives the program's exit code.
    """
    if not settings.ALLOW_ADMIN_INITIATION_VIA_CLI:
        return 0
    done = program.run(
        ["apply", "--file", "-", "--format", "json"],
        text=json.dumps(document(email, organisation, project)),
        capture=True,
        own_variables=False,
    )
    # There is a result whenever there is something to hand out, also with another exit code.
    for line in lines(result_of(done.stdout)):
        out.write(style.SUCCESS(line))
    # The process goes on, and the link is wanted now.
    out.flush()
    return done.returncode


def document(email, organisation, project):
    """What is to exist, as the program reads it; names are taken as they are."""
    email, organisation, project = (text.replace("${", "$${") for text in (email, organisation, project))
    return {
        "version": "1.0",
        "defaults": {"only_if_none": True},
        "users": [{"email": email, "is_superuser": True}],
        "organisations": [{"name": organisation, "members": [{"email": email, "role": "ADMIN"}]}],
        "projects": [{"name": project, "organisation": organisation}],
    }


def result_of(text):
    """The program's result; nothing when it ended without one, or was killed while it wrote."""
    try:
        return json.loads(text)
    except ValueError:
        return {}


def lines(result):
    """What was created, in the words of Flagsmith's command."""
    links = {link["email"].lower(): link["link"] for link in result.get("reset_links", ())}
    for action in result.get("actions", ()):
        if action["action"] != "created":
            continue
        name = action["name"]
        if action["kind"] == "user":
            # Flagsmith stores the address in small letters, and prints it with those of its domain small.
            local, _, domain = name.rpartition("@")
            yield f'Superuser "{local}@{domain.lower()}" created successfully.'
            if name.lower() in links:
                yield f"Please go to the following page and choose a password: {links[name.lower()]}"
        elif action["kind"] in ("organisation", "project"):
            yield f'{action["kind"].capitalize()} "{name}" created successfully.'
