# To be sourced: where the roots of system tests are kept between runs.
if [ -z "${GATEHOUSE_CACHE:-}" ]; then
	if [ "$(id -u)" = 0 ]; then
		GATEHOUSE_CACHE=${XDG_CACHE_HOME:-/var/cache}/gatehouse-test
	else
		GATEHOUSE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/gatehouse
	fi
fi
GATEHOUSE_ROOTS=$GATEHOUSE_CACHE/roots
export GATEHOUSE_CACHE GATEHOUSE_ROOTS
