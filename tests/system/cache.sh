# shellcheck shell=sh
# To be sourced: where the roots of system tests are kept between runs, and the mirror that they
# come from, which is the one this machine uses itself.
if [ -z "${GATEHOUSE_CACHE:-}" ]; then
	if [ "$(id -u)" = 0 ]; then
		GATEHOUSE_CACHE=${XDG_CACHE_HOME:-/var/cache}/gatehouse-test
	else
		GATEHOUSE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/gatehouse
	fi
fi
if [ -z "${GATEHOUSE_MIRROR:-}" ] && command -v apt-get >/dev/null; then
	GATEHOUSE_MIRROR=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null | sed -n 's|^bookworm \(.*[^/]\)/*$|\1|p' | head -n 1)
fi
: "${GATEHOUSE_MIRROR:=http://deb.debian.org/debian}"
GATEHOUSE_ROOTS=$GATEHOUSE_CACHE/by-name
export GATEHOUSE_CACHE GATEHOUSE_ROOTS GATEHOUSE_MIRROR
