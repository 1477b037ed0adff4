"""An application without models."""

from types import SimpleNamespace

apps = SimpleNamespace(get_models=lambda **_options: ())
