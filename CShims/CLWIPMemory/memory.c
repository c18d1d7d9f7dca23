// SPDX-License-Identifier: Apache-2.0
#include "CLWIPMemory.h"

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
	return malloc(size);
}

void *mem_calloc(size_t count, size_t size)
{
	allocations++;
	return calloc(count, size);
}

void mem_free(void *memory)
{
	if (!memory)
		return;
	if (is_lent(memory)) {
		lender.give_back(lender.context, memory);
		return;
	}
	free(memory);
}

/* Nothing is won by moving a packet into less memory. */
void *mem_trim(void *memory, size_t size)
{
	(void)size;
	return memory;
}
