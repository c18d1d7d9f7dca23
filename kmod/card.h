/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A card that user space drives.
 */
#ifndef RINGLIGHT_CARD_H
#define RINGLIGHT_CARD_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/uio_driver.h>

#include "dma_memory.h"

struct device;
struct inode;
struct pci_dev;
struct vm_area_desc;
struct vm_area_struct;

#define CARD_REGISTERS_SIZE SZ_128K

/**
 * struct card - a card that belongs to this driver
 * @list: in cards, until the driver lets go of the card
 * @id: never used for another card
 * @pdev: its PCI device
 * @info: what the UIO core knows of it
 * @regs: BAR 0
 * @memory: its DMA memory
 * @inode: the node through which it is open, or NULL; under the lock of the mappings
 * @masks_intx: the interrupt can be masked in the card's PCI command register
 * @lock: protects @armed and @gone
 * @armed: the interrupt is unmasked
 * @gone: the driver is letting go of the card
 */
struct card {
	struct list_head list;
	unsigned long id;
	struct pci_dev *pdev;
	struct uio_info info;
	void __iomem *regs;
	struct dma_memory memory;

	struct inode *inode;

	bool masks_intx;
	spinlock_t lock; /* for the two below */
	bool armed;
	bool gone;
};

void card_silence(struct card *card);
bool card_is_isolated(struct device *dev);

#ifdef RINGLIGHT_UIO_MMAP_PREPARE
int card_mmap(struct uio_info *info, struct vm_area_desc *desc);
#else
int card_mmap(struct uio_info *info, struct vm_area_struct *vma);
#endif
void card_allow_mappings(struct card *card);
bool card_set_opener(struct card *card, struct inode *inode);
void card_forget_opener(struct card *card);
void card_end_mappings(struct card *card);

#endif
