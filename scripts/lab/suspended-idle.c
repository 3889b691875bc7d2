/*
 * A preloaded shim for Debian's user-mode-linux 6.1, so that a suspended guest stays suspended. That kernel sleeps only while its
 * timer is armed (os_idle_sleep asks timer_gettime), and a suspended machine has none armed: it goes on at once. While the guest
 * has asked to be woken (the file `wake` in the run's directory, HOME, see run), a timer that is not armed counts as one that is;
 * the signal that wakes the guest ends that sleep.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int waits_to_be_woken(void)
{
	static char file[256];

	if (!file[0])
		snprintf(file, sizeof file, "%s/wake", getenv("HOME"));
	return access(file, F_OK) == 0;
}

int timer_gettime(timer_t timer, struct itimerspec *left)
{
	/* What the C library hands out for a timer that signals is the kernel's own number. */
	if (syscall(SYS_timer_gettime, (long)timer, left) < 0)
		return -1;
	if (left->it_value.tv_sec == 0 && left->it_value.tv_nsec == 0 && waits_to_be_woken())
		left->it_value.tv_nsec = 1;
	return 0;
}
