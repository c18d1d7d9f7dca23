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
