// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA memory of one device, contiguous on its bus.
 *
 * Behind an IOMMU any size is one allocation. Without one, and without CMA (as in Debian's
 * kernels), 4 MiB is the page allocator's largest: more must come from neighbours, which the
 * allocator often hands out one after the other.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "dma_memory.h"

#define PIECE_SIZE SZ_4M
#define SMALLEST SZ_256K

static bool piece_get(struct device *dev, size_t size, struct dma_piece *piece)
{
	piece->cpu = dma_alloc_coherent(dev, size, &piece->bus, GFP_KERNEL | __GFP_NOWARN);
	return piece->cpu;
}

static void pieces_put(struct device *dev, size_t size, struct dma_piece *pieces,
		       unsigned int count)
{
	while (count--)
		dma_free_coherent(dev, size, pieces[count].cpu, pieces[count].bus);
}

/* Adds @piece, keeping the pieces in the order of their addresses. */
static void insert(struct dma_piece *pieces, unsigned int count, struct dma_piece piece)
{
	for (; count && pieces[count - 1].bus > piece.bus; count--)
		pieces[count] = pieces[count - 1];
	pieces[count] = piece;
}

/* Where @wanted neighbours begin, or @count if nowhere. */
static unsigned int find_neighbours(const struct dma_piece *pieces, unsigned int count,
				    unsigned int wanted)
{
	unsigned int start = 0, i;

	for (i = 0; i < count; i++) {
		if (i && pieces[i].bus != pieces[i - 1].bus + PIECE_SIZE)
			start = i;
		if (i - start + 1 == wanted)
			return start;
	}

	return count;
}

/* Takes pieces until enough of them are neighbours, then returns the others. */
static int get_neighbours(struct dma_memory *memory, size_t size)
{
	unsigned int wanted = DIV_ROUND_UP(size, PIECE_SIZE);
	unsigned int limit = 4 * wanted;
	unsigned int count = 0, start = 0;
	struct dma_piece *pieces, piece;
	int ret = -ENOMEM;

	pieces = kcalloc(limit, sizeof(*pieces), GFP_KERNEL);
	if (!pieces)
		return -ENOMEM;

	while (count < limit && piece_get(memory->dev, PIECE_SIZE, &piece)) {
		insert(pieces, count++, piece);
		start = find_neighbours(pieces, count, wanted);
		if (start == count)
			continue;

		memory->pieces = kmemdup(pieces + start, wanted * sizeof(*pieces), GFP_KERNEL);
		if (!memory->pieces)
			break;
		pieces_put(memory->dev, PIECE_SIZE, pieces + start + wanted,
			   count - start - wanted);
		count = start;
		memory->piece_count = wanted;
		memory->piece_size = PIECE_SIZE;
		ret = 0;
		break;
	}

	pieces_put(memory->dev, PIECE_SIZE, pieces, count);
	kfree(pieces);
	return ret;
}

static int get_one(struct dma_memory *memory, size_t size)
{
	memory->pieces = kzalloc(sizeof(*memory->pieces), GFP_KERNEL);
	if (!memory->pieces)
		return -ENOMEM;

	if (!piece_get(memory->dev, size, memory->pieces)) {
		kfree(memory->pieces);
		return -ENOMEM;
	}

	memory->piece_count = 1;
	memory->piece_size = size;
	return 0;
}

/**
 * dma_memory_get - allocate memory for a device
 * @memory: what to fill in
 * @dev: the device
 * @size: bytes wanted; if memory is too fragmented, half of it, and so on
 *
 * Return: 0, or -ENOMEM.
 */
int dma_memory_get(struct dma_memory *memory, struct device *dev, size_t size)
{
	int ret;

	memory->dev = dev;
	size = PAGE_ALIGN(size);
	for (;;) {
		ret = get_one(memory, size);
		if (ret && size > PIECE_SIZE)
			ret = get_neighbours(memory, size);
		if (!ret || size <= SMALLEST)
			break;
		size = PAGE_ALIGN(size / 2);
	}
	if (ret)
		return ret;

	memory->bus = memory->pieces[0].bus;
	memory->size = memory->piece_size * memory->piece_count;
	return 0;
}

void dma_memory_put(struct dma_memory *memory)
{
	pieces_put(memory->dev, memory->piece_size, memory->pieces, memory->piece_count);
	kfree(memory->pieces);
}

void dma_memory_zero(struct dma_memory *memory)
{
	unsigned int i;

	for (i = 0; i < memory->piece_count; i++)
		memset(memory->pieces[i].cpu, 0, memory->piece_size);
}

/**
 * dma_memory_pfn - where a page of the memory is for the processor
 * @memory: the memory
 * @page: the page's number in it
 *
 * Behind an IOMMU the pages may be anywhere, and the kernel sees them through a mapping.
 *
 * Return: its page frame number.
 */
unsigned long dma_memory_pfn(const struct dma_memory *memory, unsigned long page)
{
	size_t offset = page << PAGE_SHIFT;
	void *cpu = memory->pieces[offset / memory->piece_size].cpu + offset % memory->piece_size;

	return is_vmalloc_addr(cpu) ? vmalloc_to_pfn(cpu) : page_to_pfn(virt_to_page(cpu));
}
