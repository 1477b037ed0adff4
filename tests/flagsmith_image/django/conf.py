"""Settings of an instance without a database."""

from types import SimpleNamespace

settings = SimpleNamespace(DATABASES={}, SECRET_KEY="of this process", BASE_DIR="/nonexistent")
