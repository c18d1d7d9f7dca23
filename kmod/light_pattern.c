// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pattern, and what it shows at any moment. Knows no light and no timer.
 *
 * Every moment counts from the start, so lateness does not add up, and a step that was wholly
 * missed is left out. The clock is CLOCK_MONOTONIC, which stands still while the machine sleeps.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lights.h"
#include "ringlight.h"

/**
 * struct light_pattern - a pattern
 * @start: when it has started, 0 if it has not yet
 * @round: how long it takes once through, in nanoseconds
 * @length: and in all; KTIME_MAX for without end
 * @count: number of steps
 * @steps: how long each takes, in milliseconds; lit and dark by turns, lit first
 */
struct light_pattern {
	ktime_t start;
	u64 round;
	ktime_t length;
	unsigned int count;
	u32 steps[];
};

/* Takes a number from the front of *@text, which it moves on; NULL when that was the last one. */
static int take_number(char **text, unsigned int *number)
{
	const char *word = strsep(text, " ");

	/* No sign, and no end of line, both of which the conversion would take. */
	if (strspn(word, "0123456789") != strlen(word))
		return -EINVAL;

	/* Too large for the type is too large for any use. */
	return kstrtouint(word, 10, number) ? -EINVAL : 0;
}

static int take_step(char **text, bool first, unsigned int *step)
{
	int ret;

	ret = take_number(text, step);
	if (ret)
		return ret;

	/* Nothing to begin with: the pattern begins dark. */
	if (first && !*step && *text)
		return 0;

	return *step < RINGLIGHT_PATTERN_SHORTEST_STEP ? -EINVAL : 0;
}

/**
 * light_pattern_parse - read a pattern
 * @text: "REPEATS STEP...", in decimal, one space between them; is changed
 *
 * Return: the pattern, for kfree(), or -EINVAL, -E2BIG or -ENOMEM.
 */
struct light_pattern *light_pattern_parse(char *text)
{
	struct light_pattern *pattern;
	unsigned int repeats, step, total = 0;
	int ret;

	pattern = kzalloc(struct_size(pattern, steps, RINGLIGHT_PATTERN_MOST_STEPS),
			  GFP_KERNEL_ACCOUNT);
	if (!pattern)
		return ERR_PTR(-ENOMEM);

	ret = take_number(&text, &repeats);
	if (!ret && (repeats > RINGLIGHT_PATTERN_MOST_REPEATS || !text))
		ret = -EINVAL;

	while (!ret && text) {
		ret = take_step(&text, !pattern->count, &step);
		if (ret)
			break;
		if (pattern->count == RINGLIGHT_PATTERN_MOST_STEPS ||
		    step > RINGLIGHT_PATTERN_LONGEST - total) {
			ret = -E2BIG;
			break;
		}
		pattern->steps[pattern->count++] = step;
		total += step;
	}

	if (ret) {
		kfree(pattern);
		return ERR_PTR(ret);
	}

	/* An hour, a million times: far below the clock's 292 years. */
	pattern->round = (u64)total * NSEC_PER_MSEC;
	pattern->length = repeats ? pattern->round * repeats : KTIME_MAX;
	return pattern;
}

void light_pattern_start(struct light_pattern *pattern, ktime_t now)
{
	if (!pattern->start)
		pattern->start = now;
}

bool light_pattern_is_over(const struct light_pattern *pattern, ktime_t now)
{
	return pattern->start && ktime_sub(now, pattern->start) >= pattern->length;
}

/* When it will be over, KTIME_MAX for never. */
ktime_t light_pattern_end(const struct light_pattern *pattern)
{
	return ktime_add_safe(pattern->start, pattern->length);
}

/**
 * light_pattern_at - what a pattern that has started shows
 * @pattern: the pattern
 * @now: when
 * @until: set to when the step ends
 *
 * Return: whether it is lit.
 */
bool light_pattern_at(const struct light_pattern *pattern, ktime_t now, ktime_t *until)
{
	u64 elapsed = ktime_to_ns(ktime_sub(now, pattern->start));
	unsigned int step;
	u64 within, end = 0;

	div64_u64_rem(elapsed, pattern->round, &within);
	for (step = 0; step < pattern->count; step++) {
		end += (u64)pattern->steps[step] * NSEC_PER_MSEC;
		if (within < end)
			break;
	}

	*until = ktime_add_ns(now, end - within);
	return step % 2 == 0;
}
