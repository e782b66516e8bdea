#!/bin/bash
# Built-in services, redirect, tcpmux and passed sockets of gatehoused, from a client's side (builtin.py).
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_root
unshare -n true 2>/dev/null || skip_all "no network namespaces here"
exec unshare -n "$python" "$tests/system/builtin.py" "$BUILD/gatehoused" "$tmp"
