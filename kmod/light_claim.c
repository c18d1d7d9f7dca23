// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who claims a light, and what it is to show.
 *
 * A light shows its newest until-close claim, else its lasting claim, else what its lock key
 * says. A claim is a state, or a trigger of the kernel's own, and for a while a pattern. Taking a
 * light from its lock key, and giving it back, waits for RCU and blinks, so a light stays taken
 * for as long as there is any claim.
 *
 * Nothing here remembers where a pattern is: each time that the light is shown, that is worked
 * out from the time, and an alarm is set for when it will be different. So one change of the
 * light replaces another whole, whatever was playing.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/version.h>

#include "chosen_trigger.h"
#include "lights.h"
#include "ringlight.h"

/*
 * How soon watchers are told that an LED was taken away from a trigger of the kernel's own, and
 * how often readers may have all keyboards looked at.
 */
#define NOTICE_INTERVAL_MS 250

/* How late the alarm may be, so that it can share a wake-up with others. */
#define ALARM_SLACK_NS (2 * NSEC_PER_MSEC)

static bool is_claim(const struct claim *claim)
{
	return claim->wish.steady || claim->wish.pattern;
}

/**
 * light_shown_claim - the claim that a light shows
 * @light: the light, with its lock held
 *
 * Return: NULL if there is none.
 */
struct claim *light_shown_claim(struct light *light)
{
	struct claim *top;

	top = list_first_entry_or_null(&light->temporary, struct claim, list);
	if (!top && is_claim(&light->lasting))
		top = &light->lasting;

	return top;
}

/* The claim that is written to. */
static struct claim *claim_of(struct opener *opener)
{
	return opener->until_close ? &opener->claim : &opener->light->lasting;
}

/* Puts a claim into the list, newest first, or takes it out. Changing it does not make it newer. */
static void place_claim(struct light *light, struct claim *claim)
{
	if (claim == &light->lasting)
		return;

	if (is_claim(claim) && list_empty(&claim->list)) {
		list_add(&claim->list, &light->temporary);
		light->temporaries++;
	} else if (!is_claim(claim) && !list_empty(&claim->list)) {
		list_del_init(&claim->list);
		light->temporaries--;
	}
}

/* Each of them costs a little whenever the light is shown. */
static bool has_room_for(const struct light *light, const struct claim *claim)
{
	return claim == &light->lasting || is_claim(claim) ||
	       light->temporaries < RINGLIGHT_LIGHT_MOST_CLAIMS;
}

static void forget_wish(struct wish *wish)
{
	kfree(wish->pattern);
	chosen_trigger_free(wish->trigger);
	put_pid(wish->holder);
	*wish = (struct wish){};
}

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
		forget_wish(wish);
	place_claim(light, claim);
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

static int give_back(struct light *light)
{
	struct visit_result result;

	if (!light->held)
		return 0;

	WRITE_ONCE(light->held, false);
	WRITE_ONCE(light->chosen, NULL);
	return visit(light, VISIT_GIVE_BACK, &result);
}

static void tell(struct light *light, bool lit)
{
	led_trigger_event(&light->trigger, lit ? LED_FULL : LED_OFF);
}

/* Has the LEDs obey the right trigger. */
static int hold(struct light *light, const struct claim *claim, bool take_back)
{
	const struct chosen_trigger *chosen = claim->wish.pattern ? NULL : claim->wish.trigger;
	bool other = light->held && chosen != light->chosen;
	/* Nothing tells when one is taken away from a trigger that is not ours. */
	bool lost = light->lost || READ_ONCE(light->unsettled) || chosen || light->chosen;

	WRITE_ONCE(light->chosen, chosen);
	if (light->held && !other && !(take_back && lost))
		return 0;

	/* A pattern's first step begins when the light is ours, on all keyboards. */
	tell(light, !claim->wish.pattern && claim->wish.lit);
	return take(light, other && !take_back ? VISIT_SETTLE : VISIT_TAKE);
}

/* Shows what a claim that has the light says. */
static void show_claim(struct light *light, const struct claim *claim, ktime_t now)
{
	ktime_t until;
	bool lit;

	start_patterns(light, now);
	lit = shows_until(claim, now, &until);
	tell(light, lit);
	set_alarm(light, min(until, first_end(light)));
}

/*
 * A lasting claim has no file that would keep the module. It begins only where a file is open.
 * Where it ends without one, in step_work, the module's exit waits for the lock and for the work.
 */
static void pin_module(struct light *light)
{
	bool wanted = is_claim(&light->lasting);

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
static int light_show(struct light *light, bool take_back)
{
	ktime_t now = ktime_get();
	bool ended = end_patterns(light, now), again;
	struct claim *top;
	int ret = 0;

	do {
		top = light_shown_claim(light);
		if (!top)
			break;
		ret = min(ret, hold(light, top, take_back));
		/* Patterns end meanwhile: one moment decides what is over, and what is shown. */
		now = ktime_get();
		again = end_patterns(light, now);
		ended |= again;
	} while (again);

	if (top) {
		show_claim(light, top, now);
	} else {
		set_alarm(light, KTIME_MAX);
		ret = min(ret, give_back(light));
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

/* Writing */

/* Makes @next the claim's wish; if that fails, the claim is as before. */
static int change_claim(struct light *light, struct claim *claim, const struct wish *next)
{
	struct wish before = claim->wish;
	int ret;

	ret = min(keyboards_state(light), 0);
	if (ret)
		return ret;

	claim->wish = *next;
	place_claim(light, claim);
	ret = light_show(light, true);
	if (ret) {
		claim->wish = before;
		place_claim(light, claim);
		light_show(light, false);
		return ret;
	}

	if (before.pattern != next->pattern)
		kfree(before.pattern);
	if (before.trigger != next->trigger)
		chosen_trigger_free(before.trigger);
	put_pid(before.holder);
	return 0;
}

static void sign_wish(struct wish *wish)
{
	wish->holder = get_pid(task_tgid(current));
	get_task_comm(wish->comm, current->group_leader);
}

static int write_claim(struct opener *opener, struct wish *wish)
{
	struct light *light = opener->light;
	struct claim *claim;
	int ret;

	sign_wish(wish);
	mutex_lock(&light->lock);
	claim = claim_of(opener);
	if (wish->pattern) {
		/* What the light goes back to. */
		wish->steady = claim->wish.steady;
		wish->lit = claim->wish.lit;
		wish->trigger = claim->wish.trigger;
	}
	ret = has_room_for(light, claim) ? change_claim(light, claim, wish) : -ENOSPC;
	if (!ret)
		light_acknowledge_end(opener);
	mutex_unlock(&light->lock);
	if (ret)
		put_pid(wish->holder);

	return ret;
}

int light_claim(struct opener *opener, bool lit)
{
	struct wish wish = { .steady = true, .lit = lit };

	return write_claim(opener, &wish);
}

/**
 * light_obey - show what a trigger of the kernel's own says
 * @opener: who wants that
 * @trigger: the trigger, which was tried out; belongs to the light if this succeeds
 */
int light_obey(struct opener *opener, struct chosen_trigger *trigger)
{
	struct wish wish = { .steady = true, .trigger = trigger };

	return write_claim(opener, &wish);
}

/**
 * light_play - play a pattern, and then be what was before
 * @opener: who wants that
 * @pattern: the pattern; belongs to the light if this succeeds
 */
int light_play(struct opener *opener, struct light_pattern *pattern)
{
	struct wish wish = { .pattern = pattern };

	return write_claim(opener, &wish);
}

int light_release(struct opener *opener)
{
	struct light *light = opener->light;
	struct claim *claim;
	int ret;

	mutex_lock(&light->lock);
	claim = claim_of(opener);
	forget_wish(&claim->wish);
	place_claim(light, claim);
	ret = light_show(light, true);
	light_acknowledge_end(opener);
	mutex_unlock(&light->lock);

	/* The claim below has no keyboard or trigger to show itself: not this opener's trouble. */
	return ret == -ENODEV || ret == -EINVAL ? 0 : ret;
}

/**
 * light_end_claim - end the claim of an opener that goes away
 * @opener: the opener
 */
void light_end_claim(struct opener *opener)
{
	struct light *light = opener->light;

	mutex_lock(&light->lock);
	if (is_claim(&opener->claim)) {
		forget_wish(&opener->claim.wish);
		place_claim(light, &opener->claim);
		light_show(light, false);
	}
	mutex_unlock(&light->lock);
}

void light_claim_until_close(struct opener *opener)
{
	mutex_lock(&opener->light->lock);
	opener->until_close = true;
	light_acknowledge_end(opener);
	mutex_unlock(&opener->light->lock);
}

bool light_pattern_has_ended(struct opener *opener)
{
	return READ_ONCE(claim_of(opener)->ends) != READ_ONCE(opener->seen_ends);
}

void light_acknowledge_end(struct opener *opener)
{
	WRITE_ONCE(opener->seen_ends, READ_ONCE(claim_of(opener)->ends));
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
	tell(light, lit);
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

void claim_prepare(struct claim *claim)
{
	INIT_LIST_HEAD(&claim->list);
}

void light_prepare_claims(struct light *light)
{
	mutex_init(&light->lock);
	INIT_LIST_HEAD(&light->temporary);
	claim_prepare(&light->lasting);
	INIT_DELAYED_WORK(&light->settle_work, settle_work);
	INIT_WORK(&light->step_work, step_work);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&light->alarm, alarm_goes_off, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
#else
	hrtimer_init(&light->alarm, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	light->alarm.function = alarm_goes_off;
#endif
}

/*
 * Ends the lasting claim, when nobody can make another one. There is one only if the module is
 * removed by force, or could not be loaded: what it held is not counted any more.
 */
void light_end_claims(struct light *light)
{
	mutex_lock(&light->lock);
	light->pinned = false;
	forget_wish(&light->lasting.wish);
	light_show(light, false);
	mutex_unlock(&light->lock);
	cancel_work_sync(&light->step_work);
}

/* When no keyboard can ask for it any more. */
void light_end_settling(struct light *light)
{
	cancel_delayed_work_sync(&light->settle_work);
}
