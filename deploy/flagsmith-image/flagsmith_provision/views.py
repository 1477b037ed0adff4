"""The reset that Flagsmith's end-to-end suite asks for, done by the program."""

from django.conf import settings
from e2etests.views import Teardown as FlagsmithTeardown
from rest_framework import status
from rest_framework.response import Response

from flagsmith_provision import program


class Teardown(FlagsmithTeardown):
    """Flagsmith's own view, with its header, token and variables, but for the work."""

    def post(self, request, *args, **kwargs):
        """Resets the set `e2e` in one transaction: 204, or 500 when that fails; the program's words go to the log."""
        if not settings.ENABLE_FE_E2E:
            return Response(status=status.HTTP_400_BAD_REQUEST)
        try:
            code = program.run(["reset", "--preset", "e2e", "--quiet"], capture=True, own_variables=False).returncode
        except program.ProgramNotFound as error:
            return Response({"detail": f"{error}."}, status=status.HTTP_500_INTERNAL_SERVER_ERROR)
        if code != 0:
            return Response(
                {"detail": f"The reset failed with exit code {code}; the log has more."},
                status=status.HTTP_500_INTERNAL_SERVER_ERROR,
            )
        return Response(status=status.HTTP_204_NO_CONTENT)
