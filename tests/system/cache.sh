# To be sourced: where the roots of system tests are kept between runs.
if [ -z "${GATEHOUSE_CACHE:-}" ]; then
	if [ "$(id -u)" = 0 ]; then
		GATEHOUSE_CACHE=${XDG_CACHE_HOME:-/var/cache}/gatehouse-test
	else
		GATEHOUSE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/gatehouse
	fi
fi
export GATEHOUSE_CACHE
