// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who claims a light. A claim is a state, or a trigger of the kernel's own, and for a while a
 * pattern; what is written replaces the claim whole, or leaves it as it was.
 */
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "chosen_trigger.h"
#include "lights.h"

/* The claim that is written to. */
static struct claim *claim_of(struct opener *opener)
{
	return opener->until_close ? &opener->claim : &opener->light->lasting;
}

/* Makes @next the claim's wish; if that fails, the claim is as before. */
static int change_claim(struct light *light, struct claim *claim, const struct wish *next)
{
	struct wish before = claim->wish;
	int ret;

	ret = min(keyboards_state(light), 0);
	if (ret)
		return ret;

	claim->wish = *next;
	claim_place(light, claim);
	ret = light_show(light, true);
	if (ret) {
		claim->wish = before;
		claim_place(light, claim);
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
	ret = claim_has_room(light, claim) ? change_claim(light, claim, wish) : -ENOSPC;
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
	wish_forget(&claim->wish);
	claim_place(light, claim);
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
	if (claim_is_made(&opener->claim)) {
		wish_forget(&opener->claim.wish);
		claim_place(light, &opener->claim);
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

/* Beginning and end */

void light_prepare_claims(struct light *light)
{
	mutex_init(&light->lock);
	INIT_LIST_HEAD(&light->temporary);
	claim_prepare(&light->lasting);
	light_prepare_settling(light);
	light_prepare_showing(light);
}

/*
 * Ends the lasting claim, when nobody can make another one. There is one only if the module is
 * removed by force, or could not be loaded: what it held is not counted any more.
 */
void light_end_claims(struct light *light)
{
	mutex_lock(&light->lock);
	light->pinned = false;
	wish_forget(&light->lasting.wish);
	light_show(light, false);
	mutex_unlock(&light->lock);
	light_end_showing(light);
}
