/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of lwIP's packets is the card's.
 *
 * lwIP takes the memory of what it sends from mem_malloc, by default malloc. These functions stand before its own (a program's
 * symbols come before those of a shared library), so that the one copy of a payload that tcp_write makes lies where the card can
 * read it. Everything here is called by who holds lwIP's core lock.
 */
#ifndef CLWIPMEMORY_H
#define CLWIPMEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ringlight_lwip_lender {
	/* Gives a buffer of `size` bytes that the card can read, or NULL. */
	void *_Nullable (*_Nonnull lend)(void *_Nonnull context);
	/* Takes one back, by any address in it. */
	void (*_Nonnull give_back)(void *_Nonnull context, void *_Nonnull buffer);
	void *_Nonnull context;
	/* All buffers lie in [start, end). */
	uintptr_t start, end;
	size_t size;
};

/*
 * From now on memory of 512 bytes up to a buffer's size comes from the lender while it has some.
 * false: there is a lender already. All memory is then malloc's, and what is sent of it is copied.
 */
bool ringlight_lwip_set_lender(const struct ringlight_lwip_lender *_Nonnull lender);

/* No more from this lender. What lwIP still holds of it must have come back before. */
void ringlight_lwip_clear_lender(void *_Nonnull context);

/* How often memory was asked for: 0 after the first packet says that lwIP does not ask here. */
uint64_t ringlight_lwip_allocations(void);

/*
 * lwIP's own thread does not run; what it would be asked to do (packets to the host's own address), its caller's loop does:
 * the work that came since the last call is done. Returns how much that was.
 */
unsigned int ringlight_lwip_run_callbacks(void);

/* The work that came since is never done: the interface that it was for goes. */
void ringlight_lwip_drop_callbacks(void);

#endif
