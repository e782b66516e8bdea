#!/bin/bash
# Connections while the configuration is reloaded and the server's processes are killed: none may
# be lost but those of a killed process, and nothing may grow. N and DURATION: see soak.py.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_root
unshare --net --mount --pid true 2>/dev/null || skip_all "cap_sys_admin"
"${python:?}" "${tests:?}/system/soak.py"
exit $?
