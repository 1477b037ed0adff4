"""Flagsmith's addresses, with the end-to-end reset in front of them."""

from importlib import import_module

from django.conf import settings
from django.urls import include, path, re_path

urlpatterns = [path("", include(settings.PROVISION_INNER_URLCONF))]

if not getattr(settings, "TASK_PROCESSOR_MODE", False):
    from flagsmith_provision.views import Teardown

    urlpatterns.insert(0, re_path(r"^api/v1/e2etests/teardown/", Teardown.as_view()))

# Django looks for handlers of errors in the outermost module only.
for _name, _handler in vars(import_module(settings.PROVISION_INNER_URLCONF)).items():
    if _name in ("handler400", "handler403", "handler404", "handler500"):
        globals()[_name] = _handler
