/* Compiler attributes, named once so that gcc 12 and clang 14 both take them. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define must_check __attribute__((warn_unused_result))
#define maybe_unused __attribute__((unused))
#define fallthrough __attribute__((fallthrough))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define cleanup(fn) __attribute__((cleanup(fn)))
#define does_not_return __attribute__((noreturn))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
