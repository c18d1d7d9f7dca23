/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The interface between ringlight.ko and user space.
 * Included by kmod/ (with __KERNEL__) and, as the Swift module CRinglight, by user space.
 */
#ifndef RINGLIGHT_H
#define RINGLIGHT_H

#include <linux/ioctl.h>

/* Light nodes: /dev/ringlight/capslock, /dev/ringlight/numlock, /dev/ringlight/scrolllock. */
#define RINGLIGHT_LIGHT_DIRECTORY "/dev/ringlight"
#define RINGLIGHT_IOCTL_TYPE 0xB9

/*
 * On an open light node: from now on what this opener writes is a claim of its own,
 * above the lasting one, that ends when the file is closed or its process dies.
 * The light then shows the claim below: another opener's, the lasting one, or its lock key.
 */
#define RINGLIGHT_LIGHT_CLAIM_UNTIL_CLOSE _IO(RINGLIGHT_IOCTL_TYPE, 0x01)

/* How many such claims a light can have at once; a write that would make one more is ENOSPC. */
#define RINGLIGHT_LIGHT_MOST_CLAIMS 256

/*
 * A pattern is written to a node as text, in one write: "pattern REPEATS STEP STEP...", decimal
 * numbers with one space between them. The steps are milliseconds, lit and dark by turns, lit
 * first; a first step of 0 is left out, so that the pattern begins dark. REPEATS times through,
 * 0 for until it is replaced. Then the claim is what it was before, and poll() reports POLLPRI
 * to those who write to that claim, until they next read or write.
 * EINVAL: not such a text, or a step too short; E2BIG: too many steps, or too long in all.
 */
#define RINGLIGHT_PATTERN_SHORTEST_STEP 20	/* ms */
#define RINGLIGHT_PATTERN_MOST_STEPS 256
#define RINGLIGHT_PATTERN_LONGEST 3600000	/* ms, all steps, once through */
#define RINGLIGHT_PATTERN_MOST_REPEATS 1000000
#define RINGLIGHT_LIGHT_LONGEST_TEXT 2048	/* bytes */

/*
 * "trigger NAME SETTING=VALUE ...", with one space between them, is a claim as "1" and "0" are: the
 * light shows what a trigger of the kernel's own says. EINVAL: no such trigger, or it does not take
 * such a setting. EPERM: it takes CAP_SYS_ADMIN to choose that one, or such a setting. E2BIG: a
 * text that is too long; so a module that knows no triggers, and says EINVAL to every line, can be
 * told from one that does.
 */

/* The PCI driver: its name for driver_override, and in /sys/bus/pci/drivers. */
#define RINGLIGHT_PCI_DRIVER "ringlight"

/* The UIO node's maps. mmap offset = index * page size. */
#define RINGLIGHT_UIO_MAP_BAR0 0
#define RINGLIGHT_UIO_MAP_DMA 1

/*
 * Attribute group of a claimed PCI device in sysfs; the files in it are
 * "dma_address" (bus address of the DMA memory, 0x%llx) and "dma_size" (bytes, decimal).
 */
#define RINGLIGHT_SYSFS_GROUP "ringlight"

#ifndef __KERNEL__
/* Swift cannot import macros that are expressions with casts. */
static const unsigned long ringlight_light_claim_until_close = RINGLIGHT_LIGHT_CLAIM_UNTIL_CLOSE;
#endif

#endif
