"""`manage.py provision [command] [options]`: the program, with database, secret key and the like from Django."""

import sys

from django.core.management.base import BaseCommand, CommandError

from flagsmith_provision import program
from flagsmith_provision.start_up import start_up, unless_it_fails

# Options of every Django command that the program does not have; Django itself has read those with a value already.
VALUES_OF_DJANGO = ("--settings", "--pythonpath")
SWITCHES_OF_DJANGO = ("--traceback", "--skip-checks", "--force-color")


class Command(BaseCommand):
    """Arguments are the program's, so Django's parser does not see them."""

    help = "Makes this instance match YAML files: all commands and options of flagsmith-provision."
    requires_system_checks = []

    def run_from_argv(self, argv):
        """Runs the program and ends the process with its exit code, or returns for the start to go on."""
        arguments = without_django(argv[2:])
        if argv[1:] == sys.argv[1:]:
            sys.exit(self.run_program(arguments))
        # Another command runs this one before it starts the API.
        elif arguments:
            unless_it_fails(lambda: program.run(arguments).returncode)
        else:
            start_up(self.stdout, self.style)

    def print_help(self, prog_name, subcommand):
        """`manage.py help provision`."""
        self.run_program(["--help"])

    def add_arguments(self, parser):
        """For `call_command("provision", "apply", "--preset", "demo")`."""
        parser.add_argument("arguments", nargs="*")
        parser.parse_args = lambda args=None, namespace=None: type(parser).parse_args(parser, ["--", *args], namespace)

    def handle(self, *args, arguments, **options):
        """Runs the program; an exit code other than 0 is an error."""
        code = self.run_program(arguments)
        if code != 0:
            raise CommandError(f"flagsmith-provision exited with code {code}", returncode=code)

    def run_program(self, arguments):
        """Gives the program's exit code."""
        try:
            return program.run(arguments).returncode
        except program.ProgramNotFound as error:
            self.stderr.write(f"error: {error}")
            return 127


def without_django(arguments):
    """The arguments without Django's own."""
    kept = []
    rest = iter(arguments)
    for argument in rest:
        if argument in VALUES_OF_DJANGO:
            next(rest, None)
        elif argument not in SWITCHES_OF_DJANGO and not argument.startswith(
            tuple(f"{name}=" for name in VALUES_OF_DJANGO)
        ):
            kept.append(argument)
    return kept
