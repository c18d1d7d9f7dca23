/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volatile loads, stores and fences for device registers and descriptors.
 * Header only: each call is a single mov in the caller, also across modules.
 */
#ifndef RINGLIGHT_CVOLATILE_H
#define RINGLIGHT_CVOLATILE_H

#include <stdint.h>

static inline uint32_t volatile_load_u32(const void *address)
{
	return *(const volatile uint32_t *)address;
}

static inline void volatile_store_u32(void *address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

static inline uint64_t volatile_load_u64(const void *address)
{
	return *(const volatile uint64_t *)address;
}

static inline void volatile_store_u64(void *address, uint64_t value)
{
	*(volatile uint64_t *)address = value;
}

/* Orders earlier loads of DMA memory (a descriptor's status) before later ones (its buffer). */
static inline void dma_load_fence(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

/* Orders earlier stores to DMA memory (descriptors) before a later register write (the tail). */
static inline void dma_store_fence(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

#endif
