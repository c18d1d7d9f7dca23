// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claims to a light: one that lasts, and those that end with their opener. The newest of these
 * is above the others, the lasting one below all.
 */
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "chosen_trigger.h"
#include "lights.h"
#include "ringlight.h"

bool claim_is_made(const struct claim *claim)
{
	return claim->wish.steady || claim->wish.pattern;
}

/**
 * light_shown_claim - the claim that a light shows
 * @light: the light, with its lock held
 *
 * Return: NULL if there is none.
 */
struct claim *light_shown_claim(struct light *light)
{
	struct claim *top;

	top = list_first_entry_or_null(&light->temporary, struct claim, list);
	if (!top && claim_is_made(&light->lasting))
		top = &light->lasting;

	return top;
}

/* Puts a claim into the list, newest first, or takes it out. Changing it does not make it newer. */
void claim_place(struct light *light, struct claim *claim)
{
	if (claim == &light->lasting)
		return;

	if (claim_is_made(claim) && list_empty(&claim->list)) {
		list_add(&claim->list, &light->temporary);
		light->temporaries++;
	} else if (!claim_is_made(claim) && !list_empty(&claim->list)) {
		list_del_init(&claim->list);
		light->temporaries--;
	}
}

/* Each of them costs a little whenever the light is shown. */
bool claim_has_room(const struct light *light, const struct claim *claim)
{
	return claim == &light->lasting || claim_is_made(claim) ||
	       light->temporaries < RINGLIGHT_LIGHT_MOST_CLAIMS;
}

void wish_forget(struct wish *wish)
{
	kfree(wish->pattern);
	chosen_trigger_free(wish->trigger);
	put_pid(wish->holder);
	*wish = (struct wish){};
}

void claim_prepare(struct claim *claim)
{
	INIT_LIST_HEAD(&claim->list);
}
