#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

int
err_errno(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;
	size_t used;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerrordesc_np(-code));
	return code;
}

int
err_wrap(struct err *err, int code, const char *fmt, ...)
{
	char context[LIMIT_MESSAGE / 2], was[LIMIT_MESSAGE];
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	memcpy(was, err->text, sizeof(was));
	snprintf(err->text, sizeof(err->text), "%s: %.*s", context,
		 (int)(sizeof(err->text) - sizeof(context) - 3), was);
	err->code = code;
	return code;
}

void
err_no_memory(void)
{
	static const char text[] = "gatehouse: out of memory\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)n;
	_exit(3);
}
