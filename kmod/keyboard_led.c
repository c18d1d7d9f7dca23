// SPDX-License-Identifier: GPL-2.0-only
/*
 * One LED of a keyboard: taken from its trigger, and given back to it.
 *
 * The caller keeps the LED from going away.
 */
#include <linux/string.h>

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

/**
 * led_was_taken_away - whether a held LED does not obey our trigger any more
 * @led: the LED
 * @ours: our trigger
 * @holding: how it is held
 *
 * Root does that with "0" to the LED's brightness, or another trigger's name to its trigger.
 */
bool led_was_taken_away(struct led_classdev *led, struct led_trigger *ours,
			const struct holding *holding)
{
	bool other;

	down_read(&led->trigger_lock);
	other = led->trigger != ours;
	up_read(&led->trigger_lock);

	return holding->held && other;
}

/**
 * led_take - make an LED obey our trigger
 * @led: the LED
 * @ours: our trigger
 * @holding: how it is held; remembers what it obeyed before
 * @lit: whether it is lit now
 */
void led_take(struct led_classdev *led, struct led_trigger *ours, struct holding *holding,
	      bool lit)
{
	down_write(&led->trigger_lock);
	if (led->trigger != ours) {
		/* Held but without a trigger: root wrote its brightness. Nothing to go back to. */
		if (led->trigger || !holding->held) {
			strscpy(holding->previous, led->trigger ? led->trigger->name : "",
				sizeof(holding->previous));
			holding->lit = lit;
			trigger_settings_forget(&holding->settings);
			trigger_settings_save(led, &holding->settings);
		}
		led_trigger_set(led, ours);
	}
	holding->held = true;
	holding->lost = false;
	up_write(&led->trigger_lock);
}

/*
 * A trigger can be set by its name in one way only: as the LED's default trigger. Whoever
 * compares the default trigger's name holds the LED's trigger lock.
 */
static void set_trigger_by_name(struct led_classdev *led, const char *name)
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

static bool obeys_another(struct led_classdev *led, const struct led_trigger *ours)
{
	bool other;

	down_read(&led->trigger_lock);
	other = led->trigger && led->trigger != ours;
	up_read(&led->trigger_lock);

	return other;
}

static void restore_previous(struct led_classdev *led, const struct led_trigger *ours,
			     struct holding *holding)
{
	if (!holding->previous[0]) {
		led_trigger_remove(led);
		led_set_brightness(led, holding->lit ? led->max_brightness : LED_OFF);
		return;
	}

	set_trigger_by_name(led, holding->previous);

	down_write(&led->trigger_lock);
	if (led->trigger && !strcmp(led->trigger->name, holding->previous))
		trigger_settings_restore(led, &holding->settings);
	up_write(&led->trigger_lock);

	if (obeys_another(led, ours))
		return;

	/* The trigger that was there has been unloaded meanwhile. */
	led_trigger_set_default(led);
	if (!obeys_another(led, ours))
		led_trigger_remove(led);
}

/**
 * led_give_back - make an LED obey the trigger that it had before
 * @led: the LED
 * @ours: our trigger
 * @holding: how it is held; not held afterwards
 *
 * Another trigger that root has chosen meanwhile stays.
 */
void led_give_back(struct led_classdev *led, struct led_trigger *ours, struct holding *holding)
{
	if (!holding->held)
		return;
	holding->held = false;
	holding->lost = false;

	if (!obeys_another(led, ours))
		restore_previous(led, ours, holding);
	holding_forget(holding);
}
