// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lights that there are, and how they come and go with the module.
 */
#include <linux/input-event-codes.h>
#include <linux/module.h>

#include "lights.h"
#include "parts.h"

#if !IS_ENABLED(CONFIG_LEDS_TRIGGERS) || !IS_ENABLED(CONFIG_INPUT_LEDS)
#error "The lights need a kernel with CONFIG_LEDS_TRIGGERS and CONFIG_INPUT_LEDS"
#endif

struct workqueue_struct *lights_queue;

static const struct keyboards_listener listener = {
	.changed = light_may_have_changed,
	.strayed = light_needs_settling,
	.moved = light_keyboards_moved,
};

#define LIGHT(_name, _code) {							\
	.name = _name,								\
	.code = _code,								\
	.node = {								\
		.minor = MISC_DYNAMIC_MINOR,					\
		.name = KBUILD_MODNAME "-" _name,				\
		.nodename = KBUILD_MODNAME "/" _name,				\
		.fops = &light_operations,					\
		.groups = light_attributes,					\
	},									\
	.trigger = {								\
		.name = KBUILD_MODNAME "-" _name,				\
		.activate = light_activate,					\
		.deactivate = light_deactivate,					\
	},									\
}

struct light ringlight_lights[LIGHT_COUNT] = {
	LIGHT("capslock", LED_CAPSL),
	LIGHT("numlock", LED_NUML),
	LIGHT("scrolllock", LED_SCROLLL),
};

static void prepare_light(struct light *light)
{
	light_prepare_claims(light);
	light_prepare_watching(light);
}

/* The first @count lights, last one first. */
static void remove_nodes(unsigned int count)
{
	while (count--) {
		light_attributes_end(&ringlight_lights[count]);
		misc_deregister(&ringlight_lights[count].node);
	}
}

static void remove_triggers(unsigned int count)
{
	while (count--)
		led_trigger_unregister(&ringlight_lights[count].trigger);
}

/* Nobody can make new claims when the nodes are gone. */
static void end_lights(unsigned int nodes)
{
	struct light *light;

	remove_nodes(nodes);
	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++)
		light_end_claims(light);

	keyboards_exit();
	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++) {
		light_end_settling(light);
		light_end_watching(light);
	}
}

int __init ringlight_lights_init(void)
{
	unsigned int triggers, nodes;
	int ret;

	/* Freezable: a pattern must not talk to a keyboard that sleeps. */
	lights_queue = alloc_workqueue(KBUILD_MODNAME, WQ_UNBOUND | WQ_FREEZABLE, 0);
	if (!lights_queue)
		return -ENOMEM;

	for (triggers = 0; triggers < LIGHT_COUNT; triggers++)
		prepare_light(&ringlight_lights[triggers]);

	for (triggers = 0; triggers < LIGHT_COUNT; triggers++) {
		ret = led_trigger_register(&ringlight_lights[triggers].trigger);
		if (ret)
			goto err_triggers;
	}

	ret = keyboards_init(&listener);
	if (ret)
		goto err_triggers;

	for (nodes = 0; nodes < LIGHT_COUNT; nodes++) {
		ret = misc_register(&ringlight_lights[nodes].node);
		if (ret)
			goto err_nodes;
		light_attributes_begin(&ringlight_lights[nodes]);
	}

	return 0;

err_nodes:
	end_lights(nodes);
err_triggers:
	remove_triggers(triggers);
	destroy_workqueue(lights_queue);
	return ret;
}

/* Nobody has a node open now. */
void ringlight_lights_exit(void)
{
	end_lights(LIGHT_COUNT);
	remove_triggers(LIGHT_COUNT);
	destroy_workqueue(lights_queue);
}
