/* Replies of the RPC port mapper as bytes: pure, for tests. */
#ifndef INVENTORY_RPC_H
#define INVENTORY_RPC_H

#include "model/audit.h"

/* One RPC reply message to RPCBPROC_DUMP, version 3 (RFC 1833 2.2.1); false = not understood. */
bool rpc_parse_dump(struct audit *audit, struct span reply, uint32_t xid);

#endif
