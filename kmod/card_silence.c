// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only registers of a card that the kernel touches: those that silence it.
 */
#include <linux/delay.h>
#include <linux/io.h>

#include "card.h"

/* As in the Software Developer's Manual, table 13-2. */
#define REG_CTRL	0x0000
#define  CTRL_RST	BIT(26)
#define REG_STATUS	0x0008
#define REG_IMC		0x00d8
#define REG_RCTL	0x0100
#define REG_TCTL	0x0400

/**
 * card_silence - make a card do nothing any more
 * @card: the card
 *
 * Stops interrupts, reception and transmission, then resets. The first three also by hand:
 * QEMU's reset leaves registers as they are.
 */
void card_silence(struct card *card)
{
	u32 control;

	iowrite32(~0U, card->regs + REG_IMC);
	iowrite32(0, card->regs + REG_RCTL);
	iowrite32(0, card->regs + REG_TCTL);

	/* All ones: the card has been pulled. Reading also flushes the writes. */
	control = ioread32(card->regs + REG_CTRL);
	if (control == ~0U)
		return;

	/* Let a transfer end that is under way; then what the reset needs, with the EEPROM read. */
	usleep_range(10000, 11000);
	iowrite32(control | CTRL_RST, card->regs + REG_CTRL);
	usleep_range(10000, 11000);
	iowrite32(~0U, card->regs + REG_IMC);
	ioread32(card->regs + REG_STATUS);
}
