/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux calls that Swift's Glibc module does not show.
 *
 * fork, PR_SET_PDEATHSIG and exec: Swift must not fork, and posix_spawn cannot ask
 * that the child die with the thread that started it.
 */
#ifndef RINGLIGHT_CSPAWN_H
#define RINGLIGHT_CSPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/types.h>

struct pollfd;

/*
 * Starts `path` with `argv`/`envp`; descriptors[i] becomes descriptor i of the child, all
 * others are closed. The child gets SIGKILL when the calling thread ends, and leads a
 * process group of its own, so that a terminal's Ctrl-C reaches the parent only.
 * Returns the pid, or -errno (of fork, or of exec in the child).
 */
pid_t ringlight_spawn(const char *path, char *const argv[], char *const envp[],
		      const int descriptors[], int descriptor_count);

/* A descriptor that polls readable when the process has ended, or -errno. */
int ringlight_pidfd_open(pid_t pid);

/* Waits until the child has ended and reaps it: its exit code, or 128 + its signal. */
int ringlight_wait(pid_t pid);

/* poll(2) with a bound in nanoseconds (negative: none). */
int ringlight_poll(struct pollfd *descriptors, unsigned int count, int64_t nanoseconds);

/*
 * An anonymous memory file (memfd_create, close-on-exec, can be sealed): no path, so nothing to leave behind.
 * -1 and errno on failure.
 */
int ringlight_memory_file(const char *name);

/* A descriptor that polls readable whenever one of these does (an epoll instance), or -errno. */
int ringlight_any_readable(const int descriptors[], int count);

/* Adds a descriptor to such a one, and takes it out again; one that is closed goes by itself. 0 or -errno. */
int ringlight_watch(int any, int descriptor);
int ringlight_unwatch(int any, int descriptor);

/*
 * bind(2), connect(2) and sendto(2) of a UNIX socket, to the address that is a path. As those: -1 and errno on failure,
 * ENAMETOOLONG for a path of more than 107 bytes.
 */
int ringlight_bind(int socket, const char *path);
int ringlight_connect(int socket, const char *path);
ssize_t ringlight_send_to(int socket, const char *path, const void *bytes, size_t count);

/* The next connection of a socket that listens, close-on-exec and non-blocking, or -errno. */
int ringlight_accept(int listener);

/*
 * This process, all its threads, becomes another user for good: real, effective and saved ids, supplementary
 * groups. From root, every capability goes with that, and the death signal of ringlight_spawn. 0 or -errno.
 */
int ringlight_become(uid_t user, gid_t group, const gid_t groups[], int count);

/*
 * This thread keeps, of the capabilities that it has, those of the set `keep` (bit n: capability n of
 * linux/capability.h), and no program that it executes gets others (no_new_privs). 0 or -errno.
 */
int ringlight_keep_capabilities(uint64_t keep);

/* This process gets SIGKILL when the thread that started it ends, as far as that one may send it. 0 or -errno. */
int ringlight_end_with_parent(void);

/*
 * Lets this thread, and the threads and processes that it starts, run on one processor only, and back:
 * `before` is the set until now (sched_setaffinity(2)). 0 or -errno.
 */
int ringlight_use_one_processor(uint64_t before[16]);
int ringlight_use_processors(const uint64_t set[16]);

/*
 * A TAP interface (Documentation/networking/tuntap.rst): a read gives a frame that the kernel sends,
 * a write is a frame that it receives; neither blocks. With `has_header` a virtio_net_hdr of 10 bytes
 * stands before each frame. It goes when the descriptor is closed.
 * `name`: 16 bytes, what it shall be called ("tap%d": the first free); holds the result.
 * `address`: its MAC address. The descriptor, or -errno.
 */
int ringlight_open_tap(char name[16], const uint8_t address[6], bool has_header);

/*
 * Whether the kernel leaves checksums, and (only with these) the segmentation of TCP over IPv4 and over IPv6,
 * to the reader of the TAP interface. 0 or -errno.
 */
int ringlight_set_tap_offloads(int tap, int checksums, int segments_ipv4, int segments_ipv6);

/* Whether the TAP interface has a link. 0 or -errno. */
int ringlight_set_tap_carrier(int tap, int is_up);

/*
 * What of a file is in memory already (preadv2(2) with RWF_NOWAIT): bytes, 0 at the file's end, or -errno: -EAGAIN when a disk
 * would have to be asked, -EOPNOTSUPP where the file system cannot say.
 */
ssize_t ringlight_read_at_hand(int file, void *buffer, size_t count, int64_t offset);

/* Whether a file is on a file system that is memory: tmpfs(5), ramfs. */
bool ringlight_is_memory(int file);

/*
 * What a path below a folder leads to (S_IFMT of inode(7)), if that is known without asking a disk (openat2(2) with RESOLVE_CACHED);
 * else -errno: -EAGAIN when it is not, -EXDEV for a way out of the folder. Nothing is opened.
 */
int ringlight_kind_at_hand(int folder, const char *path);

/*
 * Whose rights to files this thread has from now on; root's privileges over them go, and come back, with that (setfsuid(2)).
 * 0, or -EPERM when it may not be.
 */
int ringlight_use_files_as(uid_t user);

/* Sets the MTU and then IFF_UP of a network interface (`name`: 16 bytes). 0 or -errno. */
int ringlight_set_interface_up(const char name[16], uint32_t mtu);

/* This thread gets a network of its own, and the threads and processes that it starts (network_namespaces(7)). 0 or -errno. */
int ringlight_leave_network(void);

/* The process at the other end of a UNIX socket, when it connected (SO_PEERCRED, unix(7)); 0 where it is not known. */
int ringlight_peer_process(int socket);

/* Its user, then; the kernel's overflow user for one that this user namespace does not know, and where it is not known. */
uid_t ringlight_peer_user(int socket);

#endif
