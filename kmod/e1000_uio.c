// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel e1000 cards for user space.
 *
 * One process at a time has the registers (map 0), DMA memory (map 1) and the interrupt of a
 * card. When it closes the node, or dies, or the card is taken away, the card is silenced:
 * no interrupt, no DMA.
 */
#include <linux/capability.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uio_driver.h>
#include <linux/version.h>

#include "dma_memory.h"
#include "parts.h"
#include "ringlight.h"

/* Registers, as in the Software Developer's Manual, table 13-2. */
#define REG_CTRL	0x0000
#define  CTRL_RST	BIT(26)
#define REG_STATUS	0x0008
#define REG_IMC		0x00d8
#define REG_RCTL	0x0100
#define REG_TCTL	0x0400
#define REGS_SIZE	SZ_128K

/* A process that has mapped the card. */
struct mapper {
	struct list_head list;
	struct mm_struct *mm;
};

/**
 * struct card - a card that belongs to this driver
 * @pdev: its PCI device
 * @info: what the UIO core knows of it
 * @regs: BAR 0
 * @memory: its DMA memory
 * @inode: the node through which it is open, or NULL
 * @mappers: who has mapped it through that; like @inode, under the UIO core's lock
 * @masks_intx: the interrupt can be masked in the card's PCI command register
 * @lock: protects @armed and @gone
 * @armed: the interrupt is unmasked
 * @gone: the driver is letting go of the card
 */
struct card {
	struct pci_dev *pdev;
	struct uio_info info;
	void __iomem *regs;
	struct dma_memory memory;

	struct inode *inode;
	struct list_head mappers;

	bool masks_intx;
	spinlock_t lock; /* for the two below */
	bool armed;
	bool gone;
};

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

/* The card alone */

/*
 * Stops interrupts, reception and transmission, then resets. The first three also by hand:
 * QEMU's reset leaves registers as they are.
 */
static void silence(struct card *card)
{
	u32 control;

	iowrite32(~0U, card->regs + REG_IMC);
	iowrite32(0, card->regs + REG_RCTL);
	iowrite32(0, card->regs + REG_TCTL);

	/* All ones: the card has been pulled. Reading also flushes the writes. */
	control = ioread32(card->regs + REG_CTRL);
	if (control == ~0U)
		return;

	/* Let a transfer end that is under way; then what the reset needs, with the EEPROM read. */
	usleep_range(10000, 11000);
	iowrite32(control | CTRL_RST, card->regs + REG_CTRL);
	usleep_range(10000, 11000);
	iowrite32(~0U, card->regs + REG_IMC);
	ioread32(card->regs + REG_STATUS);
}

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

static int count_device(struct device *dev, void *data)
{
	unsigned int *count = data;

	(*count)++;
	return 0;
}

/*
 * True if the card can reach its own DMA memory only: translated addresses, no neighbours
 * with the same translation, no interrupts made by writing to the interrupt controller.
 */
static bool is_isolated(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);
	struct iommu_group *group;
	unsigned int devices = 0;
	bool isolated;

	if (!domain || !(domain->type & __IOMMU_DOMAIN_PAGING))
		return false;

	group = iommu_group_get(dev);
	if (!group)
		return false;

	iommu_group_for_each_dev(group, &devices, count_device);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	isolated = iommu_group_has_isolated_msi(group);
#else
	isolated = device_iommu_capable(dev, IOMMU_CAP_INTR_REMAP);
#endif
	iommu_group_put(group);

	return isolated && devices == 1;
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

	if (!is_isolated(&card->pdev->dev)) {
		/* With DMA to anywhere the opener can do anything. */
		if (!capable(CAP_SYS_RAWIO))
			return -EPERM;
		add_taint(TAINT_USER, LOCKDEP_STILL_OK);
	}

	if (card->inode)
		return -EBUSY;

	ihold(inode);
	card->inode = inode;

	dma_memory_zero(&card->memory);
	pci_set_master(card->pdev);

	return 0;
}

static void forget_opener(struct card *card)
{
	struct mapper *mapper, *next;

	list_for_each_entry_safe(mapper, next, &card->mappers, list) {
		list_del(&mapper->list);
		mmdrop(mapper->mm);
		kfree(mapper);
	}
	iput(card->inode);
	card->inode = NULL;
}

/* On the last close only: there is one open file, and each mapping holds it. */
static int card_release(struct uio_info *info, struct inode *inode)
{
	struct card *card = info->priv;

	disarm(card);
	silence(card);
	pci_clear_master(card->pdev);
	forget_opener(card);

	return 0;
}

static int remember_mapper(struct card *card, struct mm_struct *mm)
{
	struct mapper *mapper;

	list_for_each_entry(mapper, &card->mappers, list)
		if (mapper->mm == mm)
			return 0;

	mapper = kmalloc(sizeof(*mapper), GFP_KERNEL);
	if (!mapper)
		return -ENOMEM;

	mmgrab(mm);
	mapper->mm = mm;
	list_add(&mapper->list, &card->mappers);
	return 0;
}

/* All pages are there from the beginning, so only a mapping that was zapped faults. */
static vm_fault_t card_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct card_vm_operations = {
	.fault = card_fault,
};

/* The UIO core has checked that the map exists and is large enough. */
static int card_mmap(struct uio_info *info, struct vm_area_struct *vma)
{
	struct card *card = info->priv;
	phys_addr_t bar0 = info->mem[RINGLIGHT_UIO_MAP_BAR0].addr;
	int ret;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;

	ret = remember_mapper(card, vma->vm_mm);
	if (ret)
		return ret;

	vma->vm_ops = &card_vm_operations;
	if (vma->vm_pgoff == RINGLIGHT_UIO_MAP_DMA)
		return dma_memory_mmap(&card->memory, vma);

	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	return io_remap_pfn_range(vma, vma->vm_start, bar0 >> PAGE_SHIFT,
				  vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

/*
 * Takes the mappings away from a process that still has the card open. No new ones can come
 * any more, but one may have been made that the inode does not list yet: that process holds
 * its mmap lock until it does.
 */
static void zap_mappings(struct card *card)
{
	struct mapper *mapper;

	list_for_each_entry(mapper, &card->mappers, list) {
		mmap_write_lock(mapper->mm);
		mmap_write_unlock(mapper->mm);
	}
	unmap_mapping_range(card->inode->i_mapping, 0, 0, 1);
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
	info->mmap = card_mmap;
	info->irqcontrol = card_irqcontrol;

	bar0->name = "bar0";
	bar0->memtype = UIO_MEM_PHYS;
	bar0->addr = pci_resource_start(card->pdev, 0);
	bar0->size = REGS_SIZE;

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
	INIT_LIST_HEAD(&card->mappers);
	spin_lock_init(&card->lock);
	pci_set_drvdata(pdev, card);

	ret = pci_enable_device(pdev);
	if (ret) {
		dev_err(dev, "cannot enable the device: %d\n", ret);
		goto err_free;
	}

	if (!(pci_resource_flags(pdev, 0) & IORESOURCE_MEM) ||
	    pci_resource_len(pdev, 0) < REGS_SIZE) {
		dev_err(dev, "BAR 0 does not hold the registers\n");
		ret = -ENODEV;
		goto err_disable;
	}

	ret = pci_request_region(pdev, 0, KBUILD_MODNAME);
	if (ret) {
		dev_err(dev, "BAR 0 is in use\n");
		goto err_disable;
	}

	card->regs = pci_iomap(pdev, 0, REGS_SIZE);
	if (!card->regs) {
		ret = -ENOMEM;
		goto err_release;
	}

	/* Whatever it was doing, for the firmware or a crashed kernel. */
	pci_clear_master(pdev);
	silence(card);
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
	ret = uio_register_device(dev, &card->info);
	if (ret) {
		dev_err(dev, "cannot register with UIO: %d\n", ret);
		goto err_memory;
	}

	return 0;

err_memory:
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

	/* From here on UIO calls none of our functions, nor release. */
	uio_unregister_device(&card->info);
	if (card->inode) {
		zap_mappings(card);
		forget_opener(card);
	}

	silence(card);
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
	silence(card);
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
