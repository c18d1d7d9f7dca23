/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cheapest card there can be: registers and DMA memory are plain memory, and the card moves when it is told to.
 *
 * For measuring what drives it. Its own cost is the same whoever drives it: two calls a burst, then for
 * each frame one store (receive: DD, EOP, length) and one read-modify-write (transmit: DD).
 */
#ifndef RINGLIGHT_INMEMORYCARD_H
#define RINGLIGHT_INMEMORYCARD_H

#include <stddef.h>
#include <stdint.h>

struct inmemory_card {
	uint8_t *registers;
	uint8_t *memory;
	uint64_t *receive_ring, *transmit_ring;
	uint32_t receive_count, transmit_count;
	/* The card's own positions. */
	uint32_t receive_head, transmit_head;
};

/* Bytes of registers (BAR0) and of DMA memory, and where the card sees the latter. */
#define INMEMORY_CARD_REGISTERS 0x20000
#define INMEMORY_CARD_MEMORY (8 << 20)
#define INMEMORY_CARD_BUS 0x40000000u

/* NULL when memory is short. */
struct inmemory_card *inmemory_card_create(void);
void inmemory_card_destroy(struct inmemory_card *card);

/*
 * While a driver brings the card up, a thread plays what plain memory cannot: CTRL.RST clears itself, and
 * EERD answers with an EEPROM whose checksum is right. Ended before anything is measured.
 */
struct inmemory_card_bringup;
struct inmemory_card_bringup *inmemory_card_bringup_begin(struct inmemory_card *card);
/* Also learns where the driver put its rings. */
void inmemory_card_bringup_end(struct inmemory_card *card, struct inmemory_card_bringup *bringup);
/* The latter alone. */
void inmemory_card_find_rings(struct inmemory_card *card);

/* Frames of 60 bytes arrive; returns how many found a descriptor. Their bytes are whatever is in the buffers. */
uint32_t inmemory_card_receive(struct inmemory_card *card, uint32_t frames);
/* Sends everything up to TDT: reports each descriptor done. */
void inmemory_card_transmit(struct inmemory_card *card);

#endif
