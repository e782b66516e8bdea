/*
 * Differences from Debian's libwrap: what that one skips in silence, so that a rule which was meant
 * to refuse lets everyone in. Here such a rule refuses whom it may have meant, and never allows.
 * gatehouse.access(5) and the differential test are made from the table.
 */
#ifndef ACCESS_DIFFERENCES_H
#define ACCESS_DIFFERENCES_H

enum difference {
	DIFFERENCE_NONE,
	DIFFERENCE_COLON,
	DIFFERENCE_EMPTY,
	DIFFERENCE_NEWLINE,
	DIFFERENCE_UNREADABLE,
	DIFFERENCE_OPTION,
	DIFFERENCE_HOST_BITS,
	DIFFERENCE_NET,
	DIFFERENCE_MASK,
	DIFFERENCE_PREFIX_DOT,
	DIFFERENCE_NUMBER,
	DIFFERENCE_BARE_V6,
	DIFFERENCE_MAPPED,
	DIFFERENCE_BRACKET,
	DIFFERENCE_FILE,
	DIFFERENCE_NETGROUP,
	DIFFERENCE_AT,
	DIFFERENCE_ACLEXEC,
	DIFFERENCE_N
};

struct difference_row {
	const char *id;
	const char *example;  /* a line of hosts.deny */
	const char *original; /* what libwrap does with it */
	const char *says;     /* what is wrong: for diagnostics and verdicts */
};
extern const struct difference_row access_differences[DIFFERENCE_N];

#endif
