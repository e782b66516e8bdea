/*
 * Sensor (xinetd.conf(5), flags = SENSOR): who touches it is put on the deny list by the parent.
 * Only sources that finished a TCP handshake: anybody can write anybody's address on a datagram,
 * and have others shut out so.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "engine/worker.h"

enum { DATAGRAMS = 64 };

static void
touched(struct worker *w, struct session *s)
{
	struct wire wire = {
		.kind = WIRE_SENSED, .value = w->service->deny_time_s, .addr = s->peer.addr};

	if (w->service->protocol == IPPROTO_TCP && s->peer.addr.family && wire.value)
		worker_tell(w, &wire, NULL, 0);
	session_over(w, s, &(struct session_end){.end = RECORD_ENDED_SELF});
}

static void
datagrams(struct worker *w, struct worker_listener *l)
{
	for (int i = 0; i < DATAGRAMS; i++) {
		struct sockaddr_storage from = {0};
		socklen_t size = sizeof(from);
		struct peer peer = {.local = l->local, .local_port = l->local_port};

		if (recvfrom(l->watch.fd, NULL, 0, MSG_DONTWAIT, (struct sockaddr *)&from, &size) <
		    0)
			return;
		worker_address(&from, &peer.addr, &peer.port);
		worker_refused(w, &peer, REFUSAL_DENIED, "a sensor; the source is not proven");
	}
}

static void
stop(struct worker *w, struct session *s, enum record_end why)
{
	session_over(w, s, &(struct session_end){.end = why});
}

const struct worker_kind worker_kind_sensor = {.stream = touched, .dgram = datagrams, .stop = stop};
