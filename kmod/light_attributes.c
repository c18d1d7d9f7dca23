// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sysfs tells of a light, in /sys/class/misc/ringlight-*: see ABI/sysfs-class-misc-ringlight.
 */
#include <linux/device.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sysfs.h>

#include "chosen_trigger.h"
#include "lights.h"

static struct light *light_of(struct device *dev)
{
	/* The misc layer leaves the node here. */
	return container_of(dev_get_drvdata(dev), struct light, node);
}

static ssize_t keyboards_show(struct device *dev, struct device_attribute *attr, char *page)
{
	return keyboards_names(light_of(dev), false, page);
}
static DEVICE_ATTR_RO(keyboards);

static ssize_t grabbed_show(struct device *dev, struct device_attribute *attr, char *page)
{
	return keyboards_names(light_of(dev), true, page);
}
static DEVICE_ATTR_RO(grabbed);

static ssize_t holder_pid_show(struct device *dev, struct device_attribute *attr, char *page)
{
	struct light *light = light_of(dev);
	const struct claim *claim;
	pid_t pid = 0;

	mutex_lock(&light->lock);
	claim = light_shown_claim(light);
	if (claim)
		pid = pid_vnr(claim->wish.holder);
	mutex_unlock(&light->lock);

	return sysfs_emit(page, "%d\n", pid);
}
static DEVICE_ATTR_RO(holder_pid);

static ssize_t holder_name_show(struct device *dev, struct device_attribute *attr, char *page)
{
	struct light *light = light_of(dev);
	const struct claim *claim;
	char name[TASK_COMM_LEN] = "";

	mutex_lock(&light->lock);
	claim = light_shown_claim(light);
	if (claim)
		strscpy(name, claim->wish.comm, sizeof(name));
	mutex_unlock(&light->lock);

	/* A process chooses its name: it must not write to a terminal. */
	return sysfs_emit(page, "%*pE\n", (int)strlen(name), name);
}
static DEVICE_ATTR_RO(holder_name);

static ssize_t trigger_show(struct device *dev, struct device_attribute *attr, char *page)
{
	struct light *light = light_of(dev);
	ssize_t length;

	mutex_lock(&light->lock);
	length = sysfs_emit(page, "%s\n", light->chosen ? light->chosen->name : "");
	mutex_unlock(&light->lock);

	return length;
}
static DEVICE_ATTR_RO(trigger);

static ssize_t lost_show(struct device *dev, struct device_attribute *attr, char *page)
{
	struct light *light = light_of(dev);

	light_notice_losses(light);
	return sysfs_emit(page, "%d\n", READ_ONCE(light->lost));
}
static DEVICE_ATTR_RO(lost);

static ssize_t lost_count_show(struct device *dev, struct device_attribute *attr, char *page)
{
	struct light *light = light_of(dev);

	light_notice_losses(light);
	return sysfs_emit(page, "%u\n", READ_ONCE(light->losses));
}
static DEVICE_ATTR_RO(lost_count);

static ssize_t corrected_count_show(struct device *dev, struct device_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(light_of(dev)->corrections));
}
static DEVICE_ATTR_RO(corrected_count);

static struct attribute *attributes[] = {
	&dev_attr_keyboards.attr,
	&dev_attr_grabbed.attr,
	&dev_attr_holder_pid.attr,
	&dev_attr_holder_name.attr,
	&dev_attr_trigger.attr,
	&dev_attr_lost.attr,
	&dev_attr_lost_count.attr,
	&dev_attr_corrected_count.attr,
	NULL
};

static const struct attribute_group group = { .attrs = attributes };

const struct attribute_group *light_attributes[] = { &group, NULL };

/* Pollers of "lost" can be told from now on. */
void light_attributes_begin(struct light *light)
{
	mutex_lock(&light->lock);
	light->lost_file = sysfs_get_dirent(light->node.this_device->kobj.sd, "lost");
	mutex_unlock(&light->lock);
}

/* Not any more: the node goes. */
void light_attributes_end(struct light *light)
{
	mutex_lock(&light->lock);
	sysfs_put(light->lost_file);
	light->lost_file = NULL;
	mutex_unlock(&light->lock);
}
