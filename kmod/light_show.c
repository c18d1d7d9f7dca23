// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a light shows: its topmost claim, else what its lock key says. Taking a light from its lock
 * key, and giving it back, waits for RCU and blinks, so a light stays taken for as long as there is
 * any claim.
 *
 * Nothing here remembers where a pattern is: each time that the light is shown, that is worked
 * out from the time, and an alarm is set for when it will be different. So one change of the
 * light replaces another whole, whatever was playing.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/version.h>

#include "lights.h"

/* How late the alarm may be, so that it can share a wake-up with others. */
#define ALARM_SLACK_NS (2 * NSEC_PER_MSEC)

/* Patterns */

/* Returns whether the claim's pattern is over; then it is what it was before. */
static bool end_pattern(struct light *light, struct claim *claim, ktime_t now)
{
	struct wish *wish = &claim->wish;

	if (!wish->pattern || !light_pattern_is_over(wish->pattern, now))
		return false;

	kfree(wish->pattern);
	wish->pattern = NULL;
	if (!wish->steady)
		wish_forget(wish);
	claim_place(light, claim);
	WRITE_ONCE(claim->ends, claim->ends + 1);

	return true;
}

static bool end_patterns(struct light *light, ktime_t now)
{
	struct claim *claim, *next;
	bool ended;

	ended = end_pattern(light, &light->lasting, now);
	list_for_each_entry_safe(claim, next, &light->temporary, list)
		ended |= end_pattern(light, claim, now);

	return ended;
}

static void start_patterns(struct light *light, ktime_t now)
{
	struct claim *claim;

	if (light->lasting.wish.pattern)
		light_pattern_start(light->lasting.wish.pattern, now);
	list_for_each_entry(claim, &light->temporary, list)
		if (claim->wish.pattern)
			light_pattern_start(claim->wish.pattern, now);
}

/* What the claim shows now; a pattern below others shows nothing, but it ends. */
static bool shows_until(const struct claim *claim, ktime_t now, ktime_t *until)
{
	*until = KTIME_MAX;
	if (!claim->wish.pattern)
		return claim->wish.lit;

	return light_pattern_at(claim->wish.pattern, now, until);
}

static ktime_t first_end(const struct light *light)
{
	const struct claim *claim;
	ktime_t first = KTIME_MAX;

	if (light->lasting.wish.pattern)
		first = light_pattern_end(light->lasting.wish.pattern);
	list_for_each_entry(claim, &light->temporary, list)
		if (claim->wish.pattern)
			first = min(first, light_pattern_end(claim->wish.pattern));

	return first;
}

static void set_alarm(struct light *light, ktime_t when)
{
	if (when == KTIME_MAX)
		hrtimer_cancel(&light->alarm);
	else
		hrtimer_start_range_ns(&light->alarm, when, ALARM_SLACK_NS, HRTIMER_MODE_ABS_SOFT);
}

static enum hrtimer_restart alarm_goes_off(struct hrtimer *alarm)
{
	struct light *light = container_of(alarm, struct light, alarm);

	/* Taking and giving back a light sleeps. */
	queue_work(lights_queue, &light->step_work);
	return HRTIMER_NORESTART;
}

/* Showing */

/* Shows what a claim that has the light says. */
static void show_claim(struct light *light, const struct claim *claim, ktime_t now)
{
	ktime_t until;
	bool lit;

	start_patterns(light, now);
	lit = shows_until(claim, now, &until);
	light_tell(light, lit);
	set_alarm(light, min(until, first_end(light)));
}

/*
 * A lasting claim has no file that would keep the module. It begins only where a file is open.
 * Where it ends without one, in step_work, the module's exit waits for the lock and for the work.
 */
static void pin_module(struct light *light)
{
	bool wanted = claim_is_made(&light->lasting);

	if (wanted == light->pinned)
		return;

	light->pinned = wanted;
	if (wanted)
		__module_get(THIS_MODULE);
	else
		module_put(THIS_MODULE);
}

/**
 * light_show - make the keyboards show what the claims say
 * @light: the light, with its lock held
 * @take_back: also the LEDs that were taken away: somebody has written
 */
int light_show(struct light *light, bool take_back)
{
	ktime_t now = ktime_get();
	bool ended = end_patterns(light, now), again;
	struct claim *top;
	int ret = 0;

	do {
		top = light_shown_claim(light);
		if (!top)
			break;
		ret = min(ret, light_hold(light, top, take_back));
		/* Patterns end meanwhile: one moment decides what is over, and what is shown. */
		now = ktime_get();
		again = end_patterns(light, now);
		ended |= again;
	} while (again);

	if (top) {
		show_claim(light, top, now);
	} else {
		set_alarm(light, KTIME_MAX);
		ret = min(ret, light_give_back(light));
	}

	light_look(light);
	if (light_is_watched(light))
		light_notice_losses_later(light);
	/* Last: who is told that a pattern has ended finds the light as it was before. */
	if (ended)
		wake_up_interruptible_poll(&light->changed, EPOLLPRI);
	pin_module(light);

	return ret;
}

static void step_work(struct work_struct *work)
{
	struct light *light = container_of(work, struct light, step_work);

	mutex_lock(&light->lock);
	light_show(light, false);
	mutex_unlock(&light->lock);
}

/* Beginning and end */

void light_prepare_showing(struct light *light)
{
	INIT_WORK(&light->step_work, step_work);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&light->alarm, alarm_goes_off, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
#else
	hrtimer_init(&light->alarm, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	light->alarm.function = alarm_goes_off;
#endif
}

/* When no claim is left that could set the alarm. */
void light_end_showing(struct light *light)
{
	cancel_work_sync(&light->step_work);
}
