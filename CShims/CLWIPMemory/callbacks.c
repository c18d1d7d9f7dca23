// SPDX-License-Identifier: Apache-2.0
#include "CLWIPMemory.h"

#include <stdlib.h>

/* As lwIP declares it (lwip/tcpip.h). */
typedef void (*tcpip_callback_fn)(void *context);
int8_t tcpip_try_callback(tcpip_callback_fn function, void *context);

struct callback {
	struct callback *next;
	tcpip_callback_fn function;
	void *context;
};

#define ERR_OK 0
#define ERR_MEM (-1)

static struct callback *first;
static struct callback **last = &first;

/* lwIP's own asserts that its thread runs. */
int8_t tcpip_try_callback(tcpip_callback_fn function, void *context)
{
	struct callback *callback = malloc(sizeof(*callback));

	if (!callback)
		return ERR_MEM;
	*callback = (struct callback){ .function = function, .context = context };
	*last = callback;
	last = &callback->next;
	return ERR_OK;
}

/* All that there are; what comes from now on is for later. */
static struct callback *take(void)
{
	struct callback *callbacks = first;

	first = NULL;
	last = &first;
	return callbacks;
}

unsigned int ringlight_lwip_run_callbacks(void)
{
	struct callback *callback = take();
	unsigned int done = 0;

	while (callback) {
		struct callback *next = callback->next;

		callback->function(callback->context);
		free(callback);
		callback = next;
		done++;
	}
	return done;
}

void ringlight_lwip_drop_callbacks(void)
{
	struct callback *callback = take();

	while (callback) {
		struct callback *next = callback->next;

		free(callback);
		callback = next;
	}
}
