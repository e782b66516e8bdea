#!/bin/bash
# Slow and hostile clients of one service, and how long those of another wait: see siege.py.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_root
unshare --net --mount --pid true 2>/dev/null || skip_all "cap_sys_admin"
"${python:?}" "${tests:?}/system/siege.py"
exit $?
