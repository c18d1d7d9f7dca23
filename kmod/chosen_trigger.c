// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trigger of the kernel's own (disk-activity, netdev, timer, ...) that a claim has chosen.
 *
 * Nothing tells which triggers there are, or which settings one has, but an LED that obeys it.
 * So that what is refused changes nothing, it is tried out first, on an LED that nobody sees.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "chosen_trigger.h"
#include "trigger_permission.h"
#include "trigger_settings.h"

static atomic_t last_id = ATOMIC_INIT(0);

/* Takes "NAME=VALUE" apart. */
static int take_setting(char *word, struct chosen_trigger *chosen)
{
	char *value = word;
	const char *name = strsep(&value, "=");

	if (!value || !*name)
		return -EINVAL;

	if (!setting_is_for_anybody(name, value))
		chosen->privileged = true;

	return trigger_settings_add(&chosen->settings, name, value);
}

/**
 * chosen_trigger_parse - read a trigger and its settings
 * @text: "TRIGGER SETTING=VALUE...", one space between them; is changed
 *
 * Return: for chosen_trigger_free(), or -EINVAL or -ENOMEM.
 */
struct chosen_trigger *chosen_trigger_parse(char *text)
{
	struct chosen_trigger *chosen;
	const char *name = strsep(&text, " ");
	int ret = 0;

	/* Ours mean claims: a claim that shows a claim would have no end. */
	if (!*name || strlen(name) > TRIG_NAME_MAX || str_has_prefix(name, KBUILD_MODNAME "-"))
		return ERR_PTR(-EINVAL);

	chosen = kzalloc(sizeof(*chosen), GFP_KERNEL_ACCOUNT);
	if (!chosen)
		return ERR_PTR(-ENOMEM);

	do {
		chosen->id = atomic_inc_return(&last_id);
	} while (!chosen->id);
	INIT_LIST_HEAD(&chosen->settings);
	chosen->privileged = !trigger_is_for_anybody(name);
	strscpy(chosen->name, name, sizeof(chosen->name));

	while (!ret && text)
		ret = take_setting(strsep(&text, " "), chosen);
	if (ret) {
		chosen_trigger_free(chosen);
		return ERR_PTR(ret);
	}

	return chosen;
}

void chosen_trigger_free(struct chosen_trigger *chosen)
{
	if (!chosen)
		return;

	trigger_settings_forget(&chosen->settings);
	kfree(chosen);
}

/**
 * led_set_trigger_by_name - make an LED obey a trigger
 * @led: the LED
 * @name: the trigger's name; where there is no such trigger, nothing happens
 *
 * There is one way only: as the LED's default trigger. Whoever compares the default trigger's
 * name holds the LED's trigger lock.
 */
void led_set_trigger_by_name(struct led_classdev *led, const char *name)
{
	const char *usual;

	down_write(&led->trigger_lock);
	usual = led->default_trigger;
	led->default_trigger = name;
	up_write(&led->trigger_lock);

	led_trigger_set_default(led);

	down_write(&led->trigger_lock);
	led->default_trigger = usual;
	up_write(&led->trigger_lock);
}

static bool obeys(const struct led_classdev *led, const struct chosen_trigger *chosen)
{
	return led->trigger && !strcmp(led->trigger->name, chosen->name);
}

/**
 * led_obey_chosen_trigger - make an LED obey a trigger, and tell that trigger its settings
 * @led: the LED
 * @chosen: the trigger
 *
 * Return: 0, -ENOENT if there is no such trigger, -EINVAL if it does not take a setting. Then the
 * LED may obey it all the same.
 */
int led_obey_chosen_trigger(struct led_classdev *led, const struct chosen_trigger *chosen)
{
	int ret = -ENOENT;

	/* From the beginning, also if it obeys it already: what is not told is as usual. */
	down_write(&led->trigger_lock);
	if (obeys(led, chosen))
		led_trigger_set(led, NULL);
	up_write(&led->trigger_lock);

	led_set_trigger_by_name(led, chosen->name);

	down_write(&led->trigger_lock);
	if (obeys(led, chosen))
		ret = trigger_settings_tell(led, &chosen->settings);
	up_write(&led->trigger_lock);

	return ret;
}

/* Trying out */

static void show_nothing(struct led_classdev *led, enum led_brightness brightness)
{
}

static int try_on_an_led(const struct chosen_trigger *chosen)
{
	struct led_classdev *led;
	int ret;

	led = kzalloc(sizeof(*led), GFP_KERNEL);
	if (!led)
		return -ENOMEM;

	/* Its name is its own, so that it need not be changed. */
	led->name = kasprintf(GFP_KERNEL, KBUILD_MODNAME "-%u::trial", chosen->id);
	led->max_brightness = 1;
	led->brightness_set = show_nothing;
	ret = led->name ? led_classdev_register(NULL, led) : -ENOMEM;
	if (!ret) {
		ret = led_obey_chosen_trigger(led, chosen);
		led_classdev_unregister(led);
	}
	kfree(led->name);
	kfree(led);

	return ret;
}

/* What the kernel's own triggers are called, and what modprobe need not quote. */
static bool may_be_a_module(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/**
 * chosen_trigger_try - see whether there is such a trigger that takes such settings
 * @chosen: the trigger; its module is loaded if need be
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int chosen_trigger_try(const struct chosen_trigger *chosen)
{
	int ret;

	ret = try_on_an_led(chosen);
	if (ret == -ENOENT && may_be_a_module(chosen->name)) {
		request_module("ledtrig-%s", chosen->name);
		ret = try_on_an_led(chosen);
	}

	return ret == -ENOENT ? -EINVAL : ret;
}
