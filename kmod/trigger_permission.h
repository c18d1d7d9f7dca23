/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What anybody may choose who may write to a light's node.
 */
#ifndef RINGLIGHT_TRIGGER_PERMISSION_H
#define RINGLIGHT_TRIGGER_PERMISSION_H

#include <linux/types.h>

bool trigger_is_for_anybody(const char *name);
bool setting_is_for_anybody(const char *name, const char *value);

#endif
