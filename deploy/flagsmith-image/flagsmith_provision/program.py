"""Runs the program flagsmith-provision with what Django knows: database, secret key, domain, defaults of the models.

Everything goes to it in variables and one temporary file, nothing on its command line, which other processes can read.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from urllib.parse import quote, urlencode

from django.conf import settings

from flagsmith_provision.column_defaults import column_defaults

# What of a database's OPTIONS is Django's own; everything else is libpq's, and the program refuses what it cannot honour.
OPTIONS_OF_DJANGO = ("assume_role", "cursor_factory", "isolation_level", "pool", "server_side_binding")

# The program's own variables that a run whose input and output are ours still takes from the operator.
CONNECTION_VARIABLES = (
    "FLAGSMITH_PROVISION_DATABASE_URL",
    "FLAGSMITH_PROVISION_LOCK_TIMEOUT",
    "FLAGSMITH_PROVISION_CONNECT_TIMEOUT",
    "FLAGSMITH_PROVISION_WAIT",
    "FLAGSMITH_PROVISION_WAIT_FOR",
    "FLAGSMITH_PROVISION_COLUMN_DEFAULT",
    "FLAGSMITH_PROVISION_COLUMN_DEFAULTS",
)

FORWARDED_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class ProgramNotFound(Exception):
    """There is no such program on this machine."""


def run(arguments, *, text=None, capture=False, own_variables=True):
    """Runs the program to its end and passes signals on to it; gives a `subprocess.CompletedProcess`.

    Its streams are those of this process, but `text` becomes its standard input, and with `capture` its standard output
    is in the result. Without `own_variables` it does not see the operator's FLAGSMITH_PROVISION_* variables, except for
    those about the connection. A signal that was passed on ends this process, too, as soon as the program has ended, with its
    exit code. Raises `ProgramNotFound`.
    """
    name = os.environ.get("FLAGSMITH_PROVISION_BINARY") or "flagsmith-provision"
    path = shutil.which(name)
    if path is None:
        raise ProgramNotFound(f'There is no program "{name}"')
    sys.stdout.flush()
    sys.stderr.flush()
    with forwarded_signals() as signals, column_defaults_file() as defaults:
        process = subprocess.Popen(
            [path, *arguments],
            env=environment(defaults, own_variables=own_variables),
            stdin=None if text is None else subprocess.PIPE,
            stdout=subprocess.PIPE if capture else None,
            text=True,
            encoding="utf-8",
            # A terminal sends Ctrl-C to the whole group, and the program takes a second signal for "at once".
            start_new_session=True,
        )
        signals.send_to(process)
        out, _ = process.communicate(text)
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    if signals.received:
        # At once, since the end of an interpreter with all of Flagsmith in it takes seconds.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 128 + signals.received[0])
    return subprocess.CompletedProcess(arguments, code, out)


class Signals:
    """Signals that came, and where they go."""

    def __init__(self):
        self.received = []
        self.unsent = []
        self.process = None

    def receive(self, number, _frame):
        """Takes a signal of this process."""
        self.received.append(number)
        self.unsent.append(number)
        self.send()

    def send_to(self, process):
        """From now on signals go to this process, and those that came before it started, too."""
        self.process = process
        self.send()

    def send(self):
        """Sends each signal once; a handler may interrupt this at any place, and then sends what is left itself."""
        while self.process is not None and self.unsent:
            try:
                number = self.unsent.pop(0)
            except IndexError:
                return
            self.process.send_signal(number)


@contextlib.contextmanager
def forwarded_signals():
    """Collects the signals of this process that are not ignored, as `nohup` has it.

    Only the main thread may have handlers, so any other one collects none.
    """
    signals = Signals()
    previous = {}
    if threading.current_thread() is threading.main_thread():
        heard = (number for number in FORWARDED_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN)
        previous = {number: signal.signal(number, signals.receive) for number in heard}
    try:
        yield signals
    finally:
        for number, handler in previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


@contextlib.contextmanager
def column_defaults_file():
    """A file with the defaults of the models, for as long as the program runs. It holds no secret."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="flagsmith-provision-", suffix=".json") as file:
        json.dump(column_defaults(release()), file)
        file.flush()
        yield file.name


def environment(defaults, *, own_variables=True):
    """The program's environment: that of this process, and what Django's settings say."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if own_variables or not name.startswith("FLAGSMITH_PROVISION_") or name in CONNECTION_VARIABLES
    }
    # The operator's own FLAGSMITH_PROVISION_DATABASE_URL and --database-url win over this one.
    url = database_url(settings.DATABASES.get("default") or {})
    if url is not None:
        variables["DATABASE_URL"] = url
    if secret_key_is_chosen():
        variables["DJANGO_SECRET_KEY"] = settings.SECRET_KEY
    if getattr(settings, "DOMAIN_OVERRIDE", None):
        variables["FLAGSMITH_DOMAIN"] = settings.DOMAIN_OVERRIDE
    if not variables.get("FLAGSMITH_PROVISION_COLUMN_DEFAULTS"):
        variables["FLAGSMITH_PROVISION_COLUMN_DEFAULTS"] = defaults
    return variables


def database_url(database):
    """One of Django's DATABASES as libpq writes it; None where none is named, as in an image build."""
    options = {
        name: value
        for name, value in (database.get("OPTIONS") or {}).items()
        if name not in OPTIONS_OF_DJANGO and value is not None
    }
    role = (database.get("OPTIONS") or {}).get("assume_role")
    if role:
        escaped = re.sub(r"([\\\s])", r"\\\1", role)
        options["options"] = f"{options.get('options', '')} -c role={escaped}".strip()
    if not database.get("NAME") and "service" not in options:
        return None

    def part(name):
        return quote(str(database.get(name) or ""), safe="")

    user = part("USER") + (f":{part('PASSWORD')}" if database.get("PASSWORD") else "")
    query = urlencode(options, quote_via=quote)
    return "".join(
        (
            "postgresql://",
            f"{user}@" if user else "",
            addresses(str(database.get("HOST") or ""), str(database.get("PORT") or "")),
            f"/{part('NAME')}",
            f"?{query}" if query else "",
        )
    )


def addresses(hosts, ports):
    """Hosts with their ports as they stand in a URL: several are parted by commas, one port holds for all of them."""
    host_list = hosts.split(",")
    port_list = ports.split(",")
    if len(port_list) == 1:
        port_list = port_list * len(host_list)
    return ",".join(
        (f"[{host}]" if ":" in host and not host.startswith("/") else quote(host, safe=""))
        + (f":{port}" if port else "")
        for host, port in zip(host_list, port_list)
    )


def secret_key_is_chosen():
    """Whether the secret key is the one of the next process, too.

    Flagsmith makes a random one when nobody chose any; a link that was made with it would be refused by the API.
    """
    if os.environ.get("DJANGO_SECRET_KEY"):
        return True
    common = sys.modules.get("app.settings.common")
    return common is not None and settings.SECRET_KEY != getattr(common, "SECRET_KEY", None)


def release():
    """The installed release of Flagsmith, from the manifest in its folder; None where there is none."""
    for path in (".versions.json", os.path.join("..", ".release-please-manifest.json")):
        try:
            with open(os.path.join(settings.BASE_DIR, path), encoding="utf-8") as file:
                return json.load(file)["."]
        except (OSError, ValueError, KeyError):
            pass
    return None
