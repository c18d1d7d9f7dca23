/* SPDX-License-Identifier: Apache-2.0 */
#include "CReference.h"

#include <stdlib.h>

#include "rings.h"

struct creference {
	struct inmemory_card *card;
	uint8_t *registers;
	struct pool pool;
	struct transmit_ring transmit;
	struct receive_ring receive;
};

static void set(struct inmemory_card *card, uint32_t offset, uint32_t value)
{
	write_register(card->registers, offset, value);
}

struct creference *creference_open(struct inmemory_card *card, uint32_t descriptors, uint32_t spare)
{
	struct creference *reference = calloc(1, sizeof *reference);
	uint32_t buffers = descriptors * 2 + spare;
	uint32_t ring_size = descriptors * 16;
	uint64_t pool_offset = (ring_size * 2 + BUFFER_SIZE - 1) / BUFFER_SIZE * BUFFER_SIZE;

	if (!reference)
		return NULL;
	reference->card = card;
	reference->registers = card->registers;
	reference->pool = (struct pool){
		.base = card->memory + pool_offset, .size = (uint64_t)buffers * BUFFER_SIZE, .bus = INMEMORY_CARD_BUS + pool_offset,
		.free = calloc(buffers, sizeof(uint32_t)), .available = buffers,
	};
	reference->transmit = (struct transmit_ring){
		.ring = (uint64_t *)card->memory, .buffers = calloc(descriptors, sizeof(uint32_t)), .count = descriptors,
		.unused = descriptors - 1,
	};
	reference->receive = (struct receive_ring){
		.ring = (uint64_t *)(card->memory + ring_size), .buffers = calloc(descriptors, sizeof(uint32_t)),
		.count = descriptors, .report_after = descriptors / 4 < 32 ? descriptors / 4 : 32,
	};
	if (!reference->pool.free || !reference->transmit.buffers || !reference->receive.buffers ||
	    pool_offset + (uint64_t)buffers * BUFFER_SIZE > INMEMORY_CARD_MEMORY) {
		creference_close(reference);
		return NULL;
	}
	for (uint32_t position = 0; position < buffers; position++)
		reference->pool.free[position] = (buffers - 1 - position) * BUFFER_SIZE;
	for (uint32_t position = 0; position < descriptors; position++) {
		uint32_t offset = 0;

		pool_get(&reference->pool, &offset);
		arm(&reference->receive, position, offset, &reference->pool);
	}
	/* TDBAL, TDLEN, TDT, RDBAL, RDLEN, RDT. */
	set(card, 0x3800, INMEMORY_CARD_BUS);
	set(card, 0x3808, ring_size);
	set(card, TDT, 0);
	set(card, 0x2800, INMEMORY_CARD_BUS + ring_size);
	set(card, 0x2808, ring_size);
	set(card, RDT, descriptors - 1);
	inmemory_card_find_rings(card);
	return reference;
}

void creference_close(struct creference *reference)
{
	free(reference->pool.free);
	free(reference->transmit.buffers);
	free(reference->receive.buffers);
	free(reference);
}

uint64_t creference_forward(struct creference *reference, uint32_t batch, uint64_t packets)
{
	uint64_t sent = 0, forwarded = 0;

	while (forwarded < packets) {
		struct packet packet;

		if (inmemory_card_receive(reference->card, batch) == 0)
			break;
		for (uint32_t i = 0; i < batch; i++) {
			if (!next(&reference->receive, &reference->pool, &packet))
				break;
			packet.buffer[0] ^= 1;
			if (append(&reference->transmit, &packet, &reference->pool) != QUEUED)
				pool_put(&reference->pool, pool_take(&reference->pool, &packet));
			forwarded++;
		}
		transmit_commit(&reference->transmit, reference->registers);
		receive_commit(&reference->receive, reference->registers);
		inmemory_card_transmit(reference->card);
		sent += reclaim(&reference->transmit, &reference->pool);
	}
	return sent;
}
