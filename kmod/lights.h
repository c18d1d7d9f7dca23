/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A light, and how it reaches the keyboards.
 *
 * From the top down: lights.c has the table of lights; light_node.c and light_attributes.c speak
 * with user space; light_claim.c knows who claims a light, light_show.c what it is to show, with
 * light_pattern.c, which knows what a pattern shows when; claim_list.c has the claims' order,
 * light_hold.c makes the LEDs obey, light_watch.c sees what they really show; keyboards.c knows the
 * keyboards, keyboard_led.c one of their LEDs, chosen_trigger.c the triggers of the kernel's own,
 * trigger_permission.c which of them anybody may choose, trigger_settings.c what one was told.
 * Calls go down only. What happens to a keyboard comes up through struct keyboards_listener.
 */
#ifndef RINGLIGHT_LIGHTS_H
#define RINGLIGHT_LIGHTS_H

#include <linux/hrtimer.h>
#include <linux/leds.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct attribute_group;
struct chosen_trigger;
struct kernfs_node;
struct light_pattern;
struct pid;

#define LIGHT_COUNT 3

/**
 * struct wish - what a claim wants to be shown
 * @steady: there is a lasting state, below the pattern if there is one
 * @lit: that state, if it is not a trigger
 * @trigger: that state is what this trigger of the kernel's own says; NULL if none does
 * @pattern: plays now; NULL if none does
 * @holder: the process that wrote it
 * @comm: that process's name
 *
 * Neither steady nor a pattern: there is no claim.
 */
struct wish {
	bool steady;
	bool lit;
	struct chosen_trigger *trigger;
	struct light_pattern *pattern;
	struct pid *holder;
	char comm[TASK_COMM_LEN];
};

/**
 * struct claim - a claim to a light
 * @list: in the light's list of temporary claims, if it is one
 * @wish: what it wants
 * @ends: how many of its patterns have played to their end
 */
struct claim {
	struct list_head list;
	struct wish wish;
	unsigned int ends;
};

/**
 * struct light - one light, on all the keyboards that have it
 * @name: as in the name of its node and of its LED-class devices
 * @code: its LED_* code of the input layer
 * @node: /dev/ringlight/@name
 * @trigger: drives the LEDs while the light is held; its brightness is what is to be shown
 * @lock: protects the claims, and makes one change of the light follow another
 * @temporary: claims that end with their opener, newest first
 * @temporaries: how many
 * @lasting: the claim that stays until it is released
 * @pinned: that one keeps the module from being removed
 * @held: the light is claimed, so its LEDs obey @trigger, or @chosen
 * @chosen: the trigger of the kernel's own that the LEDs are to obey, and not @trigger; or NULL
 * @lost: some LED was taken away from that trigger, so the next write takes all of them again
 * @unsettled: a keyboard has come, or an LED has gone from @trigger: look at all of them
 * @visited: when all of them were looked at last, in jiffies
 * @lost_file: where sysfs tells @lost, and pollers wait; NULL while there is no node
 * @losses: how many LEDs were taken away
 * @corrections: how often LEDs that another program had set were set back
 * @settle_work: brings keyboards back to what the light is to show
 * @alarm: goes off when the light is to show something else
 * @step_work: shows it
 * @watch_lock: protects the fields below
 * @state: 0 or 1 as last seen on the keyboards, -ENODEV if none of them has this light
 * @state_lost: @lost as last seen
 * @changes: how often @state or @state_lost has changed
 * @watchers: openers that have read or polled
 * @changed: where they wait
 * @look_work: looks whether @state has changed, as long as a watcher sleeps
 */
struct light {
	const char *name;
	unsigned int code;
	struct miscdevice node;
	struct led_trigger trigger;

	struct mutex lock; /* for all down to the works */
	struct list_head temporary;
	unsigned int temporaries;
	struct claim lasting;
	bool pinned;
	bool held;
	const struct chosen_trigger *chosen;
	bool lost;
	bool unsettled;
	unsigned long visited;
	struct kernfs_node *lost_file;
	unsigned int losses;
	unsigned int corrections;
	struct delayed_work settle_work;
	struct hrtimer alarm;
	struct work_struct step_work;

	spinlock_t watch_lock; /* for the next four */
	int state;
	bool state_lost;
	unsigned int changes;
	unsigned int watchers;
	wait_queue_head_t changed;
	struct delayed_work look_work;
};

/* The longest state as text, and its end: "0 lost\n". */
#define LIGHT_STATE_TEXT 8

/**
 * struct opener - an open file of a light's node
 * @light: the light
 * @claim: its own claim
 * @until_close: its writes go to @claim, and not to the lasting one
 * @seen_ends: how many patterns of the claim that it writes to had ended when it last read or wrote
 * @watches: it has read or polled
 * @has_read: it has seen a state, the one after @seen changes
 * @seen: the light's count of changes then
 * @text: the state as text, of which @left bytes from @next on are still to be read
 * @next: offset
 * @left: number of bytes
 */
struct opener {
	struct light *light;

	struct claim claim;
	bool until_close;
	unsigned int seen_ends;

	bool watches;
	bool has_read;
	unsigned int seen;
	char text[LIGHT_STATE_TEXT];
	size_t next;
	size_t left;
};

extern struct light ringlight_lights[LIGHT_COUNT];
extern struct workqueue_struct *lights_queue;
extern const struct file_operations light_operations;
extern const struct attribute_group *light_attributes[];

/* Attributes. */
void light_attributes_begin(struct light *light);
void light_attributes_end(struct light *light);

/* Claims: what openers do. */
void light_prepare_claims(struct light *light);
void light_end_claims(struct light *light);
int light_claim(struct opener *opener, bool lit);
int light_obey(struct opener *opener, struct chosen_trigger *trigger);
int light_play(struct opener *opener, struct light_pattern *pattern);
int light_release(struct opener *opener);
void light_end_claim(struct opener *opener);
void light_claim_until_close(struct opener *opener);
bool light_pattern_has_ended(struct opener *opener);
void light_acknowledge_end(struct opener *opener);

/* Showing. */
void light_prepare_showing(struct light *light);
void light_end_showing(struct light *light);
int light_show(struct light *light, bool take_back);

/* The list of claims. */
void claim_prepare(struct claim *claim);
bool claim_is_made(const struct claim *claim);
bool claim_has_room(const struct light *light, const struct claim *claim);
void claim_place(struct light *light, struct claim *claim);
void wish_forget(struct wish *wish);
struct claim *light_shown_claim(struct light *light);

/* Holding the LEDs. */
void light_prepare_settling(struct light *light);
void light_end_settling(struct light *light);
int light_hold(struct light *light, const struct claim *claim, bool take_back);
int light_give_back(struct light *light);
void light_tell(struct light *light, bool lit);
void light_needs_settling(struct light *light, unsigned int delay_ms);
void light_notice_losses(struct light *light);
void light_notice_losses_later(struct light *light);
void light_keyboards_moved(struct light *light);
int light_activate(struct led_classdev *led);
void light_deactivate(struct led_classdev *led);

/* Patterns. */
struct light_pattern *light_pattern_parse(char *text);
void light_pattern_start(struct light_pattern *pattern, ktime_t now);
bool light_pattern_is_over(const struct light_pattern *pattern, ktime_t now);
bool light_pattern_at(const struct light_pattern *pattern, ktime_t now, ktime_t *until);
ktime_t light_pattern_end(const struct light_pattern *pattern);

/* Watching. */
void light_prepare_watching(struct light *light);
void light_end_watching(struct light *light);
void light_look(struct light *light);
void light_look_later(struct light *light);
bool light_is_watched(struct light *light);
void light_may_have_changed(struct light *light);
void light_start_watching(struct opener *opener);
void light_stop_watching(struct opener *opener);
bool light_has_news(const struct opener *opener);

/* Keyboards. */

/* What a visit to all keyboards does with the LED of one light. */
enum visit_purpose {
	VISIT_TAKE,		/* make every LED obey the light's trigger, or the chosen one */
	VISIT_SETTLE,		/* the same, but for LEDs that are lost; look which are */
	VISIT_GIVE_BACK,	/* give every LED back to the trigger that it had before */
};

/**
 * struct visit_result - what a visit has found
 * @leds: the keyboards that have the light
 * @lost: those whose LED was taken away, and still is
 * @losses: those of which that was not known before
 * @refused: those that do not obey the chosen trigger
 */
struct visit_result {
	unsigned int leds;
	unsigned int lost;
	unsigned int losses;
	unsigned int refused;
};

/**
 * struct keyboards_listener - hears what happens to keyboards
 * @changed: a light may show something else now
 * @strayed: a light may not show any more what it is to show; ask again after some milliseconds
 * @moved: a keyboard has come or gone
 *
 * None of them may sleep.
 */
struct keyboards_listener {
	void (*changed)(struct light *light);
	void (*strayed)(struct light *light, unsigned int delay_ms);
	void (*moved)(struct light *light);
};

int keyboards_init(const struct keyboards_listener *listener);
void keyboards_exit(void);
int keyboards_visit(struct light *light, enum visit_purpose purpose, struct visit_result *result);
int keyboards_state(const struct light *light);
bool keyboards_stray(const struct light *light, bool lit);
int keyboards_names(const struct light *light, bool grabbed, char *page);

#endif
