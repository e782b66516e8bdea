#!/bin/bash
# FW-1, POL-5: what the audit says of the packet filter against what real packets do: random
# nftables and iptables-nft rules, connections from another network namespace.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_root
command -v nft >/dev/null || skip_all "needs nft"
unshare --net --mount true 2>/dev/null || skip_all "needs CAP_SYS_ADMIN and namespaces"
unshare --net nft list ruleset >/dev/null 2>&1 || skip_all "needs nftables in the kernel"
ROUNDS=${ROUNDS:-20} SEED=${SEED:-$RANDOM}
note "SEED=$SEED ROUNDS=$ROUNDS"
unshare --net --mount "$python" "$tests/system/filter.py" "$GATEHOUSE" "$SEED" "$ROUNDS" >"$tmp/out" 2>&1
status=$?
sed 's/^/# /' "$tmp/out"
[ $status = 77 ] && skip_all "needs CAP_NET_ADMIN and network namespaces"
is "$status" 0 "FW-1: no answer is contradicted by a packet"
told=$(sed -n 's/^told \([0-9]*\)%$/\1/p' "$tmp/out")
[ "${told:-0}" -ge 80 ]
ok $? "FW-1: at least 80 % of the answers are not \"unknown\" (${told:-none})"
finish
