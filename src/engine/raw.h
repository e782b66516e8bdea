/*
 * Raw: system calls that touch nothing but registers. A child that shares its parent's memory
 * (clone(2) with CLONE_VM) shares errno too and runs at the same time, so it must not use libc's.
 * Elsewhere than on these two machines the parent has to wait (CLONE_VFORK) and libc's will do.
 */
#ifndef ENGINE_RAW_H
#define ENGINE_RAW_H

#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__) && defined(__LP64__)
enum { RAW_ALONE = 1 };
static inline long
raw_call(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
enum { RAW_ALONE = 1 };
static inline long
raw_call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#else
#include <errno.h>
enum { RAW_ALONE = 0 };
static inline long
raw_call(long number, long a, long b, long c, long d)
{
	long ret = syscall(number, a, b, c, d);

	return ret < 0 ? -errno : ret;
}
#endif

#endif
