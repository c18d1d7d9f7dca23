// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who claims a light, and what it is to show.
 *
 * A light shows its newest until-close claim, else its lasting claim, else what its lock key
 * says. Taking a light from its lock key, and giving it back, waits for RCU and blinks, so a
 * light stays taken for as long as there is any claim.
 */
#include <linux/input-event-codes.h>
#include <linux/module.h>

#include "lights.h"
#include "parts.h"

#if !IS_ENABLED(CONFIG_LEDS_TRIGGERS) || !IS_ENABLED(CONFIG_INPUT_LEDS)
#error "The lights need a kernel with CONFIG_LEDS_TRIGGERS and CONFIG_INPUT_LEDS"
#endif

struct workqueue_struct *lights_queue;

/* Makes the keyboards show what the claims say. Call with the light's lock held. */
static int light_show(struct light *light)
{
	const struct opener *top;
	bool lit;
	int ret = 0;

	top = list_first_entry_or_null(&light->temporary, struct opener, claim);
	lit = top ? top->lit : light->lasting_lit;

	if (!top && !light->lasting) {
		if (light->held) {
			WRITE_ONCE(light->held, false);
			ret = keyboards_visit(light, VISIT_GIVE_BACK);
		}
		light_look(light);
		return min(ret, 0);
	}

	led_trigger_event(&light->trigger, lit ? LED_FULL : LED_OFF);
	if (!light->held || READ_ONCE(light->lost)) {
		WRITE_ONCE(light->held, true);
		WRITE_ONCE(light->lost, false);
		ret = keyboards_visit(light, VISIT_TAKE);
		if (!ret)
			ret = -ENODEV;
	}
	light_look(light);
	return min(ret, 0);
}

static void end_claim(struct opener *opener)
{
	if (!opener->until_close) {
		opener->light->lasting = false;
	} else if (opener->claims) {
		list_del(&opener->claim);
		opener->claims = false;
	}
}

static void make_claim(struct opener *opener, bool lit)
{
	struct light *light = opener->light;

	if (!opener->until_close) {
		light->lasting = true;
		light->lasting_lit = lit;
		return;
	}

	opener->lit = lit;
	if (!opener->claims) {
		list_add(&opener->claim, &light->temporary);
		opener->claims = true;
	}
}

int light_claim(struct opener *opener, bool lit)
{
	struct light *light = opener->light;
	int ret;

	mutex_lock(&light->lock);
	ret = min(keyboards_state(light), 0);
	if (!ret) {
		make_claim(opener, lit);
		ret = light_show(light);
		if (ret) {
			end_claim(opener);
			light_show(light);
		}
	}
	mutex_unlock(&light->lock);

	return ret;
}

int light_release(struct opener *opener)
{
	int ret;

	mutex_lock(&opener->light->lock);
	end_claim(opener);
	ret = light_show(opener->light);
	mutex_unlock(&opener->light->lock);

	/* The claim below has no keyboard to show itself on: not this opener's trouble. */
	return ret == -ENODEV ? 0 : ret;
}

void light_claim_until_close(struct opener *opener)
{
	mutex_lock(&opener->light->lock);
	opener->until_close = true;
	mutex_unlock(&opener->light->lock);
}

static void settle_work(struct work_struct *work)
{
	struct light *light = container_of(work, struct light, settle_work.work);

	mutex_lock(&light->lock);
	if (light->held) {
		if (xchg(&light->joining, false))
			keyboards_visit(light, VISIT_JOIN);
		led_trigger_event(&light->trigger, light->trigger.brightness);
		light_look(light);
	}
	mutex_unlock(&light->lock);
}

void light_needs_settling(struct light *light, unsigned int delay_ms)
{
	if (READ_ONCE(light->held))
		queue_delayed_work(lights_queue, &light->settle_work, msecs_to_jiffies(delay_ms));
}

/* Trigger */

static int light_activate(struct led_classdev *led)
{
	led_set_brightness(led, led->trigger->brightness ? led->max_brightness : LED_OFF);
	return 0;
}

/* Also when root writes "0" to the LED's brightness, or another trigger's name to its trigger. */
static void light_deactivate(struct led_classdev *led)
{
	struct light *light = container_of(led->trigger, struct light, trigger);

	WRITE_ONCE(light->lost, true);
}

#define LIGHT(_name, _code) {							\
	.name = _name,								\
	.code = _code,								\
	.node = {								\
		.minor = MISC_DYNAMIC_MINOR,					\
		.name = KBUILD_MODNAME "-" _name,				\
		.nodename = KBUILD_MODNAME "/" _name,				\
		.fops = &light_operations,					\
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
	mutex_init(&light->lock);
	INIT_LIST_HEAD(&light->temporary);
	INIT_DELAYED_WORK(&light->settle_work, settle_work);
	spin_lock_init(&light->watch_lock);
	light->state = -ENODEV;
	init_waitqueue_head(&light->changed);
	INIT_DELAYED_WORK(&light->look_work, light_look_work);
}

/* The first @count lights, last one first. */
static void remove_nodes(unsigned int count)
{
	while (count--)
		misc_deregister(&ringlight_lights[count].node);
}

static void remove_triggers(unsigned int count)
{
	while (count--)
		led_trigger_unregister(&ringlight_lights[count].trigger);
}

int __init ringlight_lights_init(void)
{
	unsigned int triggers, nodes;
	int ret;

	lights_queue = alloc_workqueue(KBUILD_MODNAME, WQ_UNBOUND, 0);
	if (!lights_queue)
		return -ENOMEM;

	for (triggers = 0; triggers < LIGHT_COUNT; triggers++)
		prepare_light(&ringlight_lights[triggers]);

	for (triggers = 0; triggers < LIGHT_COUNT; triggers++) {
		ret = led_trigger_register(&ringlight_lights[triggers].trigger);
		if (ret)
			goto err_triggers;
	}

	ret = keyboards_init();
	if (ret)
		goto err_triggers;

	for (nodes = 0; nodes < LIGHT_COUNT; nodes++) {
		ret = misc_register(&ringlight_lights[nodes].node);
		if (ret)
			goto err_nodes;
	}

	return 0;

err_nodes:
	remove_nodes(nodes);
	keyboards_exit();
err_triggers:
	remove_triggers(triggers);
	destroy_workqueue(lights_queue);
	return ret;
}

/* Nobody has a node open now, but lasting claims may be left. */
void ringlight_lights_exit(void)
{
	struct light *light;

	remove_nodes(LIGHT_COUNT);

	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++) {
		mutex_lock(&light->lock);
		light->lasting = false;
		light_show(light);
		mutex_unlock(&light->lock);
	}

	keyboards_exit();
	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++) {
		cancel_delayed_work_sync(&light->settle_work);
		cancel_delayed_work_sync(&light->look_work);
	}
	remove_triggers(LIGHT_COUNT);
	destroy_workqueue(lights_queue);
}
