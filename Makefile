# The short commands; meson and tools/ do the work. `make run` and `make check` are all a bare
# Debian 12 needs: tools/setup installs what is missing, and nothing when nothing is.
# SETUP=no installs nothing, whatever is missing.
B = build
S = build-san
PREFIX = /usr/local
ifeq ($(origin CC),default)
CC = gcc
endif

.NOTPARALLEL:
.PHONY: all run check check-system build-san roots fuzz bench install uninstall format clean \
	setup-build setup-test setup-system setup-bench

all: setup-build $(B)/build.ninja
	@ninja --quiet -C $(B)

run: all
	@tools/run-audit $(B)/gatehouse

# Everything: gcc with all suites, clang with ASan and UBSan on all that needs no machine.
check: setup-test setup-system all build-san roots
	@tools/check $(B) $(S)

check-system: setup-test setup-system all roots
	@tools/check -s system $(B)
	@STRICT=1 meson test -C $(B) --print-errorlogs siege

build-san: setup-test $(S)/build.ninja
	@ninja --quiet -C $(S)

roots: setup-system
	@tools/roots

# FUZZ: names of formats, else all; SECONDS_EACH in the environment, else ten minutes each.
fuzz: setup-test
	tools/fuzz $(FUZZ)

# BENCH: audit, serve, or what they have (bench/each says which); else all.
bench: setup-bench all
	bench/each $(B) $(BENCH)

install: all
	meson install -C $(B) --no-rebuild

# What the last install put there. In a package this is the package manager's.
uninstall:
	@ninja --quiet -C $(B) uninstall

format: setup-test
	tools/format

clean:
	rm -rf build build-*

setup-build setup-test setup-bench:
	@[ "$(SETUP)" = no ] || tools/setup build $(@:setup-%=%)

# Without what it installs, system tests are skipped and say so.
setup-system:
	@[ "$(SETUP)" = no ] || tools/setup system || true

$(B)/build.ninja: | setup-build
	@CC="$(CC)" tools/configure $(B) --prefix "$(PREFIX)"

# Not optimised for speed but for what the sanitizers can see.
$(S)/build.ninja: | setup-test
	@CC=clang tools/configure $(S) -Db_sanitize=address,undefined -Db_lundef=false \
		-Doptimization=1
