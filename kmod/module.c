// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ringlight: keyboard lights as nodes under /dev/ringlight, and Intel e1000 cards for
 * user space through UIO.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/sizes.h>

#include "parts.h"

#define DMA_SIZE_LIMIT SZ_1G

static bool lights = true;
module_param(lights, bool, 0444);
MODULE_PARM_DESC(lights, "Make /dev/ringlight/{capslock,numlock,scrolllock} (default 1)");

static bool uio = true;
module_param(uio, bool, 0444);
MODULE_PARM_DESC(uio, "Drive e1000 cards that driver_override hands to ringlight (default 1)");

static unsigned long dma_size = SZ_8M;
module_param(dma_size, ulong, 0444);
MODULE_PARM_DESC(dma_size, "DMA memory of each card in bytes (default 8388608)");

static int __init ringlight_init(void)
{
	int ret;

	if (!dma_size || dma_size > DMA_SIZE_LIMIT) {
		pr_err("dma_size=%lu is not within 1 and %u\n", dma_size, DMA_SIZE_LIMIT);
		return -EINVAL;
	}

	if (uio) {
		ret = ringlight_cards_init(dma_size);
		if (ret)
			return ret;
	}

	/* Last, because nodes that somebody may have opened cannot be taken back. */
	if (lights) {
		ret = ringlight_lights_init();
		if (ret) {
			if (uio)
				ringlight_cards_exit();
			return ret;
		}
	}

	return 0;
}
module_init(ringlight_init);

static void __exit ringlight_exit(void)
{
	if (lights)
		ringlight_lights_exit();
	if (uio)
		ringlight_cards_exit();
}
module_exit(ringlight_exit);

MODULE_DESCRIPTION("Keyboard lights as device nodes, e1000 cards through UIO");
MODULE_AUTHOR("The Ringlight authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
/* Without it keyboards have no LED-class devices. */
MODULE_SOFTDEP("pre: input-leds");
