/* A program that wraps itself: tcpd, or one with libwrap.so. */
#ifndef WRAP_HERE_H
#define WRAP_HERE_H

#include "wrap/options.h"

struct wrap_here {
	int severity;  /* as a rule says, 0 = it does not */
	bool resident; /* goes on after this client: nothing may take its place */
};
/* For wrap_doing; data is a struct wrap_here. What is done is done to this process, at once. */
extern const struct wrap_hands wrap_hands_here;

/* sh -c, nothing of ours open in it, waited for: its exit status, -1 = not known. */
int wrap_run(const char *command);

/* IP source routing would make the client's address a lie: true when fd's peer uses it. */
bool wrap_is_routed(int fd);

#endif
