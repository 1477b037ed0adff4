"""`manage.py print_column_defaults`: what the models fill in, for a flagsmith-provision that runs somewhere else."""

from django.core.management.base import BaseCommand

from flagsmith_provision.column_defaults import print_column_defaults
from flagsmith_provision.program import release


class Command(BaseCommand):
    """Prints JSON on standard output."""

    help = "Prints the values that models give to columns, for flagsmith-provision --column-defaults FILE."
    requires_system_checks = []

    def handle(self, *args, **options):
        """Prints them."""
        print_column_defaults(release())
