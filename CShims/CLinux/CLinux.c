/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between fork and exec of a threaded process: async-signal-safe calls only. */
static int child_setup(pid_t parent, const int descriptors[], int count, int *report)
{
	int high[16];
	sigset_t none;
	int i;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -1;
	if (getppid() != parent) {
		errno = ESRCH;
		return -1;
	}
	setpgid(0, 0);
	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	/* Out of the way first: a source may be another's target. */
	for (i = 0; i < count; i++) {
		high[i] = fcntl(descriptors[i], F_DUPFD, count + 1);
		if (high[i] < 0)
			return -1;
	}
	*report = fcntl(*report, F_DUPFD_CLOEXEC, count + 1);
	if (*report < 0)
		return -1;
	for (i = 0; i < count; i++)
		if (dup2(high[i], i) < 0)
			return -1;
	/* CLOEXEC instead of closing: `report` must work until exec has succeeded. */
	syscall(SYS_close_range, count, ~0U, 1U << 2);
	return 0;
}

pid_t ringlight_spawn(const char *path, char *const argv[], char *const envp[],
		      const int descriptors[], int descriptor_count)
{
	pid_t parent = getpid();
	int report[2], error = 0;
	pid_t pid;

	if (descriptor_count > 16)
		return -E2BIG;
	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		error = errno;
		close(report[0]);
		close(report[1]);
		return -error;
	}
	if (pid == 0) {
		if (child_setup(parent, descriptors, descriptor_count, &report[1]) == 0)
			execve(path, argv, envp);
		error = errno;
		while (write(report[1], &error, sizeof(error)) < 0 && errno == EINTR)
			;
		_exit(127);
	}
	close(report[1]);
	while (read(report[0], &error, sizeof(error)) < 0 && errno == EINTR)
		;
	close(report[0]);
	if (error) {
		ringlight_wait(pid);
		return -error;
	}
	return pid;
}

int ringlight_pidfd_open(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

int ringlight_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int ringlight_memory_file(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int ringlight_poll(struct pollfd *descriptors, unsigned int count, int64_t nanoseconds)
{
	struct timespec bound = {
		.tv_sec = nanoseconds / 1000000000,
		.tv_nsec = nanoseconds % 1000000000,
	};

	return ppoll(descriptors, count, nanoseconds < 0 ? NULL : &bound, NULL);
}
