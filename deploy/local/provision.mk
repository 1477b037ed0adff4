# Local reset of Flagsmith's API: paste this into api/Makefile of a checkout, or include it at the end of that file.
#
#     make reset                                          the development set
#     make reset PROVISION_INPUT='--directory ../mine'    files of your own
#
# Everything in the database is lost. The last lines that it prints are the log-in. The connection is the DATABASE_URL of
# that Makefile's .env-local, unless PROVISION says otherwise.

PROVISION ?= flagsmith-provision
PROVISION_INPUT ?= --preset dev
RESET_ROWS = ENABLE_LOCAL_DATABASE_RESET=true $(PROVISION) reset --flush --yes $(PROVISION_INPUT)

# `django-migrate` starts the database, waits for it and migrates it.
.PHONY: reset
reset: django-migrate
	$(RESET_ROWS)

# The same on a database that is up and migrated.
.PHONY: reset-rows
reset-rows:
	$(RESET_ROWS)
