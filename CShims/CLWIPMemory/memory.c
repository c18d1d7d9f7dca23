// SPDX-License-Identifier: Apache-2.0
#include "CLWIPMemory.h"

#include <malloc.h>
#include <stdlib.h>

/* As lwIP declares them (lwip/mem.h), whose headers are not needed for more. */
void *mem_malloc(size_t size);
void *mem_calloc(size_t count, size_t size);
void mem_free(void *memory);
void *mem_trim(void *memory, size_t size);

/* Less is not a frame with data. */
#define SMALLEST_LENT 512

static struct ringlight_lwip_lender lender;
static uint64_t allocations;
static uint64_t heap_bytes;

bool ringlight_lwip_set_lender(const struct ringlight_lwip_lender *new)
{
	if (lender.context)
		return false;
	lender = *new;
	return true;
}

void ringlight_lwip_clear_lender(void *context)
{
	if (lender.context == context)
		lender = (struct ringlight_lwip_lender){ 0 };
}

uint64_t ringlight_lwip_allocations(void)
{
	return allocations;
}

uint64_t ringlight_lwip_heap_bytes(void)
{
	return heap_bytes;
}

static bool is_lent(void *memory)
{
	return lender.context && (uintptr_t)memory >= lender.start && (uintptr_t)memory < lender.end;
}

void *mem_malloc(size_t size)
{
	void *memory = NULL;

	allocations++;
	if (lender.context && size >= SMALLEST_LENT && size <= lender.size)
		memory = lender.lend(lender.context);
	if (memory)
		return memory;
	memory = malloc(size);
	if (memory)
		heap_bytes += malloc_usable_size(memory);
	return memory;
}

void *mem_calloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	allocations++;
	if (memory)
		heap_bytes += malloc_usable_size(memory);
	return memory;
}

void mem_free(void *memory)
{
	if (!memory)
		return;
	if (is_lent(memory)) {
		lender.give_back(lender.context, memory);
		return;
	}
	heap_bytes -= malloc_usable_size(memory);
	free(memory);
}

/* Nothing is won by moving a packet into less memory. */
void *mem_trim(void *memory, size_t size)
{
	(void)size;
	return memory;
}
