// SPDX-License-Identifier: GPL-2.0-only
/*
 * A card in the memory of a process.
 *
 * A mapping gets its pages when it is first touched, and from a card that is in the list only.
 * So when a card has left the list, and has been unmapped from all processes, none of its pages
 * can come back, not even into a mapping that was being made meanwhile.
 *
 * A mapping does not point to its card, which it may outlive, but knows its id, and which map
 * it is of: offsets alone do not tell that once it has been split.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/version.h>

#include "card.h"
#include "ringlight.h"

/* Whose pages may still be mapped; the lock is for their openers too. */
static LIST_HEAD(cards);
static DEFINE_MUTEX(cards_lock);
static unsigned long last_id;

static void *mapping_tag(const struct card *card, unsigned long map)
{
	return (void *)(card->id * 2 + map);
}

static struct card *find_card(const void *tag)
{
	struct card *card;

	list_for_each_entry(card, &cards, list)
		if (card->id == (unsigned long)tag / 2)
			return card;

	return NULL;
}

static unsigned long find_page(struct card *card, unsigned long map, unsigned long page)
{
	if (map == RINGLIGHT_UIO_MAP_DMA)
		return dma_memory_pfn(&card->memory, page);

	return PHYS_PFN(card->info.mem[RINGLIGHT_UIO_MAP_BAR0].addr) + page;
}

/* All at once, so that this happens once. */
static vm_fault_t card_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long map = (unsigned long)vma->vm_private_data % 2;
	unsigned long page = vma->vm_pgoff - map;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	unsigned long address;
	struct card *card;

	mutex_lock(&cards_lock);
	card = find_card(vma->vm_private_data);
	for (address = vma->vm_start; card && address < vma->vm_end; address += PAGE_SIZE) {
		ret = vmf_insert_pfn(vma, address, find_page(card, map, page++));
		if (ret & VM_FAULT_ERROR)
			break;
	}
	mutex_unlock(&cards_lock);

	return ret;
}

static const struct vm_operations_struct card_vm_operations = {
	.fault = card_fault,
};

/* DMA memory is cached: these cards see what the processor's caches hold. */
static pgprot_t mapping_protection(unsigned long map, pgprot_t protection)
{
	return map == RINGLIGHT_UIO_MAP_DMA ? protection : pgprot_noncached(protection);
}

/* The UIO core has checked that the map exists and is large enough. */
#ifdef RINGLIGHT_UIO_MMAP_PREPARE
int card_mmap(struct uio_info *info, struct vm_area_desc *desc)
{
	if (!vma_desc_test(desc, VMA_SHARED_BIT))
		return -EINVAL;

	vma_desc_set_flags(desc, VMA_IO_BIT, VMA_PFNMAP_BIT, VMA_DONTEXPAND_BIT, VMA_DONTDUMP_BIT);
	desc->vm_ops = &card_vm_operations;
	desc->private_data = mapping_tag(info->priv, desc->pgoff);
	desc->page_prot = mapping_protection(desc->pgoff, desc->page_prot);

	return 0;
}
#else
int card_mmap(struct uio_info *info, struct vm_area_struct *vma)
{
	const unsigned long flags = VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
	vma->vm_ops = &card_vm_operations;
	vma->vm_private_data = mapping_tag(info->priv, vma->vm_pgoff);
	vma->vm_page_prot = mapping_protection(vma->vm_pgoff, vma->vm_page_prot);

	return 0;
}
#endif

/**
 * card_allow_mappings - let mappings of a card have pages from now on
 * @card: the card
 */
void card_allow_mappings(struct card *card)
{
	mutex_lock(&cards_lock);
	card->id = ++last_id;
	list_add(&card->list, &cards);
	mutex_unlock(&cards_lock);
}

/**
 * card_set_opener - remember the node through which a card is open
 * @card: the card
 * @inode: the node
 *
 * Return: false if the card is open already.
 */
bool card_set_opener(struct card *card, struct inode *inode)
{
	bool is_first;

	mutex_lock(&cards_lock);
	is_first = !card->inode;
	if (is_first) {
		ihold(inode);
		card->inode = inode;
	}
	mutex_unlock(&cards_lock);

	return is_first;
}

/**
 * card_forget_opener - nobody has a card open any more, or is to be asked about it
 * @card: the card
 */
void card_forget_opener(struct card *card)
{
	struct inode *inode;

	mutex_lock(&cards_lock);
	inode = card->inode;
	card->inode = NULL;
	mutex_unlock(&cards_lock);

	iput(inode);
}

/**
 * card_end_mappings - take all pages of a card away from all processes, for good
 * @card: the card; it may be open, and be opened and closed meanwhile
 */
void card_end_mappings(struct card *card)
{
	struct inode *inode;

	mutex_lock(&cards_lock);
	list_del(&card->list);
	inode = card->inode;
	if (inode)
		ihold(inode);
	mutex_unlock(&cards_lock);

	if (!inode)
		return;

	unmap_mapping_range(inode->i_mapping, 0, 0, 1);
	iput(inode);
}
