/* SPDX-License-Identifier: Apache-2.0 */
#include "InMemoryCard.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Registers that the card looks at, by their names in the manual. */
enum {
	CTRL = 0x0000, EERD = 0x0014,
	RDBAL = 0x2800, RDLEN = 0x2808, RDT = 0x2818,
	TDBAL = 0x3800, TDLEN = 0x3808, TDT = 0x3818,
};

#define CTRL_RST (1u << 26)
#define EERD_START (1u << 0)
#define EERD_DONE (1u << 4)
#define DESCRIPTOR_DONE (UINT64_C(1) << 32)
#define RECEIVED_60_BYTES (DESCRIPTOR_DONE | UINT64_C(1) << 33 | 60)

static volatile uint32_t *reg(struct inmemory_card *card, uint32_t offset)
{
	return (volatile uint32_t *)(card->registers + offset);
}

struct inmemory_card *inmemory_card_create(void)
{
	struct inmemory_card *card = calloc(1, sizeof *card);

	if (!card)
		return NULL;
	card->registers = aligned_alloc(4096, INMEMORY_CARD_REGISTERS);
	card->memory = aligned_alloc(4096, INMEMORY_CARD_MEMORY);
	if (!card->registers || !card->memory) {
		inmemory_card_destroy(card);
		return NULL;
	}
	memset(card->registers, 0, INMEMORY_CARD_REGISTERS);
	memset(card->memory, 0, INMEMORY_CARD_MEMORY);
	return card;
}

void inmemory_card_destroy(struct inmemory_card *card)
{
	free(card->registers);
	free(card->memory);
	free(card);
}

struct inmemory_card_bringup {
	struct inmemory_card *card;
	pthread_t thread;
	int ending;
};

/* MAC 02:00:00:00:00:01 and the last word that makes the sum 0xBABA. */
static uint16_t eeprom_word(uint32_t address)
{
	switch (address) {
	case 0: return 0x0002;
	case 2: return 0x0100;
	case 63: return 0xbaba - 0x0102;
	default: return 0;
	}
}

static void *play_bringup(void *argument)
{
	struct inmemory_card_bringup *bringup = argument;
	struct inmemory_card *card = bringup->card;

	while (!__atomic_load_n(&bringup->ending, __ATOMIC_ACQUIRE)) {
		uint32_t value = *reg(card, EERD);

		if (value & EERD_START)
			*reg(card, EERD) = EERD_DONE | (uint32_t)eeprom_word(value >> 8 & 0xff) << 16;
		value = *reg(card, CTRL);
		if (value & CTRL_RST)
			*reg(card, CTRL) = value & ~CTRL_RST;
		usleep(5);
	}
	return NULL;
}

struct inmemory_card_bringup *inmemory_card_bringup_begin(struct inmemory_card *card)
{
	struct inmemory_card_bringup *bringup = calloc(1, sizeof *bringup);

	if (!bringup)
		return NULL;
	bringup->card = card;
	if (pthread_create(&bringup->thread, NULL, play_bringup, bringup)) {
		free(bringup);
		return NULL;
	}
	return bringup;
}

void inmemory_card_bringup_end(struct inmemory_card *card, struct inmemory_card_bringup *bringup)
{
	__atomic_store_n(&bringup->ending, 1, __ATOMIC_RELEASE);
	pthread_join(bringup->thread, NULL);
	free(bringup);
	inmemory_card_find_rings(card);
}

void inmemory_card_find_rings(struct inmemory_card *card)
{
	card->receive_ring = (uint64_t *)(card->memory + (*reg(card, RDBAL) - INMEMORY_CARD_BUS));
	card->transmit_ring = (uint64_t *)(card->memory + (*reg(card, TDBAL) - INMEMORY_CARD_BUS));
	card->receive_count = *reg(card, RDLEN) / 16;
	card->transmit_count = *reg(card, TDLEN) / 16;
	card->receive_head = 0;
	card->transmit_head = 0;
}

uint32_t inmemory_card_receive(struct inmemory_card *card, uint32_t frames)
{
	uint32_t head = card->receive_head, tail = *reg(card, RDT), count = card->receive_count, arrived = 0;
	uint64_t *ring = card->receive_ring;

	while (arrived < frames && head != tail) {
		*(volatile uint64_t *)&ring[head * 2 + 1] = RECEIVED_60_BYTES;
		head = head + 1 == count ? 0 : head + 1;
		arrived++;
	}
	card->receive_head = head;
	return arrived;
}

void inmemory_card_transmit(struct inmemory_card *card)
{
	uint32_t head = card->transmit_head, tail = *reg(card, TDT), count = card->transmit_count;
	uint64_t *ring = card->transmit_ring;

	while (head != tail) {
		*(volatile uint64_t *)&ring[head * 2 + 1] |= DESCRIPTOR_DONE;
		head = head + 1 == count ? 0 : head + 1;
	}
	card->transmit_head = head;
}
