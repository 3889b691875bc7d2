/*
 * A preloaded shim for Debian's user-mode-linux 6.1. That kernel hard-codes 2696 bytes for the register area of a process;
 * CPUs with larger areas (AMX: 11008 bytes) make the host answer its short PTRACE_SETREGSET(NT_X86_XSTATE) with EFAULT,
 * and the guest panics in put_fp_registers() at its first exec. The shim hands the host a full area: what the kernel gave,
 * then zeros. Components that are not in xstate_bv are in their initial state, so zeros say what is true.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

enum { LARGEST_AREA = 16384, XSTATE_BV = 512, AMX_COMPONENTS = 3 << 17 };

static size_t host_area; /* bytes of the host's register area, 0 until asked */
static __thread char area[LARGEST_AREA] __attribute__((aligned(64), tls_model("initial-exec")));

static long raw(long request, pid_t pid, void *addr, void *data)
{
	return syscall(SYS_ptrace, request, pid, addr, data);
}

static long registers(long request, pid_t pid, void *addr, struct iovec *guest)
{
	struct iovec host = { area, LARGEST_AREA };

	if (!host_area) {
		if (raw(PTRACE_GETREGSET, pid, addr, &host) < 0)
			return -1;
		host_area = host.iov_len;
	}
	if (guest->iov_len >= host_area)
		return raw(request, pid, addr, guest);

	host.iov_len = host_area;
	if (request == PTRACE_GETREGSET) {
		if (raw(request, pid, addr, &host) < 0)
			return -1;
		memcpy(guest->iov_base, area, guest->iov_len);
		return 0;
	}
	memcpy(area, guest->iov_base, guest->iov_len);
	memset(area + guest->iov_len, 0, host_area - guest->iov_len);
	*(unsigned long *)(area + XSTATE_BV) &= ~(unsigned long)AMX_COMPONENTS;
	return raw(request, pid, addr, &host);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list ap;
	va_start(ap, request);
	pid_t pid = va_arg(ap, pid_t);
	void *addr = va_arg(ap, void *);
	void *data = va_arg(ap, void *);
	va_end(ap);

	if ((request == PTRACE_SETREGSET || request == PTRACE_GETREGSET) && (long)addr == NT_X86_XSTATE)
		return registers(request, pid, addr, data);
	if (request != PTRACE_PEEKTEXT && request != PTRACE_PEEKDATA && request != PTRACE_PEEKUSER)
		return raw(request, pid, addr, data);

	/* The system call stores what it peeked through data; the C function returns it. */
	long word = 0;
	if (raw(request, pid, addr, &word) < 0)
		return -1;
	errno = 0;
	return word;
}
