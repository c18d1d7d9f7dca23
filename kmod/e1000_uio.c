// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel e1000 cards for user space.
 *
 * One process at a time has the registers (map 0), DMA memory (map 1) and the interrupt of a
 * card. When it closes the node, or dies, or the card is taken away, the card is silenced:
 * no interrupt, no DMA.
 */
#include <linux/capability.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uio_driver.h>

#include "card.h"
#include "parts.h"
#include "ringlight.h"

static unsigned long wanted_dma_size;

/*
 * Not the driver's id_table: with that it would race e1000.ko for every card. Without one the
 * PCI core offers only devices whose driver_override says so.
 */
static const struct pci_device_id known_cards[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x100e) },	/* 82540EM */
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x100f) },	/* 82545EM copper */
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x1008) },	/* 82544EI copper */
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x100c) },	/* 82544GC copper */
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10d3) },	/* 82574L */
	{ }
};

static void disarm(struct card *card)
{
	unsigned long flags;

	spin_lock_irqsave(&card->lock, flags);
	if (card->armed && !card->masks_intx)
		disable_irq_nosync(card->pdev->irq);
	if (card->masks_intx)
		pci_intx(card->pdev, 0);
	card->armed = false;
	spin_unlock_irqrestore(&card->lock, flags);
}

/* UIO */

static irqreturn_t card_interrupt(int irq, struct uio_info *info)
{
	struct card *card = info->priv;
	irqreturn_t ret = IRQ_NONE;

	spin_lock(&card->lock);
	/* Masked: it cannot be ours, although the card's status may say that it has one waiting. */
	if (!card->armed)
		goto out;

	if (!card->masks_intx)
		disable_irq_nosync(irq);
	else if (!pci_check_and_mask_intx(card->pdev))
		goto out;

	card->armed = false;
	ret = IRQ_HANDLED;
out:
	spin_unlock(&card->lock);
	return ret;
}

static int card_irqcontrol(struct uio_info *info, s32 on)
{
	struct card *card = info->priv;
	unsigned long flags;
	int ret = 0;

	if (!on) {
		disarm(card);
		return 0;
	}

	spin_lock_irqsave(&card->lock, flags);
	if (card->gone) {
		ret = -EIO;
	} else if (!card->armed) {
		card->armed = true;
		if (card->masks_intx)
			pci_intx(card->pdev, 1);
		else
			enable_irq(card->pdev->irq);
	}
	spin_unlock_irqrestore(&card->lock, flags);

	return ret;
}

static int card_open(struct uio_info *info, struct inode *inode)
{
	struct card *card = info->priv;

	if (!card_is_isolated(&card->pdev->dev)) {
		/* With DMA to anywhere the opener can do anything. */
		if (!capable(CAP_SYS_RAWIO))
			return -EPERM;
		add_taint(TAINT_USER, LOCKDEP_STILL_OK);
	}

	if (!card_set_opener(card, inode))
		return -EBUSY;

	dma_memory_zero(&card->memory);
	pci_set_master(card->pdev);

	return 0;
}

/* On the last close only: there is one open file, and each mapping holds it. */
static int card_release(struct uio_info *info, struct inode *inode)
{
	struct card *card = info->priv;

	disarm(card);
	card_silence(card);
	pci_clear_master(card->pdev);
	card_forget_opener(card);

	return 0;
}

/* Attributes */

static ssize_t dma_address_show(struct device *dev, struct device_attribute *attribute, char *text)
{
	struct card *card = dev_get_drvdata(dev);

	return sysfs_emit(text, "0x%llx\n", (unsigned long long)card->memory.bus);
}
static DEVICE_ATTR_RO(dma_address);

static ssize_t dma_size_show(struct device *dev, struct device_attribute *attribute, char *text)
{
	struct card *card = dev_get_drvdata(dev);

	return sysfs_emit(text, "%zu\n", card->memory.size);
}
static DEVICE_ATTR_RO(dma_size);

static struct attribute *card_attributes[] = {
	&dev_attr_dma_address.attr,
	&dev_attr_dma_size.attr,
	NULL
};

static const struct attribute_group card_group = {
	.name = RINGLIGHT_SYSFS_GROUP,
	.attrs = card_attributes,
};

static const struct attribute_group *card_groups[] = {
	&card_group,
	NULL
};

/* PCI */

static void describe(struct card *card)
{
	struct uio_info *info = &card->info;
	struct uio_mem *bar0 = &info->mem[RINGLIGHT_UIO_MAP_BAR0];
	struct uio_mem *dma = &info->mem[RINGLIGHT_UIO_MAP_DMA];

	info->name = KBUILD_MODNAME;
	info->version = "1";
	info->priv = card;
	info->open = card_open;
	info->release = card_release;
#ifdef RINGLIGHT_UIO_MMAP_PREPARE
	info->mmap_prepare = card_mmap;
#else
	info->mmap = card_mmap;
#endif
	info->irqcontrol = card_irqcontrol;

	bar0->name = "bar0";
	bar0->memtype = UIO_MEM_PHYS;
	bar0->addr = pci_resource_start(card->pdev, 0);
	bar0->size = CARD_REGISTERS_SIZE;

	dma->name = "dma";
	dma->memtype = UIO_MEM_IOVA;
	dma->addr = card->memory.bus;
	dma->size = card->memory.size;

	/* A card that cannot mask its interrupt must not share it, and starts with it disabled. */
	if (card->pdev->irq) {
		info->irq = card->pdev->irq;
		info->irq_flags = card->masks_intx ? IRQF_SHARED : IRQF_NO_AUTOEN;
		info->handler = card_interrupt;
	}
}

static int card_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct device *dev = &pdev->dev;
	struct card *card;
	int ret;

	if (!pci_match_id(known_cards, pdev)) {
		dev_err(dev, "not a card of ours (those are the 82540EM, 82544, 82545EM and 82574L)\n");
		return -ENODEV;
	}

	card = kzalloc(sizeof(*card), GFP_KERNEL);
	if (!card)
		return -ENOMEM;

	card->pdev = pdev;
	spin_lock_init(&card->lock);
	pci_set_drvdata(pdev, card);

	ret = pci_enable_device(pdev);
	if (ret) {
		dev_err(dev, "cannot enable the device: %d\n", ret);
		goto err_free;
	}

	if (!(pci_resource_flags(pdev, 0) & IORESOURCE_MEM) ||
	    pci_resource_len(pdev, 0) < CARD_REGISTERS_SIZE) {
		dev_err(dev, "BAR 0 does not hold the registers\n");
		ret = -ENODEV;
		goto err_disable;
	}

	ret = pci_request_region(pdev, 0, KBUILD_MODNAME);
	if (ret) {
		dev_err(dev, "BAR 0 is in use\n");
		goto err_disable;
	}

	card->regs = pci_iomap(pdev, 0, CARD_REGISTERS_SIZE);
	if (!card->regs) {
		ret = -ENOMEM;
		goto err_release;
	}

	/* Whatever it was doing, for the firmware or a crashed kernel. */
	pci_clear_master(pdev);
	card_silence(card);
	card->masks_intx = pci_intx_mask_supported(pdev);
	disarm(card);

	/* Not more on conventional PCI; and descriptors of user space need no more. */
	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (ret)
		goto err_unmap;

	ret = dma_memory_get(&card->memory, dev, wanted_dma_size);
	if (ret) {
		dev_err(dev, "no DMA memory: not even a part of %lu bytes\n", wanted_dma_size);
		goto err_unmap;
	}
	if (card->memory.size < wanted_dma_size)
		dev_notice(dev, "%zu bytes of DMA memory instead of %lu: memory is fragmented\n",
			   card->memory.size, wanted_dma_size);

	describe(card);
	card_allow_mappings(card);
	ret = uio_register_device(dev, &card->info);
	if (ret) {
		dev_err(dev, "cannot register with UIO: %d\n", ret);
		goto err_memory;
	}

	return 0;

err_memory:
	card_end_mappings(card);
	dma_memory_put(&card->memory);
err_unmap:
	pci_iounmap(pdev, card->regs);
err_release:
	pci_release_region(pdev, 0);
err_disable:
	pci_disable_device(pdev);
err_free:
	kfree(card);
	return ret;
}

/* The node may be open and mapped, and the card may be out of its slot already. */
static void card_remove(struct pci_dev *pdev)
{
	struct card *card = pci_get_drvdata(pdev);

	spin_lock_irq(&card->lock);
	card->gone = true;
	spin_unlock_irq(&card->lock);
	disarm(card);

	/* First: who waits for an interrupt is woken next, and must not reach the card then. */
	card_end_mappings(card);
	/* From here on UIO calls none of our functions, nor release. */
	uio_unregister_device(&card->info);
	card_forget_opener(card);

	card_silence(card);
	pci_clear_master(pdev);

	dma_memory_put(&card->memory);
	pci_iounmap(pdev, card->regs);
	pci_release_region(pdev, 0);
	pci_disable_device(pdev);
	kfree(card);
}

/* Before another kernel starts with kexec: its memory must not be written to. */
static void card_shutdown(struct pci_dev *pdev)
{
	struct card *card = pci_get_drvdata(pdev);

	disarm(card);
	card_silence(card);
	pci_clear_master(pdev);
}

static struct pci_driver card_driver = {
	.name = RINGLIGHT_PCI_DRIVER,
	.probe = card_probe,
	.remove = card_remove,
	.shutdown = card_shutdown,
	.dev_groups = card_groups,
};

int __init ringlight_cards_init(unsigned long dma_size)
{
	wanted_dma_size = dma_size;

	return pci_register_driver(&card_driver);
}

void ringlight_cards_exit(void)
{
	pci_unregister_driver(&card_driver);
}
