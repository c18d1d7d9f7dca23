/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA memory of one device, contiguous on its bus.
 */
#ifndef RINGLIGHT_DMA_MEMORY_H
#define RINGLIGHT_DMA_MEMORY_H

#include <linux/types.h>

struct device;

struct dma_piece {
	void *cpu;
	dma_addr_t bus;
};

/**
 * struct dma_memory - memory that a device and a process share
 * @dev: the device
 * @bus: its address on the device's bus
 * @size: in bytes, a multiple of the page size
 * @pieces: what it is made of, in the order of their addresses
 * @piece_count: how many
 * @piece_size: bytes of each
 */
struct dma_memory {
	struct device *dev;
	dma_addr_t bus;
	size_t size;
	struct dma_piece *pieces;
	unsigned int piece_count;
	size_t piece_size;
};

int dma_memory_get(struct dma_memory *memory, struct device *dev, size_t size);
void dma_memory_put(struct dma_memory *memory);
void dma_memory_zero(struct dma_memory *memory);
unsigned long dma_memory_pfn(const struct dma_memory *memory, unsigned long page);

#endif
