/*
 * Errors: a function that can fail returns a negative errno and, where a person
 * will want the sentence, fills a struct err at the place where things went wrong.
 * Callers may put context in front; only cmd/ prints it.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"
#include "base/limits.h"

struct err {
	int code; /* negative errno, 0 = no error */
	char text[LIMIT_MESSAGE];
};

/* Sets the sentence and returns code, so that "return err_set(...)" reads well. err may be NULL. */
int err_set(struct err *err, int code, const char *fmt, ...) printf_like(3, 4);

/* As err_set, and ends the sentence with ": " and the errno's own text. */
int err_errno(struct err *err, int code, const char *fmt, ...) printf_like(3, 4);

/* Puts "context: " in front of the sentence; returns err's code. err may be NULL: returns code. */
int err_wrap(struct err *err, int code, const char *fmt, ...) printf_like(3, 4);

/* Memory is gone: says so and ends the program. The one exit outside cmd/, see base/arena.h. */
void err_no_memory(void) does_not_return;

#endif
