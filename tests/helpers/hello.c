/*
 * hello [x]: the least program that a super-server can start: no libc, so that what is measured is
 * the server. Writes a line and ends; with an argument it answers the one datagram that waits
 * on its standard input with the same bytes.
 */
#include <linux/socket.h>
#include <sys/syscall.h>

void hello_main(const long *stack) __attribute__((noreturn, used));

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall hello_main\n");

static long
call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tbl hello_main\n");

static long
call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
#error "hello knows x86_64 and aarch64"
#endif

static char datagram[2048];

static void
answer(void)
{
	struct __kernel_sockaddr_storage from;
	int size = sizeof(from);
	long n = call(SYS_recvfrom, 0, (long)datagram, sizeof(datagram), 0, (long)&from,
		      (long)&size);

	if (n >= 0)
		call(SYS_sendto, 0, (long)datagram, n, 0, (long)&from, size);
}

void
hello_main(const long *stack)
{
	static const char line[] = "hello from a service\n";

	if (stack[0] > 1)
		answer();
	else
		call(SYS_write, 1, (long)line, sizeof(line) - 1, 0, 0, 0);
	for (;;)
		call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}
