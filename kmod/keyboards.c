// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keyboards behind the lights.
 *
 * input-leds makes an LED-class device for each light of a keyboard. It makes and removes
 * them with the input core's mutex held, so whatever is done to them must be done with that
 * mutex held as well. It is private to the input core, but held around every call of a
 * handler's connect(): to visit all keyboards, register a handler for a moment.
 */
#include <linux/device.h>
#include <linux/input.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "keyboard_led.h"
#include "lights.h"

/* How long another program's change to a held light stays: two stubborn ones must not spin. */
#define SETTLE_DELAY_MS 20

struct keyboard {
	struct input_handle handle;
	struct list_head list;
	struct holding holdings[LIGHT_COUNT];
};

struct visit {
	struct work_struct work;
	struct input_handler handler;
	struct light *light;
	enum visit_purpose purpose;
	struct visit_result *result;
	int error;
};

/* Changed with the input core's mutex and the lock held, so either of them is enough to read. */
static LIST_HEAD(keyboards);
static DEFINE_SPINLOCK(keyboards_lock);

static const struct keyboards_listener *keyboards_listener;

/* Not the lights' queue: a work of that one may wait for a visit while it is being frozen. */
static struct workqueue_struct *visits_queue;

static const struct input_device_id keyboard_ids[] = {
	{
		.flags = INPUT_DEVICE_ID_MATCH_EVBIT,
		.evbit = { BIT_MASK(EV_LED) },
	},
	{ }
};

static struct keyboard *find_keyboard(const struct input_dev *dev)
{
	struct keyboard *keyboard;

	list_for_each_entry(keyboard, &keyboards, list)
		if (keyboard->handle.dev == dev)
			return keyboard;

	return NULL;
}

/* True if @child is the LED-class device that input-leds made for @light. */
static bool is_led_of(const struct light *light, const struct device *child)
{
	const char *keyboard = dev_name(child->parent);
	const char *name = dev_name(child);
	size_t length = strlen(keyboard);

	return child->class && !strcmp(child->class->name, "leds") &&
	       !strncmp(name, keyboard, length) && !strncmp(name + length, "::", 2) &&
	       !strcmp(name + length + 2, light->name);
}

static void visit_led(struct visit *visit, struct led_classdev *led, struct keyboard *keyboard)
{
	struct light *light = visit->light;
	struct holding *holding = &keyboard->holdings[light - ringlight_lights];
	bool lost = led_was_taken_away(led, holding);

	visit->result->leds++;
	if (lost && !holding->lost)
		visit->result->losses++;

	if (visit->purpose == VISIT_GIVE_BACK) {
		led_give_back(led, holding);
		return;
	}

	if (visit->purpose == VISIT_TAKE || !lost) {
		lost = led_take(led, &light->trigger, light->chosen, holding,
				test_bit(light->code, keyboard->handle.dev->led));
		if (lost)
			visit->result->refused++;
	}

	holding->lost = lost;
	if (lost)
		visit->result->lost++;
}

static int visit_child(struct device *child, void *data)
{
	struct visit *visit = data;
	struct keyboard *keyboard;

	if (!is_led_of(visit->light, child))
		return 0;

	keyboard = find_keyboard(to_input_dev(child->parent));
	if (keyboard)
		visit_led(visit, dev_get_drvdata(child), keyboard);

	return 1;
}

static int visit_connect(struct input_handler *handler, struct input_dev *dev,
			 const struct input_device_id *id)
{
	device_for_each_child(&dev->dev, container_of(handler, struct visit, handler), visit_child);

	/* Never stay: the input core takes this for "not my device". */
	return -ENODEV;
}

static void visit_all(struct work_struct *work)
{
	struct visit *visit = container_of(work, struct visit, work);

	visit->error = input_register_handler(&visit->handler);
	if (!visit->error)
		input_unregister_handler(&visit->handler);
}

/**
 * keyboards_visit - take a light from, or give it back to, the triggers of all keyboards
 * @light: the light
 * @purpose: what to do
 * @result: what was found
 *
 * In a worker: registering a handler gives up when the process has a signal, and a process
 * that was killed has one.
 *
 * Return: 0 or a negative error code.
 */
int keyboards_visit(struct light *light, enum visit_purpose purpose, struct visit_result *result)
{
	struct visit visit = {
		.handler = {
			.name = KBUILD_MODNAME "-visit",
			.connect = visit_connect,
			.id_table = keyboard_ids,
		},
		.light = light,
		.purpose = purpose,
		.result = result,
	};

	*result = (struct visit_result){};
	INIT_WORK_ONSTACK(&visit.work, visit_all);
	queue_work(visits_queue, &visit.work);
	flush_work(&visit.work);
	destroy_work_on_stack(&visit.work);

	return visit.error;
}

/**
 * keyboards_state - what a light really shows
 * @light: the light
 *
 * Return: 1 if it is lit on any keyboard, 0 if not, -ENODEV if no keyboard has it.
 */
int keyboards_state(const struct light *light)
{
	struct keyboard *keyboard;
	int state = -ENODEV;

	spin_lock(&keyboards_lock);
	list_for_each_entry(keyboard, &keyboards, list) {
		const struct input_dev *dev = keyboard->handle.dev;

		if (!test_bit(light->code, dev->ledbit))
			continue;
		state = test_bit(light->code, dev->led);
		if (state)
			break;
	}
	spin_unlock(&keyboards_lock);

	return state;
}

/**
 * keyboards_stray - whether a keyboard shows something else than it is to show
 * @light: the light
 * @lit: what it is to show
 */
bool keyboards_stray(const struct light *light, bool lit)
{
	struct keyboard *keyboard;
	bool stray = false;

	spin_lock(&keyboards_lock);
	list_for_each_entry(keyboard, &keyboards, list) {
		const struct input_dev *dev = keyboard->handle.dev;

		if (test_bit(light->code, dev->ledbit) && test_bit(light->code, dev->led) != lit)
			stray = true;
	}
	spin_unlock(&keyboards_lock);

	return stray;
}

/**
 * keyboards_names - the input devices that have a light
 * @light: the light
 * @grabbed: only those that a program has grabbed (EVIOCGRAB)
 * @page: a page for their names ("input3 input7" and a newline)
 *
 * Return: the length.
 */
int keyboards_names(const struct light *light, bool grabbed, char *page)
{
	struct keyboard *keyboard;
	int length = 0;

	spin_lock(&keyboards_lock);
	list_for_each_entry(keyboard, &keyboards, list) {
		struct input_dev *dev = keyboard->handle.dev;

		if (test_bit(light->code, dev->ledbit) &&
		    (!grabbed || rcu_access_pointer(dev->grab)))
			length += sysfs_emit_at(page, length, "%s%s", length ? " " : "",
						dev_name(&dev->dev));
	}
	spin_unlock(&keyboards_lock);

	return length + sysfs_emit_at(page, length, "\n");
}

/*
 * A change of a light shows here only after the keyboard's next SYN_REPORT, and input-leds
 * sends none. So take a key, which may be a lock key, for a sign as well.
 */
static void keyboard_event(struct input_handle *handle, unsigned int type, unsigned int code,
			   int value)
{
	const struct input_dev *dev = handle->dev;
	struct light *light;

	if (type != EV_KEY && type != EV_LED)
		return;

	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++) {
		if (!test_bit(light->code, dev->ledbit))
			continue;
		keyboards_listener->changed(light);
		if (READ_ONCE(light->held) && !READ_ONCE(light->chosen) &&
		    test_bit(light->code, dev->led) != !!READ_ONCE(light->trigger.brightness))
			keyboards_listener->strayed(light, SETTLE_DELAY_MS);
	}
}

/* Also called when a program lets go of a keyboard that it had grabbed. */
static void keyboard_start(struct input_handle *handle)
{
	struct light *light;

	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++)
		keyboards_listener->strayed(light, 0);
}

static void keyboards_have_moved(void)
{
	struct light *light;

	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++)
		keyboards_listener->moved(light);
}

static int keyboard_connect(struct input_handler *handler, struct input_dev *dev,
			    const struct input_device_id *id)
{
	struct keyboard *keyboard;
	unsigned int index;
	int ret;

	keyboard = kzalloc(sizeof(*keyboard), GFP_KERNEL);
	if (!keyboard)
		return -ENOMEM;

	for (index = 0; index < LIGHT_COUNT; index++)
		holding_prepare(&keyboard->holdings[index]);

	keyboard->handle.dev = dev;
	keyboard->handle.handler = handler;
	keyboard->handle.name = KBUILD_MODNAME;
	keyboard->handle.private = keyboard;

	ret = input_register_handle(&keyboard->handle);
	if (ret)
		goto err_free;

	ret = input_open_device(&keyboard->handle);
	if (ret)
		goto err_unregister;

	spin_lock(&keyboards_lock);
	list_add_tail(&keyboard->list, &keyboards);
	spin_unlock(&keyboards_lock);
	keyboards_have_moved();

	return 0;

err_unregister:
	input_unregister_handle(&keyboard->handle);
err_free:
	kfree(keyboard);
	return ret;
}

static void keyboard_disconnect(struct input_handle *handle)
{
	struct keyboard *keyboard = handle->private;
	unsigned int index;

	spin_lock(&keyboards_lock);
	list_del(&keyboard->list);
	spin_unlock(&keyboards_lock);
	keyboards_have_moved();

	input_close_device(handle);
	input_unregister_handle(handle);
	for (index = 0; index < LIGHT_COUNT; index++)
		holding_forget(&keyboard->holdings[index]);
	kfree(keyboard);
}

static struct input_handler keyboard_handler = {
	.name = KBUILD_MODNAME,
	.start = keyboard_start,
	.event = keyboard_event,
	.connect = keyboard_connect,
	.disconnect = keyboard_disconnect,
	.id_table = keyboard_ids,
};

int keyboards_init(const struct keyboards_listener *listener)
{
	int ret;

	keyboards_listener = listener;
	visits_queue = alloc_workqueue(KBUILD_MODNAME "-visits", WQ_UNBOUND, 0);
	if (!visits_queue)
		return -ENOMEM;

	ret = input_register_handler(&keyboard_handler);
	if (ret)
		destroy_workqueue(visits_queue);

	return ret;
}

void keyboards_exit(void)
{
	input_unregister_handler(&keyboard_handler);
	destroy_workqueue(visits_queue);
}
