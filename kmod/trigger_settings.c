// SPDX-License-Identifier: GPL-2.0-only
/*
 * What somebody has told a trigger of an LED: the times of "timer", the interface of "netdev".
 *
 * A trigger forgets that when the LED leaves it. Every trigger shows it, and takes it again,
 * through its attributes in sysfs, so this asks and tells them as a reader of those files would.
 */
#include <linux/device.h>
#include <linux/gfp.h>
#include <linux/leds.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "trigger_settings.h"

struct setting {
	struct list_head list;
	char name[32];
	char text[];
};

/* What the file's mode is, 0 if this LED does not have it. */
static umode_t mode_of(const struct attribute_group *group, struct led_classdev *led,
		       struct attribute *attribute, int index)
{
	if (!group->is_visible)
		return attribute->mode;

	return group->is_visible(&led->dev->kobj, attribute, index);
}

typedef int (*setting_fn)(struct led_classdev *led, struct device_attribute *attribute,
			  void *data);

/* Calls @function with each attribute of the LED's trigger that can be read and written. */
static void visit_settings(struct led_classdev *led, setting_fn function, void *data)
{
	const struct attribute_group **group;
	int index;

	if (!led->trigger || !led->trigger->groups)
		return;

	for (group = led->trigger->groups; *group; group++) {
		for (index = 0; (*group)->attrs && (*group)->attrs[index]; index++) {
			struct attribute *attribute = (*group)->attrs[index];
			struct device_attribute *file;
			umode_t mode;

			file = container_of(attribute, struct device_attribute, attr);
			mode = mode_of(*group, led, attribute, index);
			if (mode & 0444 && mode & 0222 && file->show && file->store &&
			    function(led, file, data))
				return;
		}
	}
}

static int add_setting(struct list_head *settings, const char *name, const char *text,
		       size_t length)
{
	struct setting *setting;

	setting = kzalloc(struct_size(setting, text, length + 1), GFP_KERNEL_ACCOUNT);
	if (!setting)
		return -ENOMEM;

	strscpy(setting->name, name, sizeof(setting->name));
	memcpy(setting->text, text, length);
	list_add_tail(&setting->list, settings);
	return 0;
}

struct saving {
	struct list_head *settings;
	char *page;
};

static int save_one(struct led_classdev *led, struct device_attribute *attribute, void *data)
{
	const size_t longest = sizeof_field(struct setting, name);
	struct saving *saving = data;
	ssize_t length;

	length = attribute->show(led->dev, attribute, saving->page);
	/* Empty: nothing was told, and nothing could be told. */
	if (length <= 0 || length >= PAGE_SIZE || saving->page[0] == '\n' ||
	    strlen(attribute->attr.name) >= longest)
		return 0;

	return add_setting(saving->settings, attribute->attr.name, saving->page, length);
}

/**
 * trigger_settings_save - write down what the LED's trigger was told
 * @led: the LED, with its trigger lock held
 * @settings: an empty list
 *
 * Where memory is short, some of it is left out.
 */
void trigger_settings_save(struct led_classdev *led, struct list_head *settings)
{
	struct saving saving = { .settings = settings };

	/* The attributes want a page for their text, and check that it begins as one. */
	saving.page = (char *)get_zeroed_page(GFP_KERNEL);
	if (!saving.page)
		return;
	visit_settings(led, save_one, &saving);
	free_page((unsigned long)saving.page);
}

static int restore_one(struct led_classdev *led, struct device_attribute *attribute, void *data)
{
	struct list_head *settings = data;
	struct setting *setting;

	list_for_each_entry(setting, settings, list) {
		if (strcmp(setting->name, attribute->attr.name))
			continue;
		/* A trigger that refuses its own words keeps its defaults. */
		attribute->store(led->dev, attribute, setting->text, strlen(setting->text));
		return 0;
	}

	return 0;
}

/**
 * trigger_settings_restore - tell the LED's trigger again what it was told
 * @led: the LED, which has the same trigger again, with its trigger lock held
 * @settings: from trigger_settings_save()
 */
void trigger_settings_restore(struct led_classdev *led, struct list_head *settings)
{
	visit_settings(led, restore_one, settings);
}

/**
 * trigger_settings_add - write down what a trigger is to be told
 * @settings: a list
 * @name: the setting
 * @value: what it is to be, without an end of line
 *
 * Return: 0, -EINVAL if no trigger has a setting of that name, or -ENOMEM.
 */
int trigger_settings_add(struct list_head *settings, const char *name, const char *value)
{
	char *text;
	int ret;

	if (strlen(name) >= sizeof_field(struct setting, name))
		return -EINVAL;

	/* As a shell's echo would say it. */
	text = kasprintf(GFP_KERNEL, "%s\n", value);
	if (!text)
		return -ENOMEM;
	ret = add_setting(settings, name, text, strlen(text));
	kfree(text);

	return ret;
}

struct telling {
	const struct setting *setting;
	ssize_t taken;
};

static int tell_one(struct led_classdev *led, struct device_attribute *attribute, void *data)
{
	struct telling *telling = data;
	const struct setting *setting = telling->setting;

	if (strcmp(setting->name, attribute->attr.name))
		return 0;

	telling->taken = attribute->store(led->dev, attribute, setting->text,
					  strlen(setting->text));
	return 1;
}

/**
 * trigger_settings_tell - tell the LED's trigger something
 * @led: the LED, with its trigger lock held
 * @settings: from trigger_settings_add(); told in their order
 *
 * Return: 0, or -EINVAL for the first setting that the trigger does not have or does not take.
 */
int trigger_settings_tell(struct led_classdev *led, const struct list_head *settings)
{
	struct setting *setting;

	list_for_each_entry(setting, settings, list) {
		struct telling telling = { .setting = setting, .taken = -EINVAL };

		visit_settings(led, tell_one, &telling);
		if (telling.taken < 0)
			return telling.taken == -ENOMEM ? -ENOMEM : -EINVAL;
	}

	return 0;
}

/* Empties the list. */
void trigger_settings_forget(struct list_head *settings)
{
	struct setting *setting, *next;

	list_for_each_entry_safe(setting, next, settings, list) {
		list_del(&setting->list);
		kfree(setting);
	}
}
