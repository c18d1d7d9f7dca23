// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes one of the mistakes that the debug kernel is there to find, to show that it does.
 * For guests only: insmod broken.ko mistake=NAME
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char *mistake = "";
module_param(mistake, charp, 0444);
MODULE_PARM_DESC(mistake, "use-after-free, out-of-bounds, sleep, deadlock, leak or warning");

static DEFINE_MUTEX(one);
static DEFINE_MUTEX(other);
static DEFINE_SPINLOCK(atomic);

static int use_after_free(void)
{
	char *memory = kmalloc(64, GFP_KERNEL);

	if (!memory)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(memory);
	kfree(memory);
	WRITE_ONCE(memory[8], 1);
	return 0;
}

static int out_of_bounds(void)
{
	char *memory = kmalloc(60, GFP_KERNEL);

	if (!memory)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(memory);
	WRITE_ONCE(memory[60], 1);
	kfree(memory);
	return 0;
}

static int sleep_while_atomic(void)
{
	spin_lock(&atomic);
	/* Nobody has it: what is found is that it might have had to wait. */
	mutex_lock(&one);
	mutex_unlock(&one);
	spin_unlock(&atomic);
	return 0;
}

/* Nobody waits here, but two of these at once would, for each other. */
static int deadlock(void)
{
	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);

	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
	return 0;
}

static int leak(void)
{
	unsigned int i;
	void *memory;

	/* Some: a pointer may still lie on a stack. */
	for (i = 0; i < 16; i++) {
		memory = kmalloc(200, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(memory);
	}
	return 0;
}

static int warning(void)
{
	WARN_ON(!strcmp(mistake, "warning"));
	return 0;
}

static const struct {
	const char *name;
	int (*make)(void);
} mistakes[] = {
	{ "use-after-free", use_after_free },
	{ "out-of-bounds", out_of_bounds },
	{ "sleep", sleep_while_atomic },
	{ "deadlock", deadlock },
	{ "leak", leak },
	{ "warning", warning },
};

static int __init broken_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++)
		if (!strcmp(mistake, mistakes[i].name))
			return mistakes[i].make();

	return -EINVAL;
}
module_init(broken_init);

static void __exit broken_exit(void)
{
}
module_exit(broken_exit);

MODULE_DESCRIPTION("Mistakes for a debug kernel to find");
MODULE_LICENSE("GPL");
