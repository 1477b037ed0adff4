"""How the application of `deploy/flagsmith-image` runs the program: signals, exit codes, what `PROVISION_ON_ERROR` covers."""

import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import redirect_stderr
from pathlib import Path
from unittest import mock

HERE = Path(__file__).parent
APPLICATION = HERE.parent.parent / "deploy" / "flagsmith-image"
sys.path[:0] = [str(HERE), str(APPLICATION)]

from flagsmith_provision import first_user, program, start_up  # noqa: E402

# Says "up", then prints each signal that it gets, and ends a moment after the first one.
LISTENER = """#!{python}
import signal, sys, time
got = []
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda n, _frame: got.append(n))
print("up", flush=True)
while not got:
    time.sleep(0.01)
time.sleep(0.5)
print("signals", *got, flush=True)
sys.exit(7)
"""


class SignalsTest(unittest.TestCase):
    """Signals reach the program, each of them once."""

    def test_each_signal_is_sent_once_also_while_earlier_ones_are(self):
        """A second signal means "at once" to the program, so none may arrive twice."""
        signals = program.Signals()
        sent = []

        class Process:
            """Is sent another signal while it is told of the first."""

            def send_signal(self, number):
                """Notes it."""
                sent.append(number)
                if number == signal.SIGTERM:
                    signals.receive(signal.SIGINT, None)

        signals.receive(signal.SIGTERM, None)
        signals.send_to(Process())
        self.assertEqual(sent, [signal.SIGTERM, signal.SIGINT])
        self.assertEqual(signals.received, [signal.SIGTERM, signal.SIGINT])

    def test_an_interrupt_of_a_terminal_reaches_the_program_once(self):
        """A terminal sends it to the whole group, Python passes it on."""
        with tempfile.TemporaryDirectory() as directory:
            listener = Path(directory, "listener")
            listener.write_text(LISTENER.format(python=sys.executable), encoding="utf-8")
            listener.chmod(0o755)
            code = "from flagsmith_provision import program; program.run([])"
            path = os.pathsep.join((str(HERE), str(APPLICATION)))
            with subprocess.Popen(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONPATH": path, "FLAGSMITH_PROVISION_BINARY": str(listener)},
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            ) as process:
                self.assertEqual(process.stdout.readline(), "up\n")
                # So that both would be there, one after the other.
                process.send_signal(signal.SIGSTOP)
                os.killpg(process.pid, signal.SIGINT)
                time.sleep(0.2)
                process.send_signal(signal.SIGCONT)
                self.assertEqual(process.stdout.read(), f"signals {signal.SIGINT.value}\n")
                self.assertEqual(process.wait(), 7)

    def test_a_signal_that_is_ignored_stays_so(self):
        """`nohup manage.py provision` goes on when the terminal is closed."""
        previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with program.forwarded_signals() as signals:
                os.kill(os.getpid(), signal.SIGHUP)
                self.assertEqual(signals.received, [])
            self.assertEqual(signal.getsignal(signal.SIGHUP), signal.SIG_IGN)
        finally:
            signal.signal(signal.SIGHUP, previous)


class OnErrorTest(unittest.TestCase):
    """PROVISION_ON_ERROR."""

    def outcome(self, on_error, work):
        """Exit code, or None when the start goes on; and what was printed."""
        said = io.StringIO()
        with mock.patch.dict(os.environ, {"PROVISION_ON_ERROR": on_error}), redirect_stderr(said):
            try:
                start_up.unless_it_fails(work)
            except SystemExit as error:
                return error.code, said.getvalue()
        return None, said.getvalue()

    def test_an_exit_code_ends_the_process_or_is_a_warning(self):
        """`fail` is the default."""
        failed = "Provisioning failed with exit code 69"
        for on_error in ("", "fail"):
            self.assertEqual(self.outcome(on_error, lambda: 69), (69, f"error: {failed}\n"))
        self.assertEqual(
            self.outcome("warn", lambda: 69),
            (None, f"warning: {failed}; the start goes on because PROVISION_ON_ERROR is warn\n"),
        )
        self.assertEqual(self.outcome("warn", lambda: 0), (None, ""))
        self.assertEqual(self.outcome("wran", lambda: 0)[0], 64)

    def test_a_program_that_cannot_be_run_is_such_a_failure(self):
        """No program, one for another machine, no room for a temporary file."""
        with tempfile.TemporaryDirectory() as directory:
            broken = Path(directory, "broken")
            broken.write_bytes(b"\x7fELF of another machine")
            broken.chmod(0o755)
            for binary, code in ((str(broken), 126), (str(Path(directory, "missing")), 127)):
                with mock.patch.dict(os.environ, {"FLAGSMITH_PROVISION_BINARY": binary}):
                    self.assertEqual(self.outcome("fail", lambda: program.run([]).returncode)[0], code)
                    self.assertIsNone(self.outcome("warn", lambda: program.run([]).returncode)[0])
        full = mock.patch("tempfile.NamedTemporaryFile", side_effect=OSError(28, "No space left on device"))
        with full, mock.patch.dict(os.environ, {"FLAGSMITH_PROVISION_BINARY": sys.executable}):
            code, said = self.outcome("warn", lambda: program.run([]).returncode)
        self.assertIsNone(code)
        self.assertIn("No space left on device", said)

    def test_a_result_that_was_cut_off_is_such_a_failure(self):
        """The program was killed while it wrote."""
        done = subprocess.CompletedProcess([], 137, '{"actions": [')
        settings = mock.Mock(ALLOW_ADMIN_INITIATION_VIA_CLI=True)
        with mock.patch.object(program, "run", return_value=done):
            code, _ = self.outcome(
                "fail",
                lambda: first_user.create(
                    settings, io.StringIO(), mock.Mock(), email="a@example.com", organisation="O", project="P"
                ),
            )
        self.assertEqual(code, 137)


if __name__ == "__main__":
    unittest.main()
