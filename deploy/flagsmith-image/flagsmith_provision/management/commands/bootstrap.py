"""`manage.py bootstrap`: the first user, as Flagsmith's own command of that name makes it.

Images from before 2.253.0 and the chart's init container call it when they start, without options; that is also where
the operator's files are applied.
"""

from django.conf import settings
from django.core.management.base import BaseCommand

from flagsmith_provision import first_user
from flagsmith_provision.start_up import start_up, unless_it_fails


class Command(BaseCommand):
    """Options and words are those of Flagsmith's command."""

    help = "Creates the first user, organisation and project when ALLOW_ADMIN_INITIATION_VIA_CLI is on."
    requires_system_checks = []

    def add_arguments(self, parser):
        """The options, with the defaults of Flagsmith's settings."""
        parser.add_argument(
            "--email", dest="admin_email", default=settings.ADMIN_EMAIL, help="e-mail address of the superuser"
        )
        parser.add_argument("--organisation-name", default=settings.ORGANISATION_NAME, help="name of the organisation")
        parser.add_argument("--project-name", default=settings.PROJECT_NAME, help="name of the project")

    def handle(self, *args, admin_email, organisation_name, project_name, **options):
        """Creates what is missing; ends the process with the program's exit code when that fails."""
        names = (admin_email, organisation_name, project_name)
        if names == (settings.ADMIN_EMAIL, settings.ORGANISATION_NAME, settings.PROJECT_NAME):
            start_up(self.stdout, self.style)
            return
        unless_it_fails(
            lambda: first_user.create(
                settings,
                self.stdout,
                self.style,
                email=admin_email,
                organisation=organisation_name,
                project=project_name,
            )
        )
