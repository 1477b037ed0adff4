"""Flagsmith's production settings, with flagsmith-provision: DJANGO_SETTINGS_MODULE=app.settings.provisioned."""

from app.settings.production import *  # noqa: F401,F403
from app.settings.production import INSTALLED_APPS, ROOT_URLCONF

# Of two commands of one name Django takes that of the first application, so `bootstrap` is ours.
INSTALLED_APPS = ["flagsmith_provision", *INSTALLED_APPS]

# `migrate-and-serve` runs these before it starts the API. Images from before 2.253.0 run `bootstrap` whatever stands here.
FLAGSMITH_STARTUP_COMMANDS = ["provision"]

PROVISION_INNER_URLCONF = ROOT_URLCONF
ROOT_URLCONF = "flagsmith_provision.urls"
