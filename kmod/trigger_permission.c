// SPDX-License-Identifier: GPL-2.0-only
/*
 * What anybody may choose who may write to a light's node: whoever sits at the machine.
 *
 * To have an LED obey a trigger loads that trigger's module, and runs its code with settings that
 * the writer chooses. In sysfs only root can do that. So others get what is known to be harmless.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "ringlight.h"
#include "trigger_permission.h"

/* A star at the end stands for any rest. */
static const char * const triggers[] = {
	"BAT*",
	"activity",
	"cpu*",
	"default-on",
	"disk-*",
	"heartbeat",
	"ide-disk",
	"kbd-*",
	"mmc*",
	"mtd",
	"nand-disk",
	"netdev",
	"oneshot",
	"phy*",
	"rfkill*",
	"timer",
	"usb-*",
};

/* Those of their settings that are times in milliseconds. */
static const char * const times[] = { "delay_on", "delay_off", "interval" };

static bool matches(const char *name, const char *pattern)
{
	size_t length = strlen(pattern) - 1;

	if (pattern[length] == '*')
		return !strncmp(name, pattern, length);

	return !strcmp(name, pattern);
}

/**
 * trigger_is_for_anybody - whether it takes no privilege to have a light obey a trigger
 * @name: the trigger's name
 */
bool trigger_is_for_anybody(const char *name)
{
	size_t index;

	for (index = 0; index < ARRAY_SIZE(triggers); index++)
		if (matches(name, triggers[index]))
			return true;

	return false;
}

static bool is_moderate(const char *value, unsigned int base)
{
	unsigned long ms;

	/* The trigger refuses it. */
	if (kstrtoul(value, base, &ms))
		return true;

	/* None at all is no blinking; of what is too long, triggers take the lower bits. */
	return !ms || (ms >= RINGLIGHT_PATTERN_SHORTEST_STEP && ms <= RINGLIGHT_PATTERN_LONGEST);
}

/**
 * setting_is_for_anybody - whether it takes no privilege to tell a trigger a setting
 * @name: the setting
 * @value: what it is to be
 *
 * A trigger would blink a thousand times a second, which patterns must not.
 */
bool setting_is_for_anybody(const char *name, const char *value)
{
	size_t index;

	for (index = 0; index < ARRAY_SIZE(times); index++)
		if (!strcmp(name, times[index]))
			/* Some triggers take octal and hexadecimal numbers, others do not. */
			return is_moderate(value, 10) && is_moderate(value, 0);

	return true;
}
