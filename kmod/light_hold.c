// SPDX-License-Identifier: GPL-2.0-only
/*
 * A light's hold on its LEDs: they obey its trigger, or the chosen one, for as long as it is held,
 * and are brought back to what it shows when another program has had its way with them.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include "lights.h"

/*
 * How soon watchers are told that an LED was taken away from a trigger of the kernel's own, and
 * how often readers may have all keyboards looked at.
 */
#define NOTICE_INTERVAL_MS 250

static int visit(struct light *light, enum visit_purpose purpose, struct visit_result *result)
{
	bool lost;
	int ret;

	ret = keyboards_visit(light, purpose, result);
	WRITE_ONCE(light->visited, jiffies);
	WRITE_ONCE(light->losses, light->losses + result->losses);
	lost = light->held && result->lost;
	if (lost != light->lost) {
		WRITE_ONCE(light->lost, lost);
		/* Does not sleep, and wakes from a work of its own. */
		if (light->lost_file)
			sysfs_notify_dirent(light->lost_file);
	}

	return ret;
}

static int take(struct light *light, enum visit_purpose purpose)
{
	struct visit_result result;
	int ret;

	WRITE_ONCE(light->held, true);
	WRITE_ONCE(light->unsettled, false);
	ret = visit(light, purpose, &result);
	if (!ret && !result.leds)
		ret = -ENODEV;
	/* It was there when it was tried out. */
	if (!ret && result.refused)
		ret = -EINVAL;

	return ret;
}

int light_give_back(struct light *light)
{
	struct visit_result result;

	if (!light->held)
		return 0;

	WRITE_ONCE(light->held, false);
	WRITE_ONCE(light->chosen, NULL);
	return visit(light, VISIT_GIVE_BACK, &result);
}

void light_tell(struct light *light, bool lit)
{
	led_trigger_event(&light->trigger, lit ? LED_FULL : LED_OFF);
}

/**
 * light_hold - have the LEDs obey the trigger that a claim wants
 * @light: the light, with its lock held
 * @claim: what it is to show
 * @take_back: also the LEDs that were taken away
 */
int light_hold(struct light *light, const struct claim *claim, bool take_back)
{
	const struct chosen_trigger *chosen = claim->wish.pattern ? NULL : claim->wish.trigger;
	bool other = light->held && chosen != light->chosen;
	/* Nothing tells when one is taken away from a trigger that is not ours. */
	bool lost = light->lost || READ_ONCE(light->unsettled) || chosen || light->chosen;

	WRITE_ONCE(light->chosen, chosen);
	if (light->held && !other && !(take_back && lost))
		return 0;

	/* A pattern's first step begins when the light is ours, on all keyboards. */
	light_tell(light, !claim->wish.pattern && claim->wish.lit);
	return take(light, other && !take_back ? VISIT_SETTLE : VISIT_TAKE);
}

/* Settling */

static void settle_leds(struct light *light)
{
	struct visit_result result;
	bool lit, strayed;

	if (xchg(&light->unsettled, false) || light->chosen)
		visit(light, VISIT_SETTLE, &result);
	/* What another trigger is to show is not known. */
	if (light->chosen)
		return;

	lit = light->trigger.brightness;
	strayed = keyboards_stray(light, lit);
	light_tell(light, lit);
	/* On a keyboard that is still grabbed, nothing was put right. */
	if (strayed && !keyboards_stray(light, lit))
		WRITE_ONCE(light->corrections, light->corrections + 1);
}

static void settle(struct light *light)
{
	mutex_lock(&light->lock);
	if (light->held) {
		settle_leds(light);
		light_look(light);
		if (light_is_watched(light))
			light_notice_losses_later(light);
	}
	mutex_unlock(&light->lock);
}

static void settle_work(struct work_struct *work)
{
	settle(container_of(work, struct light, settle_work.work));
}

/**
 * light_notice_losses - look whether an LED was taken away, if nothing would tell
 * @light: the light
 *
 * Not again within a quarter of a second: anybody may read, and looking holds up the input core.
 */
void light_notice_losses(struct light *light)
{
	unsigned long again = READ_ONCE(light->visited) + msecs_to_jiffies(NOTICE_INTERVAL_MS);

	if (READ_ONCE(light->chosen) && time_after_eq(jiffies, again))
		settle(light);
}

/* The same in a while, and again for as long as anybody sleeps until a change. */
void light_notice_losses_later(struct light *light)
{
	if (READ_ONCE(light->chosen))
		light_needs_settling(light, NOTICE_INTERVAL_MS);
}

void light_needs_settling(struct light *light, unsigned int delay_ms)
{
	if (!READ_ONCE(light->held))
		return;

	/* At once, though it may be on its way for later. */
	if (!delay_ms)
		mod_delayed_work(lights_queue, &light->settle_work, 0);
	else
		queue_delayed_work(lights_queue, &light->settle_work, msecs_to_jiffies(delay_ms));
}

void light_keyboards_moved(struct light *light)
{
	light_may_have_changed(light);
	/* Not here: the keyboard may get its LEDs after us. */
	WRITE_ONCE(light->unsettled, true);
	light_needs_settling(light, 0);
}

/* Trigger */

int light_activate(struct led_classdev *led)
{
	led_set_brightness(led, led->trigger->brightness ? led->max_brightness : LED_OFF);
	return 0;
}

/* When we give an LED back, when it is unplugged, and when root takes it away: see which it was. */
void light_deactivate(struct led_classdev *led)
{
	struct light *light = container_of(led->trigger, struct light, trigger);

	WRITE_ONCE(light->unsettled, true);
	light_needs_settling(light, 0);
}

/* Beginning and end */

void light_prepare_settling(struct light *light)
{
	INIT_DELAYED_WORK(&light->settle_work, settle_work);
}

/* When no keyboard can ask for it any more. */
void light_end_settling(struct light *light)
{
	cancel_delayed_work_sync(&light->settle_work);
}
