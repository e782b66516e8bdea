/* The parts of read_container.c. */
#ifndef START_CONTAINER_H
#define START_CONTAINER_H

#include "start/start.h"

/* container.c: a published port, "8080" or "8000-8009" on the host's side; address empty = every
 * one. */
void container_publish(struct start_ctx *ctx, struct start *start, struct span address,
		       struct span ports, enum net_proto proto);

/* container_docker.c: docker's own book of containers. */
void container_read_docker(struct start_ctx *ctx);

#endif
