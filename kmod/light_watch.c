// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a light really shows, and who waits for it to change.
 *
 * Not every change gives a sign, so while somebody sleeps until the next one, a work looks. While
 * nobody does, nothing wakes the processor: the next read or poll looks for itself.
 */
#include <linux/poll.h>
#include <linux/wait.h>

#include "lights.h"

/* How late a change is seen that gives no sign. */
#define LOOK_INTERVAL_MS 100

/* Sees what the keyboards show now, and wakes watchers if that is news. */
void light_look(struct light *light)
{
	bool changed, lost;
	int state;

	spin_lock(&light->watch_lock);
	state = keyboards_state(light);
	lost = READ_ONCE(light->lost);
	changed = state != light->state || lost != light->state_lost;
	if (changed) {
		light->state = state;
		light->state_lost = lost;
		WRITE_ONCE(light->changes, light->changes + 1);
	}
	spin_unlock(&light->watch_lock);

	if (changed)
		wake_up_interruptible_poll(&light->changed, EPOLLIN | EPOLLRDNORM);
}

/**
 * light_look_later - look in a while, and again for as long as anybody sleeps until a change
 * @light: the light
 *
 * For whoever is about to sleep, and is in the queue already, where the work will find them.
 */
void light_look_later(struct light *light)
{
	queue_delayed_work(lights_queue, &light->look_work, msecs_to_jiffies(LOOK_INTERVAL_MS));
}

/*
 * Whether anybody sleeps until the light changes; an event loop does for as long as it has the
 * file. Who sleeps until a pattern ends is in the same queue, which alone makes no watcher.
 */
bool light_is_watched(struct light *light)
{
	return READ_ONCE(light->watchers) && wq_has_sleeper(&light->changed);
}

static void look_work(struct work_struct *work)
{
	struct light *light = container_of(work, struct light, look_work.work);

	light_look(light);
	if (light_is_watched(light))
		light_look_later(light);
}

void light_may_have_changed(struct light *light)
{
	/* A moment later: the lock key's own trigger acts after us. */
	if (light_is_watched(light))
		mod_delayed_work(lights_queue, &light->look_work, 1);
}

void light_start_watching(struct opener *opener)
{
	struct light *light = opener->light;

	spin_lock(&light->watch_lock);
	if (!opener->watches) {
		opener->watches = true;
		WRITE_ONCE(light->watchers, light->watchers + 1);
	}
	spin_unlock(&light->watch_lock);

	light_look(light);
}

void light_stop_watching(struct opener *opener)
{
	struct light *light = opener->light;

	spin_lock(&light->watch_lock);
	if (opener->watches)
		WRITE_ONCE(light->watchers, light->watchers - 1);
	spin_unlock(&light->watch_lock);
}

bool light_has_news(const struct opener *opener)
{
	return READ_ONCE(opener->left) || !READ_ONCE(opener->has_read) ||
	       READ_ONCE(opener->seen) != READ_ONCE(opener->light->changes);
}

void light_prepare_watching(struct light *light)
{
	spin_lock_init(&light->watch_lock);
	light->state = -ENODEV;
	init_waitqueue_head(&light->changed);
	INIT_DELAYED_WORK(&light->look_work, look_work);
}

void light_end_watching(struct light *light)
{
	cancel_delayed_work_sync(&light->look_work);
}
