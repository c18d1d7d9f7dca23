/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What somebody has told a trigger of an LED, or is to tell it.
 */
#ifndef RINGLIGHT_TRIGGER_SETTINGS_H
#define RINGLIGHT_TRIGGER_SETTINGS_H

struct led_classdev;
struct list_head;

void trigger_settings_save(struct led_classdev *led, struct list_head *settings);
void trigger_settings_restore(struct led_classdev *led, struct list_head *settings);
int trigger_settings_add(struct list_head *settings, const char *name, const char *value);
int trigger_settings_tell(struct led_classdev *led, const struct list_head *settings);
void trigger_settings_forget(struct list_head *settings);

#endif
