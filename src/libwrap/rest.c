/* What programs with libwrap lean on besides: messages, ends, and helpers of
 * its parser. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/num.h"
#include "libwrap/own.h"

static void say(const char *level, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void
say(const char *level, const char *format, va_list ap)
{
	char text[LIMIT_MESSAGE];
	int error = errno;

	errno = error;
	vsnprintf(text, sizeof(text), format, ap);
	if (tcpd_context.file)
		syslog(LOG_ERR, "%s: %s, line %d: %s", level, tcpd_context.file, tcpd_context.line,
		       text);
	else
		syslog(LOG_ERR, "%s: %s", level, text);
}

void
tcpd_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("warning", format, ap);
	va_end(ap);
}

void
tcpd_jump(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("error", format, ap);
	va_end(ap);
	longjmp(tcpd_buf, AC_ERROR);
}

/* The original sleeps here, to spare an inetd that starts too much; a refusal
 * is cheap. */
void
clean_exit(struct request_info *request)
{
	if (request->sink)
		request->sink(request->fd);
	exit(0);
}

void
refuse(struct request_info *request)
{
	syslog(deny_severity, "refused connect from %s", eval_client(request));
	clean_exit(request);
}

void
shell_cmd(char *command)
{
	wrap_run(command);
}

/* "%m" becomes the text of errno; result must have room, as it always had. */
char *
percent_m(char *result, char *text)
{
	const char *error = strerrordesc_np(errno);
	char *out = result;

	for (; *text; text++) {
		if (text[0] == '%' && text[1] == 'm') {
			out = stpcpy(out, error ? error : "unknown error");
			text++;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
	return result;
}

/* A line, joined with the next where a backslash stands before its end. */
char *
xgets(char *buf, int size, FILE *file)
{
	char *start = buf;

	while (size > 1 && fgets(buf, size, file)) {
		size_t n = strlen(buf);

		if (!n || buf[n - 1] != '\n')
			return start;
		tcpd_context.line++;
		if (n < 2 || buf[n - 2] != '\\')
			return start;
		n -= 2;
		buf += n;
		size -= (int)n;
		*buf = '\0';
	}
	return buf > start ? start : NULL;
}

/* Cuts at the delimiter, one in [ ] is none: what follows it, or NULL. */
char *
split_at(char *text, int delimiter)
{
	int depth = 0;

	for (; *text; text++) {
		depth += *text == '[' ? 1 : *text == ']' ? -1 : 0;
		if (depth == 0 && *text == delimiter) {
			*text = '\0';
			return text + 1;
		}
	}
	return NULL;
}

unsigned long
dot_quad_addr(char *text)
{
	struct in_addr addr;

	return inet_pton(AF_INET, text, &addr) == 1 ? addr.s_addr : INADDR_NONE;
}

unsigned long
cidr_mask_addr(char *text)
{
	uint32_t bits;

	if (!num_u32(span_of(text), 32, &bits) || bits == 0)
		return INADDR_NONE;
	return htonl(~0u << (32 - bits));
}
