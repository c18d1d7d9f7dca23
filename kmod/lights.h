/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A light, and how it reaches the keyboards.
 *
 * lights.c knows who claims a light and what it is to show, light_node.c speaks with those who
 * do, light_watch.c knows what it really shows, keyboards.c knows the keyboards.
 */
#ifndef RINGLIGHT_LIGHTS_H
#define RINGLIGHT_LIGHTS_H

#include <linux/leds.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#define LIGHT_COUNT 3

/**
 * struct light - one light, on all the keyboards that have it
 * @name: as in the name of its node and of its LED-class devices
 * @code: its LED_* code of the input layer
 * @node: /dev/ringlight/@name
 * @trigger: drives the LEDs while the light is held; its brightness is what is to be shown
 * @lock: protects the claims, and makes one change of the light follow another
 * @temporary: claims that end with their opener, newest first
 * @lasting: there is a claim that stays until it is released
 * @lasting_lit: what that claim shows
 * @held: the light is claimed, so its LEDs obey @trigger
 * @lost: some LED was taken away from @trigger, so the next write takes all of them again
 * @joining: a keyboard has come whose LED may not obey @trigger yet
 * @settle_work: brings keyboards back to what the light is to show
 * @watch_lock: protects the fields below
 * @state: 0 or 1 as last seen on the keyboards, -ENODEV if none of them has this light
 * @changes: how often @state has changed
 * @watchers: openers that have read or polled
 * @changed: where they wait
 * @look_work: looks whether @state has changed, as long as there are @watchers
 */
struct light {
	const char *name;
	unsigned int code;
	struct miscdevice node;
	struct led_trigger trigger;

	struct mutex lock; /* for the next six */
	struct list_head temporary;
	bool lasting;
	bool lasting_lit;
	bool held;
	bool lost;
	bool joining;
	struct delayed_work settle_work;

	spinlock_t watch_lock; /* for the next three */
	int state;
	unsigned int changes;
	unsigned int watchers;
	wait_queue_head_t changed;
	struct delayed_work look_work;
};

/**
 * struct opener - an open file of a light's node
 * @light: the light
 * @claim: in the light's list of temporary claims, while @claims
 * @until_close: its writes are a temporary claim
 * @claims: it has such a claim now
 * @lit: what that claim shows
 * @watches: it has read or polled
 * @has_read: it has seen a state, the one after @seen changes
 * @seen: the light's count of changes then
 * @text: the state as text, of which the last @left bytes are still to be read
 * @left: number of bytes
 */
struct opener {
	struct light *light;

	struct list_head claim;
	bool until_close;
	bool claims;
	bool lit;

	bool watches;
	bool has_read;
	unsigned int seen;
	char text[2];
	size_t left;
};

extern struct light ringlight_lights[LIGHT_COUNT];

/* What a visit to all keyboards does with the LED of one light. */
enum visit_purpose {
	VISIT_TAKE,		/* make every LED obey the light's trigger */
	VISIT_JOIN,		/* the same, for keyboards that are new */
	VISIT_GIVE_BACK,	/* give every LED back to the trigger that it had before */
};

int keyboards_init(void);
void keyboards_exit(void);
int keyboards_visit(struct light *light, enum visit_purpose purpose);
int keyboards_state(const struct light *light);

/* Claims. */
int light_claim(struct opener *opener, bool lit);
int light_release(struct opener *opener);
void light_claim_until_close(struct opener *opener);
void light_needs_settling(struct light *light, unsigned int delay_ms);

/* Watching. */
void light_look(struct light *light);
void light_look_work(struct work_struct *work);
void light_may_have_changed(struct light *light);
void light_start_watching(struct opener *opener);
void light_stop_watching(struct opener *opener);
bool light_has_news(const struct opener *opener);

extern const struct file_operations light_operations;
extern struct workqueue_struct *lights_queue;

#endif
