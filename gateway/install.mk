# Where the two daemons' files go; their Makefiles include this. DESTDIR is for whoever packs.

prefix      ?= /usr/local
bindir      ?= $(prefix)/bin
datadir     ?= $(prefix)/share
sysconfdir  ?= /etc
unitdir     ?= $(prefix)/lib/systemd/system
sysusersdir ?= $(prefix)/lib/sysusers.d

# The files say /usr/local and /etc; they are installed saying where this installation is.
PLACES = -e 's,/usr/local/bin/,$(bindir)/,g' -e 's,/usr/local/share/,$(datadir)/,g' -e 's,/etc/quotakit/,$(sysconfdir)/quotakit/,g'

# $(call install_program,FILE,TARGET), install_text likewise, and install_config,MODE,FILE,TARGET: a configuration
# that is there stays.
install_program = install -D -m 755 $(1) "$(DESTDIR)$(2)"
install_text    = install -D -m 644 $(1) "$(DESTDIR)$(2)" && sed -i $(PLACES) "$(DESTDIR)$(2)"
install_config  = test -e "$(DESTDIR)$(3)" || { install -D -m $(1) $(2) "$(DESTDIR)$(3)" && sed -i $(PLACES) "$(DESTDIR)$(3)"; }
