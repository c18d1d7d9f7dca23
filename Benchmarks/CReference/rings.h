/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same algorithm and the same data layout as Sources/E1000: descriptors as two 64-bit words, stacks of buffer offsets,
 * metadata beside the buffers, the same checks of what the card says and of what the caller does, the same counters.
 * Written as C is written: one translation unit, everything inline, structures by pointer.
 */
#ifndef RINGLIGHT_CREFERENCE_RINGS_H
#define RINGLIGHT_CREFERENCE_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#define BUFFER_SIZE 2048u
#define UNTAGGED 1514u
#define TAGGED 1518u

#define RDT 0x2818
#define TDT 0x3818

#define TX_EOP (UINT64_C(1) << 24)
#define TX_IFCS (UINT64_C(1) << 25)
#define TX_RS (UINT64_C(1) << 27)
#define DD (UINT64_C(1) << 32)
#define RX_EOP (UINT64_C(1) << 33)
#define RX_ERRORS (UINT64_C(0x97) << 40)

struct packet {
	uint8_t *buffer;
	uint32_t length;
};

struct pool {
	uint8_t *base;
	uint64_t size;
	uint64_t bus;
	uint32_t *free;
	uint32_t available;
};

struct transmit_ring {
	uint64_t *ring;
	uint32_t *buffers;
	uint32_t count, head, tail, unused, committed;
	uint64_t tail_writes;
};

struct receive_ring {
	uint64_t *ring;
	uint32_t *buffers;
	uint32_t count, head, unreported, report_after;
	bool skipping;
	uint64_t bad_frames, refill_misses, tail_writes;
};

static inline uint64_t load(const uint64_t *word) { return *(const volatile uint64_t *)word; }
static inline void store(uint64_t *word, uint64_t value) { *(volatile uint64_t *)word = value; }

static inline void write_register(uint8_t *registers, uint32_t offset, uint32_t value)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
	*(volatile uint32_t *)(registers + offset) = value;
}

static inline uint64_t bus_address(const struct pool *pool, uint32_t offset)
{
	return pool->bus + offset;
}

static inline bool pool_get(struct pool *pool, uint32_t *offset)
{
	if (pool->available == 0)
		return false;
	*offset = pool->free[--pool->available];
	return true;
}

static inline void pool_put(struct pool *pool, uint32_t offset)
{
	pool->free[pool->available++] = offset;
}

/* A packet of another pool traps. */
static inline uint32_t pool_take(const struct pool *pool, const struct packet *packet)
{
	uint64_t offset = (uint64_t)packet->buffer - (uint64_t)pool->base;

	if (offset >= pool->size)
		__builtin_trap();
	return offset;
}

static inline uint32_t after(uint32_t position, uint32_t count)
{
	return position + 1 == count ? 0 : position + 1;
}

/* Transmit */

static inline bool is_valid_frame(const struct packet *packet)
{
	if (__builtin_expect(packet->length - 1 < UNTAGGED, 1))
		return true;
	return packet->length > UNTAGGED && packet->length <= TAGGED && packet->buffer[12] == 0x81 && packet->buffer[13] == 0;
}

enum append_result { QUEUED, FULL, REFUSED };

static inline enum append_result append(struct transmit_ring *ring, const struct packet *packet, const struct pool *pool)
{
	uint32_t tail = ring->tail, offset;

	if (__builtin_expect(tail == ring->unused, 0))
		return FULL;
	if (__builtin_expect(!is_valid_frame(packet), 0))
		return REFUSED;
	offset = pool_take(pool, packet);
	store(&ring->ring[tail * 2], bus_address(pool, offset));
	store(&ring->ring[tail * 2 + 1], packet->length | TX_EOP | TX_IFCS | TX_RS);
	ring->buffers[tail] = offset;
	ring->tail = after(tail, ring->count);
	return QUEUED;
}

static inline void transmit_commit(struct transmit_ring *ring, uint8_t *registers)
{
	if (ring->tail == ring->committed)
		return;
	ring->committed = ring->tail;
	ring->tail_writes++;
	write_register(registers, TDT, ring->tail);
}

static inline uint32_t reclaim(struct transmit_ring *ring, struct pool *pool)
{
	uint32_t head = ring->head, done = 0;
	const uint64_t *descriptors = ring->ring;
	const uint32_t *buffers = ring->buffers, committed = ring->committed, count = ring->count;

	while (head != committed) {
		if (!(load(&descriptors[head * 2 + 1]) & DD))
			break;
		pool_put(pool, buffers[head]);
		if (++head == count)
			head = 0;
		done++;
	}
	ring->head = head;
	ring->unused = head == 0 ? ring->count - 1 : head - 1;
	return done;
}

/* Receive */

static inline void arm(struct receive_ring *ring, uint32_t position, uint32_t offset, const struct pool *pool)
{
	store(&ring->ring[position * 2], bus_address(pool, offset));
	store(&ring->ring[position * 2 + 1], 0);
	ring->buffers[position] = offset;
}

static inline bool is_good(uint64_t status)
{
	uint32_t length = status & 0xffff;

	return (status & (DD | RX_EOP | RX_ERRORS)) == (DD | RX_EOP) && length - 1 < BUFFER_SIZE;
}

/*
 * Gives the descriptors of bad frames back, unread, each with the buffer that it has.
 * Returns the status of the next good frame, or of a descriptor that is not done.
 */
static __attribute__((noinline)) uint64_t skip_bad_frames(struct receive_ring *ring, const struct pool *pool)
{
	for (;;) {
		uint32_t head = ring->head;
		uint64_t status = load(&ring->ring[head * 2 + 1]);

		if (!(status & DD) || (is_good(status) && !ring->skipping))
			return status;
		if (!ring->skipping)
			ring->bad_frames++;
		ring->skipping = !(status & RX_EOP);
		arm(ring, head, ring->buffers[head], pool);
		ring->head = after(head, ring->count);
		ring->unreported++;
	}
}

static inline bool next(struct receive_ring *ring, struct pool *pool, struct packet *packet)
{
	uint64_t status = load(&ring->ring[ring->head * 2 + 1]);
	uint32_t head, fresh, filled;

	if (__builtin_expect(!is_good(status) || ring->skipping, 0)) {
		status = skip_bad_frames(ring, pool);
		if (!(status & DD))
			return false;
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__builtin_expect(!pool_get(pool, &fresh), 0)) {
		ring->refill_misses++;
		return false;
	}
	head = ring->head;
	filled = ring->buffers[head];
	arm(ring, head, fresh, pool);
	ring->head = after(head, ring->count);
	ring->unreported++;
	packet->buffer = pool->base + filled;
	packet->length = status & 0xffff;
	return true;
}

static inline void receive_commit(struct receive_ring *ring, uint8_t *registers)
{
	if (ring->unreported < ring->report_after)
		return;
	ring->unreported = 0;
	ring->tail_writes++;
	write_register(registers, RDT, ring->head == 0 ? ring->count - 1 : ring->head - 1);
}

#endif
