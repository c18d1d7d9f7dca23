// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node of a light: /dev/ringlight/capslock, numlock, scrolllock.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "lights.h"
#include "ringlight.h"

static int light_open(struct inode *inode, struct file *file)
{
	struct opener *opener;

	opener = kzalloc(sizeof(*opener), GFP_KERNEL);
	if (!opener)
		return -ENOMEM;

	/* The misc layer leaves the node here. */
	opener->light = container_of(file->private_data, struct light, node);
	file->private_data = opener;

	return stream_open(inode, file);
}

static int light_close(struct inode *inode, struct file *file)
{
	struct opener *opener = file->private_data;

	if (opener->claims)
		light_release(opener);
	light_stop_watching(opener);
	kfree(opener);

	return 0;
}

static ssize_t light_read(struct file *file, char __user *buffer, size_t count, loff_t *position)
{
	struct opener *opener = file->private_data;
	struct light *light = opener->light;
	char text[sizeof(opener->text)];
	int state;

	if (!count)
		return 0;

	light_start_watching(opener);
	if (!light_has_news(opener)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(light->changed, light_has_news(opener)))
			return -ERESTARTSYS;
	}

	spin_lock(&light->watch_lock);
	if (!opener->left) {
		state = light->state;
		opener->seen = light->changes;
		opener->has_read = true;
		if (state < 0) {
			spin_unlock(&light->watch_lock);
			return state;
		}
		opener->text[0] = '0' + state;
		opener->text[1] = '\n';
		opener->left = sizeof(opener->text);
	}
	/* A shell's read takes a byte at a time. */
	count = min(count, opener->left);
	memcpy(text, opener->text + sizeof(opener->text) - opener->left, count);
	opener->left -= count;
	spin_unlock(&light->watch_lock);

	return copy_to_user(buffer, text, count) ? -EFAULT : count;
}

static ssize_t light_write(struct file *file, const char __user *buffer, size_t count,
			   loff_t *position)
{
	struct opener *opener = file->private_data;
	char text[sizeof("release\n")] = "";
	int ret;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buffer, count))
		return -EFAULT;
	if (strlen(text) != count)
		return -EINVAL;

	if (sysfs_streq(text, "1"))
		ret = light_claim(opener, true);
	else if (sysfs_streq(text, "0"))
		ret = light_claim(opener, false);
	else if (sysfs_streq(text, "release"))
		ret = light_release(opener);
	else
		ret = -EINVAL;

	return ret ? ret : count;
}

static __poll_t light_poll(struct file *file, poll_table *wait)
{
	struct opener *opener = file->private_data;
	__poll_t events = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &opener->light->changed, wait);
	light_start_watching(opener);
	if (light_has_news(opener))
		events |= EPOLLIN | EPOLLRDNORM;

	return events;
}

static long light_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct opener *opener = file->private_data;

	if (command != RINGLIGHT_LIGHT_CLAIM_UNTIL_CLOSE)
		return -ENOTTY;

	light_claim_until_close(opener);
	return 0;
}

const struct file_operations light_operations = {
	.owner = THIS_MODULE,
	.open = light_open,
	.release = light_close,
	.read = light_read,
	.write = light_write,
	.poll = light_poll,
	.unlocked_ioctl = light_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
