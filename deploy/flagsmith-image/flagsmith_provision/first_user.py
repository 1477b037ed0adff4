"""The first user of an empty instance, with organisation and project: rows and words of Flagsmith's own `bootstrap`."""

import json

from flagsmith_provision import program


def create_from(settings, write, style):
    """As `create`, with what Flagsmith's settings say."""
    return create(
        settings,
        write,
        style,
        email=settings.ADMIN_EMAIL,
        organisation=settings.ORGANISATION_NAME,
        project=settings.PROJECT_NAME,
    )


def create(settings, write, style, *, email, organisation, project):
    """Creates what is missing on an instance without users, organisations or projects; `write` prints a line.

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
    # A result is printed whenever there is something to hand out, even with another exit code.
    for line in lines(json.loads(done.stdout)) if done.stdout.strip() else ():
        write(style.SUCCESS(line))
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


def lines(result):
    """What was created, in the words of Flagsmith's command."""
    links = {link["email"].lower(): link for link in result.get("reset_links", ())}
    for action in result.get("actions", ()):
        if action["action"] != "created":
            continue
        name = action["name"]
        if action["kind"] == "user":
            link = links.get(name.lower())
            yield f'Superuser "{name if link is None else link["email"]}" created successfully.'
            if link is not None:
                yield f"Please go to the following page and choose a password: {link['link']}"
        elif action["kind"] in ("organisation", "project"):
            yield f'{action["kind"].capitalize()} "{name}" created successfully.'
