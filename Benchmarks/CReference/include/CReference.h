/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rings of Sources/E1000 once more, in C: what they are measured against.
 */
#ifndef RINGLIGHT_CREFERENCE_H
#define RINGLIGHT_CREFERENCE_H

#include <stdint.h>
#include "InMemoryCard.h"

struct creference;

/* Rings of that many descriptors, and as many buffers as both and `spare` more; NULL when memory is short. */
struct creference *creference_open(struct inmemory_card *card, uint32_t descriptors, uint32_t spare);
void creference_close(struct creference *reference);

/*
 * Receives and sends `packets` frames in bursts of `batch`, touching one byte of each.
 * Returns how many frames were reported sent.
 */
uint64_t creference_forward(struct creference *reference, uint32_t batch, uint64_t packets);

#endif
