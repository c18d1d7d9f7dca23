// SPDX-License-Identifier: GPL-2.0-only
/*
 * Light nodes: who claims a light, what it shows, who watches it.
 *
 * A light shows its newest until-close claim, else its lasting claim, else what its lock key
 * says. Taking a light from its lock key, and giving it back, waits for RCU and blinks, so a
 * light stays taken for as long as there is any claim.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/input-event-codes.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "lights.h"
#include "parts.h"
#include "ringlight.h"

#if !IS_ENABLED(CONFIG_LEDS_TRIGGERS) || !IS_ENABLED(CONFIG_INPUT_LEDS)
#error "The lights need a kernel with CONFIG_LEDS_TRIGGERS and CONFIG_INPUT_LEDS"
#endif

/* Not every change gives a sign; this is how late it is seen then. */
#define LOOK_INTERVAL_MS 100

/**
 * struct opener - an open file of a light's node
 * @light: the light
 * @claim: in the light's list of temporary claims, while @claims
 * @until_close: its writes are a temporary claim
 * @claims: it has such a claim now
 * @lit: what that claim shows
 * @watches: it has read or polled
 * @has_read: it has seen a state, the one after @seen changes
 * @seen: the light's count of changes then
 * @text: the state as text, of which the last @left bytes are still to be read
 * @left: number of bytes
 */
struct opener {
	struct light *light;

	struct list_head claim;
	bool until_close;
	bool claims;
	bool lit;

	bool watches;
	bool has_read;
	unsigned int seen;
	char text[2];
	size_t left;
};

static struct workqueue_struct *lights_queue;

/* Watching */

/* Sees what the keyboards show now, and wakes watchers if that is news. */
static void light_look(struct light *light)
{
	bool changed;
	int state;

	spin_lock(&light->watch_lock);
	state = keyboards_state(light);
	changed = state != light->state;
	if (changed) {
		light->state = state;
		WRITE_ONCE(light->changes, light->changes + 1);
	}
	spin_unlock(&light->watch_lock);

	if (changed)
		wake_up_interruptible_poll(&light->changed, EPOLLIN | EPOLLRDNORM);
}

static void look_later(struct light *light)
{
	queue_delayed_work(lights_queue, &light->look_work, msecs_to_jiffies(LOOK_INTERVAL_MS));
}

static void look_work(struct work_struct *work)
{
	struct light *light = container_of(work, struct light, look_work.work);

	light_look(light);
	if (READ_ONCE(light->watchers))
		look_later(light);
}

void light_may_have_changed(struct light *light)
{
	/* A moment later: the lock key's own trigger acts after us. */
	if (READ_ONCE(light->watchers))
		mod_delayed_work(lights_queue, &light->look_work, 1);
}

static void start_watching(struct opener *opener)
{
	struct light *light = opener->light;

	spin_lock(&light->watch_lock);
	if (!opener->watches) {
		opener->watches = true;
		WRITE_ONCE(light->watchers, light->watchers + 1);
	}
	spin_unlock(&light->watch_lock);

	light_look(light);
	look_later(light);
}

static void stop_watching(struct opener *opener)
{
	struct light *light = opener->light;

	spin_lock(&light->watch_lock);
	if (opener->watches)
		WRITE_ONCE(light->watchers, light->watchers - 1);
	spin_unlock(&light->watch_lock);
}

static bool has_news(const struct opener *opener)
{
	return READ_ONCE(opener->left) || !READ_ONCE(opener->has_read) ||
	       READ_ONCE(opener->seen) != READ_ONCE(opener->light->changes);
}

/* Claims */

/* Makes the keyboards show what the claims say. Call with the light's lock held. */
static int light_show(struct light *light)
{
	const struct opener *top;
	bool lit;
	int ret = 0;

	top = list_first_entry_or_null(&light->temporary, struct opener, claim);
	lit = top ? top->lit : light->lasting_lit;

	if (!top && !light->lasting) {
		if (light->held) {
			WRITE_ONCE(light->held, false);
			ret = keyboards_visit(light, VISIT_GIVE_BACK);
		}
		light_look(light);
		return min(ret, 0);
	}

	led_trigger_event(&light->trigger, lit ? LED_FULL : LED_OFF);
	if (!light->held || READ_ONCE(light->lost)) {
		WRITE_ONCE(light->held, true);
		WRITE_ONCE(light->lost, false);
		ret = keyboards_visit(light, VISIT_TAKE);
		if (!ret)
			ret = -ENODEV;
	}
	light_look(light);
	return min(ret, 0);
}

static void end_claim(struct opener *opener)
{
	if (!opener->until_close) {
		opener->light->lasting = false;
	} else if (opener->claims) {
		list_del(&opener->claim);
		opener->claims = false;
	}
}

static void make_claim(struct opener *opener, bool lit)
{
	struct light *light = opener->light;

	if (!opener->until_close) {
		light->lasting = true;
		light->lasting_lit = lit;
		return;
	}

	opener->lit = lit;
	if (!opener->claims) {
		list_add(&opener->claim, &light->temporary);
		opener->claims = true;
	}
}

static int claim_light(struct opener *opener, bool lit)
{
	struct light *light = opener->light;
	int ret;

	mutex_lock(&light->lock);
	ret = min(keyboards_state(light), 0);
	if (!ret) {
		make_claim(opener, lit);
		ret = light_show(light);
		if (ret) {
			end_claim(opener);
			light_show(light);
		}
	}
	mutex_unlock(&light->lock);

	return ret;
}

static int release_light(struct opener *opener)
{
	int ret;

	mutex_lock(&opener->light->lock);
	end_claim(opener);
	ret = light_show(opener->light);
	mutex_unlock(&opener->light->lock);

	return ret;
}

static void settle_work(struct work_struct *work)
{
	struct light *light = container_of(work, struct light, settle_work.work);

	mutex_lock(&light->lock);
	if (light->held) {
		if (xchg(&light->joining, false))
			keyboards_visit(light, VISIT_JOIN);
		led_trigger_event(&light->trigger, light->trigger.brightness);
		light_look(light);
	}
	mutex_unlock(&light->lock);
}

void light_needs_settling(struct light *light, unsigned int delay_ms)
{
	if (READ_ONCE(light->held))
		queue_delayed_work(lights_queue, &light->settle_work, msecs_to_jiffies(delay_ms));
}

/* Trigger */

static int light_activate(struct led_classdev *led)
{
	led_set_brightness(led, led->trigger->brightness ? led->max_brightness : LED_OFF);
	return 0;
}

/* Also when root writes "0" to the LED's brightness, or another trigger's name to its trigger. */
static void light_deactivate(struct led_classdev *led)
{
	struct light *light = container_of(led->trigger, struct light, trigger);

	WRITE_ONCE(light->lost, true);
}

/* Node */

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

static int light_release(struct inode *inode, struct file *file)
{
	struct opener *opener = file->private_data;

	if (opener->claims)
		release_light(opener);
	stop_watching(opener);
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

	start_watching(opener);
	if (!has_news(opener)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(light->changed, has_news(opener)))
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
		ret = claim_light(opener, true);
	else if (sysfs_streq(text, "0"))
		ret = claim_light(opener, false);
	else if (sysfs_streq(text, "release"))
		ret = release_light(opener);
	else
		ret = -EINVAL;

	return ret ? ret : count;
}

static __poll_t light_poll(struct file *file, poll_table *wait)
{
	struct opener *opener = file->private_data;
	__poll_t events = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &opener->light->changed, wait);
	start_watching(opener);
	if (has_news(opener))
		events |= EPOLLIN | EPOLLRDNORM;

	return events;
}

static long light_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct opener *opener = file->private_data;

	if (command != RINGLIGHT_LIGHT_CLAIM_UNTIL_CLOSE)
		return -ENOTTY;

	mutex_lock(&opener->light->lock);
	opener->until_close = true;
	mutex_unlock(&opener->light->lock);

	return 0;
}

static const struct file_operations light_operations = {
	.owner = THIS_MODULE,
	.open = light_open,
	.release = light_release,
	.read = light_read,
	.write = light_write,
	.poll = light_poll,
	.unlocked_ioctl = light_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

#define LIGHT(_name, _code) {							\
	.name = _name,								\
	.code = _code,								\
	.node = {								\
		.minor = MISC_DYNAMIC_MINOR,					\
		.name = KBUILD_MODNAME "-" _name,				\
		.nodename = KBUILD_MODNAME "/" _name,				\
		.fops = &light_operations,					\
	},									\
	.trigger = {								\
		.name = KBUILD_MODNAME "-" _name,				\
		.activate = light_activate,					\
		.deactivate = light_deactivate,					\
	},									\
}

struct light ringlight_lights[LIGHT_COUNT] = {
	LIGHT("capslock", LED_CAPSL),
	LIGHT("numlock", LED_NUML),
	LIGHT("scrolllock", LED_SCROLLL),
};

static void prepare_light(struct light *light)
{
	mutex_init(&light->lock);
	INIT_LIST_HEAD(&light->temporary);
	INIT_DELAYED_WORK(&light->settle_work, settle_work);
	spin_lock_init(&light->watch_lock);
	light->state = -ENODEV;
	init_waitqueue_head(&light->changed);
	INIT_DELAYED_WORK(&light->look_work, look_work);
}

/* The first @count lights, last one first. */
static void remove_nodes(unsigned int count)
{
	while (count--)
		misc_deregister(&ringlight_lights[count].node);
}

static void remove_triggers(unsigned int count)
{
	while (count--)
		led_trigger_unregister(&ringlight_lights[count].trigger);
}

int __init ringlight_lights_init(void)
{
	unsigned int triggers, nodes;
	int ret;

	lights_queue = alloc_workqueue(KBUILD_MODNAME, WQ_UNBOUND, 0);
	if (!lights_queue)
		return -ENOMEM;

	for (triggers = 0; triggers < LIGHT_COUNT; triggers++)
		prepare_light(&ringlight_lights[triggers]);

	for (triggers = 0; triggers < LIGHT_COUNT; triggers++) {
		ret = led_trigger_register(&ringlight_lights[triggers].trigger);
		if (ret)
			goto err_triggers;
	}

	ret = keyboards_init(lights_queue);
	if (ret)
		goto err_triggers;

	for (nodes = 0; nodes < LIGHT_COUNT; nodes++) {
		ret = misc_register(&ringlight_lights[nodes].node);
		if (ret)
			goto err_nodes;
	}

	return 0;

err_nodes:
	remove_nodes(nodes);
	keyboards_exit();
err_triggers:
	remove_triggers(triggers);
	destroy_workqueue(lights_queue);
	return ret;
}

/* Nobody has a node open now, but lasting claims may be left. */
void ringlight_lights_exit(void)
{
	struct light *light;

	remove_nodes(LIGHT_COUNT);

	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++) {
		mutex_lock(&light->lock);
		light->lasting = false;
		light_show(light);
		mutex_unlock(&light->lock);
	}

	keyboards_exit();
	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++) {
		cancel_delayed_work_sync(&light->settle_work);
		cancel_delayed_work_sync(&light->look_work);
	}
	remove_triggers(LIGHT_COUNT);
	destroy_workqueue(lights_queue);
}
