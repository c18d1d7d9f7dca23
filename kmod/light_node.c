// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node of a light: /dev/ringlight/capslock, numlock, scrolllock.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "chosen_trigger.h"
#include "lights.h"
#include "ringlight.h"

#define PLAY "pattern "
#define OBEY "trigger "

static int light_open(struct inode *inode, struct file *file)
{
	struct opener *opener;

	opener = kzalloc(sizeof(*opener), GFP_KERNEL_ACCOUNT);
	if (!opener)
		return -ENOMEM;

	/* The misc layer leaves the node here. */
	opener->light = container_of(file->private_data, struct light, node);
	claim_prepare(&opener->claim);
	light_acknowledge_end(opener);
	file->private_data = opener;

	return stream_open(inode, file);
}

static int light_close(struct inode *inode, struct file *file)
{
	struct opener *opener = file->private_data;

	light_end_claim(opener);
	light_stop_watching(opener);
	kfree(opener);

	return 0;
}

/* Sees to it that news comes; for whoever is in the queue, and sleeps if there is none. */
static bool awaited_news(const struct opener *opener)
{
	light_look_later(opener->light);
	light_notice_losses_later(opener->light);

	return light_has_news(opener);
}

static ssize_t light_read(struct file *file, char __user *buffer, size_t count, loff_t *position)
{
	struct opener *opener = file->private_data;
	struct light *light = opener->light;
	char text[sizeof(opener->text)];
	int state;

	if (!count)
		return 0;

	light_acknowledge_end(opener);
	light_start_watching(opener);
	light_notice_losses(light);
	if (!light_has_news(opener)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(light->changed, awaited_news(opener)))
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
		opener->left = scnprintf(opener->text, sizeof(opener->text), "%d%s\n", state,
					 light->state_lost ? " lost" : "");
		opener->next = 0;
	}
	/* A shell's read takes a byte at a time. */
	count = min(count, opener->left);
	memcpy(text, opener->text + opener->next, count);
	opener->next += count;
	opener->left -= count;
	spin_unlock(&light->watch_lock);

	return copy_to_user(buffer, text, count) ? -EFAULT : count;
}

static int play(struct opener *opener, char *text)
{
	struct light_pattern *pattern;
	int ret;

	pattern = light_pattern_parse(text);
	if (IS_ERR(pattern))
		return PTR_ERR(pattern);

	ret = light_play(opener, pattern);
	if (ret)
		kfree(pattern);

	return ret;
}

/* The writer, and whoever opened the file: root's programs may write where another told them to. */
static bool is_privileged(const struct file *file)
{
	return capable(CAP_SYS_ADMIN) && file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
}

static int obey_trigger(struct file *file, char *text)
{
	struct opener *opener = file->private_data;
	struct chosen_trigger *trigger;
	int ret;

	trigger = chosen_trigger_parse(text);
	if (IS_ERR(trigger))
		return PTR_ERR(trigger);

	ret = trigger->privileged && !is_privileged(file) ? -EPERM : 0;
	/* No keyboard: that is known without trying. */
	if (!ret)
		ret = min(keyboards_state(opener->light), 0);
	if (!ret)
		ret = chosen_trigger_try(trigger);
	if (!ret)
		ret = light_obey(opener, trigger);
	if (ret)
		chosen_trigger_free(trigger);

	return ret;
}

static int obey(struct file *file, char *text)
{
	struct opener *opener = file->private_data;
	size_t length = strlen(text);

	/* One end of line, as a shell's echo makes it. */
	if (length && text[length - 1] == '\n')
		text[length - 1] = '\0';

	if (!strcmp(text, "1"))
		return light_claim(opener, true);
	if (!strcmp(text, "0"))
		return light_claim(opener, false);
	if (!strcmp(text, "release"))
		return light_release(opener);
	if (str_has_prefix(text, PLAY))
		return play(opener, text + strlen(PLAY));
	if (str_has_prefix(text, OBEY))
		return obey_trigger(file, text + strlen(OBEY));

	return -EINVAL;
}

static ssize_t light_write(struct file *file, const char __user *buffer, size_t count,
			   loff_t *position)
{
	size_t length = min_t(size_t, count, RINGLIGHT_LIGHT_LONGEST_TEXT);
	char *text;
	int ret;

	text = memdup_user_nul(buffer, length);
	if (IS_ERR(text))
		return PTR_ERR(text);

	/* Whatever its length: what does not begin as a command is none. */
	if (length < count)
		ret = str_has_prefix(text, PLAY) || str_has_prefix(text, OBEY) ? -E2BIG : -EINVAL;
	else if (strlen(text) != count)
		ret = -EINVAL;
	else
		ret = obey(file, text);
	kfree(text);

	return ret ? ret : count;
}

static __poll_t light_poll(struct file *file, poll_table *wait)
{
	struct opener *opener = file->private_data;
	__poll_t events = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &opener->light->changed, wait);
	/* Who waits for the end of a pattern only need not be told each of its steps. */
	if (poll_requested_events(wait) & (EPOLLIN | EPOLLRDNORM)) {
		light_start_watching(opener);
		if (awaited_news(opener))
			events |= EPOLLIN | EPOLLRDNORM;
	}
	if (light_pattern_has_ended(opener))
		events |= EPOLLPRI;

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
