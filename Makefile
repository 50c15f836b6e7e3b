# QuotaKit. The front door:
#
#   make demo    installs what is missing, builds, starts a private cluster with a sample account
#   make check   installs what is missing, builds, runs every test
#   make check-assert   runs the hardest of them on a server built with assertions
#   make lint    checks the form of all sources
#   make stop    ends the demo's cluster
#   make gateway builds the HTTP gateway, gateway/build/quotakit-gateway
#   make courier builds the courier, gateway/build/quotakit-courier
#   make race    the strict cap under 16 connections, with the locks and without
#   make deb     the Debian packages, into build/deb
#   make dist    the release for PGXN and the Python package, into build/dist
#   make check-packages    installs the packages on a bare Debian and follows doc/install.md there (root)
#
# For a PostgreSQL hacker the usual PGXS targets work too: make, make install, make installcheck.

EXTENSION    = quotakit
EXTVERSION  := $(shell sed -n 's/^   "version": *"\([^"]*\)".*/\1/p' META.json)
MODULE_big   = quotakit
OBJS         = $(patsubst %.c,%.o,$(sort $(wildcard extension/src/*.c extension/src/*/*.c)))
# Passwords are hashed by the system's libcrypt; libc6-dev brings its header.
SHLIB_LINK   = -lcrypt
C_HEADERS  = $(wildcard extension/src/*.h extension/src/*/*.h)
PIECES       = $(sort $(wildcard extension/install/*/*.sql))
INSTALL_SQL  = extension/quotakit--$(EXTVERSION).sql
# extension/update/OLD--NEW.sql is what an author writes of the step between two versions. Scripts of old
# versions are kept there; they are installed too, as a dump can only be restored into its own version.
DATA         = $(wildcard extension/update/quotakit--*.sql)
UPDATE_SQL   = $(patsubst extension/update/%,extension/quotakit--%,$(wildcard extension/update/[0-9]*--*.sql))
DATA_built   = $(INSTALL_SQL) $(UPDATE_SQL)
EXTRA_CLEAN  = extension/src/*.gcda extension/src/*.gcno extension/src/*/*.gcda extension/src/*/*.gcno

REGRESS      = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))
REGRESS_OPTS = --inputdir=.
ISOLATION    = $(sort $(patsubst specs/%.spec,%,$(wildcard specs/*.spec)))
ISOLATION_OPTS = --inputdir=. --load-extension=quotakit

# META.json is the one source of the version.
ifeq ($(shell grep -c "^default_version = '$(EXTVERSION)'$$" quotakit.control),0)
$(error the version in quotakit.control is not the one in META.json ($(EXTVERSION)))
endif

# The scripts install what they need themselves, PostgreSQL included, so they
# must be reachable before there is a pg_config. (PGXS has a target of its own
# named check, which only says that it does not work.)
FRONT_DOOR = demo check check-assert check-long check-packages lint stop race bench deb dist
BESIDE     = gateway courier install-gateway install-courier install-dashboard
ifneq ($(filter $(FRONT_DOOR),$(MAKECMDGOALS)),)
.PHONY: $(FRONT_DOOR)
$(FRONT_DOOR):
	@scripts/$@

# What goes with the extension is built without PGXS, whose CFLAGS are the server's.
else ifneq ($(filter-out $(BESIDE),$(or $(MAKECMDGOALS),all)),)
PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
PG_CFLAGS   = -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-declaration-after-statement
# System headers: their warnings are not ours to mend.
PG_CPPFLAGS = -Iextension/src -isystem $(shell $(PG_CONFIG) --includedir-server) $(QUOTAKIT_CPPFLAGS)
include $(PGXS)

$(OBJS): $(C_HEADERS)
$(INSTALL_SQL): $(PIECES)
	{ printf '%s\n' '\echo Use "CREATE EXTENSION quotakit" to load this file. \quit'; cat $^; } > $@

# The rest of a step is what is in the new version's script and not in the old one's.
script_of = $(if $(filter $(EXTVERSION),$(1)),$(INSTALL_SQL),extension/update/quotakit--$(1).sql)
.SECONDEXPANSION:
$(UPDATE_SQL): extension/quotakit--%.sql: extension/update/update.awk extension/update/%.sql \
		$$(call script_of,$$(word 1,$$(subst --, ,$$*))) $$(call script_of,$$(word 2,$$(subst --, ,$$*)))
	awk -f $^ > $@ || { rm -f $@; exit 1; }
endif
endif

# Needs libpq-dev, libjansson-dev and libssl-dev; scripts/setup installs them. The
# courier needs libcurl4-openssl-dev, the dashboard npm. prefix and DESTDIR are as usual.
.PHONY: $(BESIDE)
gateway:
	@$(MAKE) -C gateway server PG_CONFIG=$(or $(PG_CONFIG),pg_config)

courier:
	@$(MAKE) -C gateway courier PG_CONFIG=$(or $(PG_CONFIG),pg_config)

install-gateway:
	@$(MAKE) -C gateway install-server PG_CONFIG=$(or $(PG_CONFIG),pg_config)

install-courier:
	@$(MAKE) -C gateway install-courier PG_CONFIG=$(or $(PG_CONFIG),pg_config)

install-dashboard:
	@$(MAKE) -C dashboard install
