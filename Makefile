# JMB, Jitsi Meet Booking. `make demo` shows it, `make check` proves it; the other targets are for developers.
#   all check lint format asan fuzz bench demo pictures install clean    (and unit, valgrind: the unit tests alone; memcheck: jmbd in the dialogues)

CC      ?= gcc
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0

# The libraries, each used in one room of the house only (make lint enforces it).
PACKAGES := libstrophe libmicrohttpd sqlite3 jansson inih libidn2 libqrencode libcrypto libssl nettle
# Judges of what we write ourselves (tokens, calendars), in tests only.
JUDGES   := libjwt libical cmocka
# Asked for once, and only when something is compiled: `make demo` runs on a machine that does not have them yet.
pkg_cflags = $(eval pkg_cflags := $(shell pkg-config --cflags $(PACKAGES)))$(pkg_cflags)
pkg_libs   = $(eval pkg_libs := $(shell pkg-config --libs $(PACKAGES)) -lesmtp -lm -pthread)$(pkg_libs)
test_libs  = $(eval test_libs := $(shell pkg-config --libs $(JUDGES)))$(test_libs)

SANITIZE ?=
HARDEN   := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
ifneq ($(SANITIZE),)
# gcc's sanitizers look at formats as if they could be NULL, and warn of themselves.
HARDEN   := -O1 -fno-omit-frame-pointer -Wno-unknown-warning-option -Wno-format-truncation -fPIE -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
endif
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wformat=2 -Wvla
BASE     := -std=c17 -D_GNU_SOURCE -DJMB_VERSION='"$(VERSION)"' -g -I. $(HARDEN) $(WARN)
LDHARD   := -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(if $(SANITIZE),-fsanitize=$(SANITIZE))

proto_src     := $(wildcard proto/*.c)
sql_src       := $(wildcard sql/*.c)
http_src      := $(wildcard http/*.c)
component_src := $(filter-out component/main.c component/jmbctl.c,$(wildcard component/*.c))
rooms_src     := $(proto_src) $(sql_src) $(http_src) $(component_src)

# Files that travel inside the program: pages, styles, mail templates, the schema, the catalogues.
script_files    := http/script/frame.js $(filter-out http/script/frame.js,$(sort $(wildcard http/script/*.js)))
http_files      := $(wildcard http/pages/*.html) $(filter-out %.css,$(wildcard http/static/*)) $(BUILD)/static/jmb.css $(BUILD)/static/jmb.js
letters_files   := $(wildcard component/letters/*)
sql_files       := $(wildcard sql/*.sql)
catalogue_files := $(patsubst proto/po/%.po,$(BUILD)/%.mo,$(wildcard proto/po/*.po))
embedded        := http letters sql catalogue

objects  := $(rooms_src:%.c=$(BUILD)/%.o) $(embedded:%=$(BUILD)/%_files.o)
library  := $(BUILD)/libjmb.a
test_src := $(wildcard tests/proto/test_*.c tests/sql/test_*.c tests/http/test_*.c tests/component/test_*.c)
tests    := $(test_src:%.c=$(BUILD)/%)

# V=1 shows the commands.
quiet = $(if $(V),,@printf '%-7s %s\n' $(1) $@;)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all check lint format asan fuzz fuzz-run bench demo install clean unit unit-tests valgrind memcheck

all: $(BUILD)/jmbd $(BUILD)/jmbctl

$(BUILD)/jmbd: $(BUILD)/component/main.o $(library)
	$(call quiet,LINK)$(CC) $(LDHARD) -o $@ $^ $(pkg_libs)

$(BUILD)/jmbctl: $(BUILD)/component/jmbctl.o $(library)
	$(call quiet,LINK)$(CC) $(LDHARD) -o $@ $^ $(pkg_libs)

$(library): $(objects)
	$(call quiet,AR)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(BASE) $(pkg_cflags) $(CFLAGS) -MMD -MP -c -o $@ $<

# An array of struct embedded (proto/embed.h) from the bytes of files; the assembler reads them.
define embed_rule
$(BUILD)/$(1)_files.c: $($(1)_files) Makefile
	@mkdir -p $$(@D)
	@{ echo '#include "proto/embed.h"'; n=0; \
	for f in $($(1)_files); do echo "EMBED_BYTES($(1)_$$$$n, \"$$$$f\")"; n=$$$$((n + 1)); done; \
	echo 'const struct embedded $(1)_files[] = {'; n=0; \
	for f in $($(1)_files); do echo "    {\"$$$$(basename $$$$f)\", $(1)_$$$$n, $(1)_$$$${n}_end},"; n=$$$$((n + 1)); done; \
	echo '    {NULL, NULL, NULL}};'; } > $$@

$(BUILD)/$(1)_files.o: $(BUILD)/$(1)_files.c $($(1)_files)
	$$(call quiet,CC)$$(CC) $$(BASE) $$(CFLAGS) -MMD -MP -c -o $$@ $$<
endef
$(foreach group,$(embedded),$(eval $(call embed_rule,$(group))))

# The one script of the pages: its features, joined. Comments, indents and the air around operators stay at home (no string
# of theirs has any: it would lose it).
$(BUILD)/static/jmb.js: $(script_files) Makefile
	@mkdir -p $(@D)
	$(call quiet,JOIN){ echo '"use strict";'; echo '(() => {'; sed -E '/^ *\/\//d; s/^ *//; s|([;{,]) // .*$$|\1|; s/ (=>|===|!==|&&|\|\||=) /\1/g; /^$$/d' $(script_files); echo '})();'; } > $@

# The one style sheet, without what only its authors read: every first visit pays for it.
$(BUILD)/static/jmb.css: http/static/jmb.css Makefile
	@mkdir -p $(@D)
	$(call quiet,SQUEEZE)sed -E 's|/\*[^*]*\*/||g; s/^ +//; s/([:;,]) /\1/g; s/ \{ ?/{/g; s/;? \}/}/g; s/ > />/g; s/([0-9]) \* /\1*/g; /^$$/d' $< | tr -d '\n' > $@

$(BUILD)/%.mo: proto/po/%.po
	@mkdir -p $(@D)
	$(call quiet,MSGFMT)msgfmt --check -o $@ $<

# One program a test file, each with everything below it.
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(library)
	$(call quiet,LINK)$(CC) $(LDHARD) -o $@ $^ $(pkg_libs) $(test_libs)

# Each fuzz target twice: with a main that replays its corpus (any compiler, part of check), and with clang's fuzzer.
fuzz_src := $(wildcard tests/fuzz/fuzz_*.c)
replays  := $(fuzz_src:tests/fuzz/fuzz_%.c=$(BUILD)/replay/%)

$(BUILD)/replay/%.bin: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(library)
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(LDHARD) -o $@ $^ $(pkg_libs)

$(BUILD)/replay/%: $(BUILD)/replay/%.bin
	@printf '#!/bin/sh\nexec %s tests/fuzz/corpus/%s\n' $< $* > $@ && chmod +x $@

scripts := $(sort $(wildcard tests/*/test_*.py tests/*/test_*.lua))
K       ?=

unit-tests: $(tests) $(replays)

# K=TEXT runs only what has TEXT in its path.
check: all unit-tests node_modules
	@BUILD=$(BUILD) CC="$(CC)" tests/run $(if $(K),-k '$(K)') $(tests) $(replays) $(scripts)

unit: unit-tests
	@BUILD=$(BUILD) tests/run $(if $(K),-k '$(K)') $(tests) $(replays)

valgrind: unit-tests
	@BUILD=$(BUILD) tests/run --valgrind $(if $(K),-k '$(K)') $(tests)

# The dialogues with jmbd under valgrind: an error, or memory lost when it ends, fails its program. In the storm it would
# die again and again before it has started.
memcheck: all node_modules
	@BUILD=$(BUILD) tests/run --valgrind $(if $(K),-k '$(K)') $(filter-out tests/daemon/test_storm.py,$(wildcard tests/daemon/test_*.py))

# The whole of check under the sanitizers, in a build folder of its own.
asan:
	$(MAKE) BUILD=build/asan SANITIZE=address,undefined check

node_modules: tests/daemon/node_modules/.installed tests/browser/node_modules/.installed
.PHONY: node_modules
tests/%/node_modules/.installed: tests/%/package-lock.json
	cd tests/$* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

SECONDS ?= 30
fuzz:
	$(MAKE) CC=clang BUILD=build/fuzz SANITIZE=address,undefined,fuzzer-no-link fuzz-run
fuzz-run: $(fuzz_src:tests/fuzz/fuzz_%.c=$(BUILD)/fuzz_%)
	@for target in $^; do name=$${target##*/fuzz_}; mkdir -p $(BUILD)/found/$$name; echo "fuzz $$name"; \
	$$target -max_total_time=$(SECONDS) -timeout=5 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 -close_fd_mask=1 \
	    -artifact_prefix=$(BUILD)/found/ $(BUILD)/found/$$name tests/fuzz/corpus/$$name || exit 1; done
$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(library)
	$(call quiet,LINK)$(CC) $(LDHARD) -fsanitize=fuzzer -o $@ $^ $(pkg_libs)

bench: all
	@tests/daemon/need run bench
	@BUILD=$(BUILD) /usr/bin/python3 tests/bench/bench.py

# Takes the pictures of docs/manual anew.
.PHONY: pictures
pictures: all node_modules
	@tests/daemon/need run check pictures
	@BUILD=$(BUILD) /usr/bin/python3 tests/browser/pictures.py

# DEMO_SECONDS=N: ends by itself, status 0 when all of the meeting was seen.
demo:
	@tests/daemon/need build run
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) /usr/bin/python3 tests/daemon/demo.py

lint:
	@tests/daemon/need build lint
	@tests/lint $(BUILD)

install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/jmb/prosody/mod_jmb $(DESTDIR)$(PREFIX)/share/jmb/samples
	install -m 755 $(BUILD)/jmbd $(DESTDIR)$(PREFIX)/sbin/
	install -m 755 $(BUILD)/jmbctl $(DESTDIR)$(PREFIX)/bin/
	install -m 644 prosody/README.md prosody/example.cfg.lua $(DESTDIR)$(PREFIX)/share/jmb/prosody/
	install -m 644 prosody/mod_jmb/*.lua $(DESTDIR)$(PREFIX)/share/jmb/prosody/mod_jmb/
	install -m 644 docs/samples/README.md docs/samples/*.conf $(DESTDIR)$(PREFIX)/share/jmb/samples/
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 docs/jmbctl.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 docs/jmb.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 644 docs/jmbd.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/local/sbin|$(PREFIX)/sbin|' docs/samples/jmbd.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/jmbd.service

format:
	clang-format -i $$(git ls-files -co --exclude-standard '*.[ch]')

clean:
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/*.d $(BUILD)/*/*.d $(BUILD)/tests/*/*.d)
