"""What happens when a container starts: the operator's files are applied, and the first user is made where that is asked."""

import os
import sys

from django.conf import settings

from flagsmith_provision import first_user, program

# Any of them names what is to be applied.
INPUT_VARIABLES = (
    "PROVISIONING_DIRECTORY",
    "FLAGSMITH_PROVISION_DIRECTORY",
    "FLAGSMITH_PROVISION_FILE",
    "FLAGSMITH_PROVISION_PRESET",
)

WRONG_USAGE = 64


def start_up(out, style):
    """Applies the files that the environment names, then does what Flagsmith's own start does; what it says goes to `out`.

    Returns when the API may start; ends the process when it may not.
    """
    if any(os.environ.get(name) for name in INPUT_VARIABLES):
        unless_it_fails(lambda: program.run(["apply"]).returncode)
    unless_it_fails(lambda: first_user.create_from(settings, out, style))


def unless_it_fails(work):
    """Does work that gives an exit code. One other than 0 ends the process, unless PROVISION_ON_ERROR is `warn`."""
    on_error = os.environ.get("PROVISION_ON_ERROR") or "fail"
    if on_error not in ("fail", "warn"):
        print("error: PROVISION_ON_ERROR takes fail or warn", file=sys.stderr)
        sys.exit(WRONG_USAGE)
    try:
        code = work()
        problem = f"Provisioning failed with exit code {code}"
    except program.ProgramNotFound as error:
        code = 127
        problem = str(error)
    except OSError as error:
        # A program for another machine, or no room for a temporary file.
        code = 126
        problem = f"The program cannot be run: {error}"
    if code == 0:
        return
    if on_error == "fail":
        print(f"error: {problem}", file=sys.stderr)
        sys.exit(code)
    print(f"warning: {problem}; the start goes on because PROVISION_ON_ERROR is warn", file=sys.stderr)
