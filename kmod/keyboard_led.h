/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One LED of a keyboard.
 */
#ifndef RINGLIGHT_KEYBOARD_LED_H
#define RINGLIGHT_KEYBOARD_LED_H

#include <linux/leds.h>
#include <linux/list.h>
#include <linux/types.h>

struct chosen_trigger;

/**
 * struct holding - how one LED of a keyboard is held
 * @held: by us; also while root has taken it away from us
 * @lost: it was found taken away, or could not be made to obey
 * @obeys: the name of the trigger that we have made it obey
 * @chosen: that one's id if it is a chosen one, 0 if it is the light's own
 * @lit: whether it was lit before
 * @previous: the name of the trigger that it had before, empty if none
 * @settings: what that trigger was told
 */
struct holding {
	bool held;
	bool lost;
	char obeys[TRIG_NAME_MAX + 1];
	unsigned int chosen;
	bool lit;
	char previous[TRIG_NAME_MAX + 1];
	struct list_head settings;
};

void holding_prepare(struct holding *holding);
void holding_forget(struct holding *holding);
bool led_was_taken_away(struct led_classdev *led, const struct holding *holding);
int led_take(struct led_classdev *led, struct led_trigger *ours,
	     const struct chosen_trigger *chosen, struct holding *holding, bool lit);
void led_give_back(struct led_classdev *led, struct holding *holding);

#endif
