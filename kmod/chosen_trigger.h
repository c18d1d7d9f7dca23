/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trigger of the kernel's own that a claim has chosen.
 */
#ifndef RINGLIGHT_CHOSEN_TRIGGER_H
#define RINGLIGHT_CHOSEN_TRIGGER_H

#include <linux/leds.h>
#include <linux/list.h>
#include <linux/types.h>

/**
 * struct chosen_trigger - a trigger, and what it is to be told
 * @id: no other one has it, and it is not 0
 * @name: the trigger's name
 * @privileged: not everybody may choose it, or tell it such settings
 * @settings: see trigger_settings.h
 */
struct chosen_trigger {
	unsigned int id;
	char name[TRIG_NAME_MAX + 1];
	bool privileged;
	struct list_head settings;
};

struct chosen_trigger *chosen_trigger_parse(char *text);
void chosen_trigger_free(struct chosen_trigger *chosen);
int chosen_trigger_try(const struct chosen_trigger *chosen);

void led_set_trigger_by_name(struct led_classdev *led, const char *name);
int led_obey_chosen_trigger(struct led_classdev *led, const struct chosen_trigger *chosen);

#endif
