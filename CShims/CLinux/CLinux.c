/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>
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

int ringlight_any_readable(const int descriptors[], int count)
{
	int any = epoll_create1(EPOLL_CLOEXEC);
	int i;

	if (any < 0)
		return -errno;
	for (i = 0; i < count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = descriptors[i] };
		int error;

		if (epoll_ctl(any, EPOLL_CTL_ADD, descriptors[i], &event) == 0)
			continue;
		error = errno;
		close(any);
		return -error;
	}
	return any;
}

int ringlight_watch(int any, int descriptor)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = descriptor };

	return epoll_ctl(any, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

int ringlight_unwatch(int any, int descriptor)
{
	return epoll_ctl(any, EPOLL_CTL_DEL, descriptor, NULL) < 0 ? -errno : 0;
}

static bool set_path(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(address->sun_path, path);
	return true;
}

int ringlight_bind(int socket, const char *path)
{
	struct sockaddr_un address;

	return set_path(&address, path) ? bind(socket, (struct sockaddr *)&address, sizeof(address)) : -1;
}

int ringlight_connect(int socket, const char *path)
{
	struct sockaddr_un address;

	return set_path(&address, path) ? connect(socket, (struct sockaddr *)&address, sizeof(address)) : -1;
}

ssize_t ringlight_send_to(int socket, const char *path, const void *bytes, size_t count)
{
	struct sockaddr_un address;

	return set_path(&address, path) ? sendto(socket, bytes, count, 0, (struct sockaddr *)&address, sizeof(address)) : -1;
}

int ringlight_accept(int listener)
{
	int result = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return result < 0 ? -errno : result;
}

int ringlight_become(uid_t user, gid_t group, const gid_t groups[], int count)
{
	/* glibc does each in all threads. The user last: it is the right to do the rest. */
	if (setgroups((size_t)count, groups) < 0 || setresgid(group, group, group) < 0 || setresuid(user, user, user) < 0)
		return -errno;
	return 0;
}

int ringlight_keep_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];
	int i;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	if (syscall(SYS_capget, &header, sets) < 0)
		return -errno;
	for (i = 0; i < 2; i++) {
		sets[i].permitted &= (uint32_t)(keep >> (32 * i));
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, sets) < 0 ? -errno : 0;
}

int ringlight_end_with_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;
}

int ringlight_open_tap(char name[IFNAMSIZ], const uint8_t address[6], bool has_header)
{
	struct ifreq request;
	int error;
	int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (tap < 0)
		return -errno;
	memset(&request, 0, sizeof(request));
	memcpy(request.ifr_name, name, IFNAMSIZ);
	request.ifr_flags = IFF_TAP | IFF_NO_PI | (has_header ? IFF_VNET_HDR : 0);
	if (ioctl(tap, TUNSETIFF, &request) < 0)
		goto fail;
	memcpy(name, request.ifr_name, IFNAMSIZ);
	memset(&request.ifr_ifru, 0, sizeof(request.ifr_ifru));
	request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(request.ifr_hwaddr.sa_data, address, 6);
	if (ioctl(tap, SIOCSIFHWADDR, &request) < 0)
		goto fail;
	return tap;
fail:
	error = errno;
	close(tap);
	return -error;
}

int ringlight_set_tap_offloads(int tap, int checksums, int segments_ipv4, int segments_ipv6)
{
	unsigned long features = (checksums ? TUN_F_CSUM : 0) | (segments_ipv4 ? TUN_F_TSO4 : 0) |
				 (segments_ipv6 ? TUN_F_TSO6 : 0);

	return ioctl(tap, TUNSETOFFLOAD, features) < 0 ? -errno : 0;
}

int ringlight_set_tap_carrier(int tap, int is_up)
{
	return ioctl(tap, TUNSETCARRIER, &is_up) < 0 ? -errno : 0;
}

int ringlight_set_interface_up(const char name[IFNAMSIZ], uint32_t mtu)
{
	struct ifreq request;
	int result = 0;
	/* Any family: netdevice(7). This one a service is allowed that has nothing to do with IP. */
	int socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (socket_ < 0)
		return -errno;
	memset(&request, 0, sizeof(request));
	memcpy(request.ifr_name, name, IFNAMSIZ);
	request.ifr_mtu = (int)mtu;
	if (ioctl(socket_, SIOCSIFMTU, &request) < 0 || ioctl(socket_, SIOCGIFFLAGS, &request) < 0) {
		result = -errno;
	} else {
		request.ifr_flags |= IFF_UP;
		if (ioctl(socket_, SIOCSIFFLAGS, &request) < 0)
			result = -errno;
	}
	close(socket_);
	return result;
}

int ringlight_use_one_processor(uint64_t before[16])
{
	cpu_set_t set, one;
	int number = 0;

	_Static_assert(sizeof(cpu_set_t) == 16 * sizeof(uint64_t), "a set of 1024 processors");
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return -errno;
	memcpy(before, &set, sizeof(set));
	while (number < CPU_SETSIZE - 1 && !CPU_ISSET(number, &set))
		number++;
	CPU_ZERO(&one);
	CPU_SET(number, &one);
	return sched_setaffinity(0, sizeof(one), &one) < 0 ? -errno : 0;
}

int ringlight_use_processors(const uint64_t set[16])
{
	return sched_setaffinity(0, 16 * sizeof(uint64_t), (const cpu_set_t *)set) < 0 ? -errno : 0;
}

ssize_t ringlight_read_at_hand(int file, void *buffer, size_t count, int64_t offset)
{
	struct iovec part = { .iov_base = buffer, .iov_len = count };
	ssize_t result = preadv2(file, &part, 1, offset, RWF_NOWAIT);

	return result < 0 ? -errno : result;
}

bool ringlight_is_memory(int file)
{
	struct statfs information;

	return fstatfs(file, &information) == 0 &&
	       (information.f_type == TMPFS_MAGIC || information.f_type == RAMFS_MAGIC);
}

int ringlight_kind_at_hand(int folder, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_CACHED | RESOLVE_BENEATH };
	struct stat information;
	int result = (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
	int file = result;

	if (file < 0)
		return -errno;
	/* Of what has been found: the file system need not ask. */
	result = fstat(file, &information) < 0 ? -errno : (int)(information.st_mode & S_IFMT);
	close(file);
	return result;
}

int ringlight_use_files_as(uid_t user)
{
	setfsuid(user);
	/* Asked for nobody, it changes nothing and says who it is. */
	return (uid_t)setfsuid((uid_t)-1) == user ? 0 : -EPERM;
}

int ringlight_peer_process(int socket)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 ? 0 : peer.pid;
}

uid_t ringlight_peer_user(int socket)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 ? 65534 : peer.uid;
}

int ringlight_leave_network(void)
{
	return unshare(CLONE_NEWNET) < 0 ? -errno : 0;
}
