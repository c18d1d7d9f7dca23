// SPDX-License-Identifier: GPL-2.0-only
/*
 * One LED of a keyboard: taken from its trigger, and given back to it.
 *
 * The caller keeps the LED from going away.
 */
#include <linux/string.h>

#include "chosen_trigger.h"
#include "keyboard_led.h"
#include "trigger_settings.h"

void holding_prepare(struct holding *holding)
{
	INIT_LIST_HEAD(&holding->settings);
}

void holding_forget(struct holding *holding)
{
	trigger_settings_forget(&holding->settings);
}

static bool obeys(const struct led_classdev *led, const char *trigger)
{
	return led->trigger && !strcmp(led->trigger->name, trigger);
}

/**
 * led_was_taken_away - whether a held LED does not obey any more what we made it obey
 * @led: the LED
 * @holding: how it is held
 *
 * Root does that with "0" to the LED's brightness, or another trigger's name to its trigger.
 */
bool led_was_taken_away(struct led_classdev *led, const struct holding *holding)
{
	bool other;

	down_read(&led->trigger_lock);
	other = !obeys(led, holding->obeys);
	up_read(&led->trigger_lock);

	return holding->held && other;
}

/* Remembers what the LED is to go back to; its trigger lock is held. */
static void remember(struct led_classdev *led, struct holding *holding, bool lit)
{
	/* Held but without a trigger: root wrote its brightness. Nothing to go back to. */
	if (holding->held && !led->trigger)
		return;

	strscpy(holding->previous, led->trigger ? led->trigger->name : "",
		sizeof(holding->previous));
	holding->lit = lit;
	trigger_settings_forget(&holding->settings);
	trigger_settings_save(led, &holding->settings);
}

/* The LED's trigger lock is held. */
static void obey_ours(struct led_classdev *led, struct led_trigger *ours, struct holding *holding)
{
	if (led->trigger != ours)
		led_trigger_set(led, ours);
	strscpy(holding->obeys, ours->name, sizeof(holding->obeys));
	holding->chosen = 0;
}

/**
 * led_take - make an LED obey our trigger, or one that was chosen
 * @led: the LED
 * @ours: our trigger
 * @chosen: the chosen one, or NULL
 * @holding: how it is held; remembers what it obeyed before
 * @lit: whether it is lit now
 *
 * Return: 0, or why it does not obey @chosen: then it obeys @ours.
 */
int led_take(struct led_classdev *led, struct led_trigger *ours,
	     const struct chosen_trigger *chosen, struct holding *holding, bool lit)
{
	bool as_before;
	int ret = 0;

	down_write(&led->trigger_lock);
	as_before = holding->held && obeys(led, holding->obeys);
	if (!as_before)
		remember(led, holding, lit);
	holding->held = true;
	if (!chosen)
		obey_ours(led, ours, holding);
	up_write(&led->trigger_lock);

	if (!chosen || (as_before && holding->chosen == chosen->id))
		return 0;

	strscpy(holding->obeys, chosen->name, sizeof(holding->obeys));
	holding->chosen = chosen->id;
	ret = led_obey_chosen_trigger(led, chosen);
	if (!ret)
		return 0;

	down_write(&led->trigger_lock);
	obey_ours(led, ours, holding);
	up_write(&led->trigger_lock);
	return ret;
}

static void restore_previous(struct led_classdev *led, struct holding *holding)
{
	bool restored;

	if (!holding->previous[0]) {
		led_trigger_remove(led);
		led_set_brightness(led, holding->lit ? led->max_brightness : LED_OFF);
		return;
	}

	led_set_trigger_by_name(led, holding->previous);

	down_write(&led->trigger_lock);
	restored = obeys(led, holding->previous);
	if (restored)
		trigger_settings_restore(led, &holding->settings);
	up_write(&led->trigger_lock);

	/* The trigger that was there has been unloaded meanwhile. */
	if (!restored) {
		led_trigger_remove(led);
		led_trigger_set_default(led);
	}
}

/**
 * led_give_back - make an LED obey the trigger that it had before
 * @led: the LED
 * @holding: how it is held; not held afterwards
 *
 * Another trigger that root has chosen meanwhile stays.
 */
void led_give_back(struct led_classdev *led, struct holding *holding)
{
	bool of_root;

	if (!holding->held)
		return;

	down_read(&led->trigger_lock);
	of_root = led->trigger && !obeys(led, holding->obeys);
	up_read(&led->trigger_lock);
	if (!of_root)
		restore_previous(led, holding);

	holding->held = false;
	holding->lost = false;
	holding_forget(holding);
}
