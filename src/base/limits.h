/*
 * Every quantity that input can drive has its limit here, by name.
 * A limit that is hit is always reported: nothing is cut off in silence.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* One configuration file, read whole. Larger ones are refused with a diagnostic. */
#define LIMIT_FILE_BYTES (16u << 20)
/* The package databases are bigger than any configuration file. */
#define LIMIT_DATABASE_BYTES (256u << 20)
/* What all files read so far, and all that was made of them, may need before no more are read:
 * some thousand files of the size above would not fit into any memory. */
#define LIMIT_RUN_BYTES (512u << 20)
/* The same for what one user put into his home: he must not use up the others' share. */
#define LIMIT_HOME_BYTES (32u << 20)
/* Words (fields, values) of one line of configuration. */
#define LIMIT_LINE_WORDS 4096u
/* Statements (lines, sections) of one file. */
#define LIMIT_FILE_NODES 2000000u
/* Fields of one stanza (the catalog, the policy). */
#define LIMIT_STANZA_FIELDS 128u
/* Parentheses and "not" inside each other in a condition. */
#define LIMIT_CONDITION_DEPTH 16u
/* Files that one include tree may pull in, and how deep. */
#define LIMIT_INCLUDE_FILES 4096u
#define LIMIT_INCLUDE_DEPTH 16u
/* Services of one super-server: more than there are ports to tell apart in a configuration. */
#define LIMIT_SUPER_SERVICES 16384u
/* A banner, kept in memory with its service. */
#define LIMIT_BANNER_BYTES (64u << 10)
/* One entry of passwd or group, members included; one of services, rpc, protocols. */
#define LIMIT_ACCOUNT_BYTES (256u << 10)
#define LIMIT_LOOKUP_BYTES (8u << 10)
/* Addresses taken of one host name. */
#define LIMIT_HOST_ADDRESSES 16u
/* Versions of an RPC program that one service may register. */
#define LIMIT_RPC_VERSIONS 64u
/* The name by which logs and commands call a service. */
#define LIMIT_ID_BYTES 128u
/* Sockets of one service. */
#define LIMIT_LISTENERS 1024u
/* Sockets whoever started us may have passed (LISTEN_FDS): as many as there may be services. */
#define LIMIT_PASSED_SOCKETS 16384u
/* Entries of one directory that are looked at. */
#define LIMIT_DIR_ENTRIES 65536u
/* Symbolic links followed for one path: the kernel's own number (path_resolution(7)). */
#define LIMIT_SYMLINKS 40u
/* Diagnostics kept for one run; the rest are counted. */
#define LIMIT_DIAGS 10000u
/* Bytes of a process's command line that are read; longer ones are cut there. */
#define LIMIT_COMMAND_LINE (128u << 10)
/* The super-server's control socket: clients at a time, one request, one answer. */
#define LIMIT_CONTROL_CLIENTS 16u
#define LIMIT_CONTROL_REQUEST 1024u
#define LIMIT_CONTROL_ANSWER (64u << 20)
/* Digits, names and text a person is shown in one message. */
#define LIMIT_MESSAGE 512u
/* Log: bytes kept for a sink that does not take them now; lines of one flood that are written in
 * each LIMIT_LOG_WINDOW (seconds), by one source and by all. */
#define LIMIT_LOG_PENDING (64u << 10)
#define LIMIT_LOG_WINDOW 10u
#define LIMIT_LOG_SOURCE 20u
#define LIMIT_LOG_SERVICE 200u
/* Lines of notes and of sessions' standard error that one service may write in a window. */
#define LIMIT_LOG_NOTES 500u
/* Resolver: questions one worker may have waiting, lookups and ident connections at once (in all,
 * of one worker, to one host), names kept. */
#define LIMIT_QUESTIONS 1024u
#define LIMIT_LOOKUPS 1024u
#define LIMIT_LOOKUPS_CLIENT 128u
#define LIMIT_IDENTS 512u
#define LIMIT_IDENTS_CLIENT 128u
#define LIMIT_IDENT_HOST 16u
#define LIMIT_NAMES 4096u
#define LIMIT_NAME_TTL 300 /* seconds */
/* How long an answer may take: unless the question says (at most LIMIT_ASK_WAIT_MS), and each try
 * of a name server. */
#define LIMIT_NAME_WAIT_MS 5000u
#define LIMIT_IDENT_WAIT_MS 10000u
#define LIMIT_ASK_WAIT_MS 60000u
#define LIMIT_NAME_TRY_MS 1500

#endif
