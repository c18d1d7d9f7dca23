/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the module. Each can be left out with a module parameter.
 */
#ifndef RINGLIGHT_PARTS_H
#define RINGLIGHT_PARTS_H

/* Light nodes. */
int ringlight_lights_init(void);
void ringlight_lights_exit(void);

/* The UIO driver of the e1000 family, with @dma_size bytes of DMA memory for each card. */
int ringlight_cards_init(unsigned long dma_size);
void ringlight_cards_exit(void);

#endif
