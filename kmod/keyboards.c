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

#include "lights.h"

/* How long another program's change to a held light stays: two stubborn ones must not spin. */
#define SETTLE_DELAY_MS 20

/**
 * struct holding - how one LED of a keyboard is held
 * @held: by us; also while root has taken it away from us
 * @lit: whether it was lit before
 * @previous: the name of the trigger that it had before, empty if none
 */
struct holding {
	bool held;
	bool lit;
	char previous[TRIG_NAME_MAX + 1];
};

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
	unsigned int leds;
	int error;
};

/* Changed with the input core's mutex and the lock held, so either of them is enough to read. */
static LIST_HEAD(keyboards);
static DEFINE_SPINLOCK(keyboards_lock);

static const struct input_device_id keyboard_ids[] = {
	{
		.flags = INPUT_DEVICE_ID_MATCH_EVBIT,
		.evbit = { BIT_MASK(EV_LED) },
	},
	{ }
};

static void take_led(struct light *light, struct led_classdev *led, struct keyboard *keyboard,
		     struct holding *holding)
{
	down_write(&led->trigger_lock);
	if (led->trigger != &light->trigger) {
		/* Held but without a trigger: root wrote its brightness. Nothing to go back to. */
		if (led->trigger || !holding->held) {
			strscpy(holding->previous, led->trigger ? led->trigger->name : "",
				sizeof(holding->previous));
			holding->lit = test_bit(light->code, keyboard->handle.dev->led);
		}
		led_trigger_set(led, &light->trigger);
	}
	holding->held = true;
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

static bool obeys_another(struct light *light, struct led_classdev *led)
{
	bool other;

	down_read(&led->trigger_lock);
	other = led->trigger && led->trigger != &light->trigger;
	up_read(&led->trigger_lock);

	return other;
}

static void give_back_led(struct light *light, struct led_classdev *led, struct holding *holding)
{
	if (!holding->held)
		return;
	holding->held = false;

	/* Root has chosen another trigger meanwhile: leave it. */
	if (obeys_another(light, led))
		return;

	if (!holding->previous[0]) {
		led_trigger_remove(led);
		led_set_brightness(led, holding->lit ? led->max_brightness : LED_OFF);
		return;
	}

	set_trigger_by_name(led, holding->previous);
	if (obeys_another(light, led))
		return;

	/* The trigger that was there has been unloaded meanwhile. */
	led_trigger_set_default(led);
	if (!obeys_another(light, led))
		led_trigger_remove(led);
}

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

static int visit_child(struct device *child, void *data)
{
	struct visit *visit = data;
	struct light *light = visit->light;
	struct keyboard *keyboard;
	struct holding *holding;

	if (!is_led_of(light, child))
		return 0;

	keyboard = find_keyboard(to_input_dev(child->parent));
	if (!keyboard)
		return 1;

	holding = &keyboard->holdings[light - ringlight_lights];
	visit->leds++;

	if (visit->purpose == VISIT_GIVE_BACK)
		give_back_led(light, dev_get_drvdata(child), holding);
	else if (visit->purpose == VISIT_TAKE || !holding->held)
		take_led(light, dev_get_drvdata(child), keyboard, holding);

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
 *
 * In a worker: registering a handler gives up when the process has a signal, and a process
 * that was killed has one.
 *
 * Return: the number of keyboards that have this light, or a negative error code.
 */
int keyboards_visit(struct light *light, enum visit_purpose purpose)
{
	struct visit visit = {
		.handler = {
			.name = KBUILD_MODNAME "-visit",
			.connect = visit_connect,
			.id_table = keyboard_ids,
		},
		.light = light,
		.purpose = purpose,
	};

	INIT_WORK_ONSTACK(&visit.work, visit_all);
	queue_work(lights_queue, &visit.work);
	flush_work(&visit.work);
	destroy_work_on_stack(&visit.work);

	return visit.error ? visit.error : visit.leds;
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
		light_may_have_changed(light);
		if (READ_ONCE(light->held) &&
		    test_bit(light->code, dev->led) != !!READ_ONCE(light->trigger.brightness))
			light_needs_settling(light, SETTLE_DELAY_MS);
	}
}

/* Also called when a program lets go of a keyboard that it had grabbed. */
static void keyboard_start(struct input_handle *handle)
{
	struct light *light;

	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++)
		light_needs_settling(light, 0);
}

static void keyboards_have_changed(void)
{
	struct light *light;

	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++)
		light_may_have_changed(light);
}

static int keyboard_connect(struct input_handler *handler, struct input_dev *dev,
			    const struct input_device_id *id)
{
	struct keyboard *keyboard;
	struct light *light;
	int ret;

	keyboard = kzalloc(sizeof(*keyboard), GFP_KERNEL);
	if (!keyboard)
		return -ENOMEM;

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
	keyboards_have_changed();

	/* Not here: the keyboard may get its LEDs after us. */
	for (light = ringlight_lights; light < ringlight_lights + LIGHT_COUNT; light++) {
		WRITE_ONCE(light->joining, true);
		light_needs_settling(light, 0);
	}

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

	spin_lock(&keyboards_lock);
	list_del(&keyboard->list);
	spin_unlock(&keyboards_lock);
	keyboards_have_changed();

	input_close_device(handle);
	input_unregister_handle(handle);
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

int keyboards_init(void)
{
	return input_register_handler(&keyboard_handler);
}

void keyboards_exit(void)
{
	input_unregister_handler(&keyboard_handler);
}
