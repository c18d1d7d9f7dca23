/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOML text as a flat list of its nodes, read by toml++ (C++): each with its place in the text,
 * which no other reader that a Swift program can link tells of keys and values alike.
 */
#ifndef RINGLIGHT_CTOML_H
#define RINGLIGHT_CTOML_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	RINGLIGHT_TOML_TABLE = 1,
	RINGLIGHT_TOML_ARRAY,
	RINGLIGHT_TOML_STRING,
	RINGLIGHT_TOML_INTEGER,
	RINGLIGHT_TOML_FLOAT,
	RINGLIGHT_TOML_BOOLEAN,
	/* A date, a time, or both. */
	RINGLIGHT_TOML_TIME,
};

/* A place: counted from 1, columns in characters; 0 for unknown. */
struct ringlight_toml_place {
	uint32_t line, column;
};

struct ringlight_toml_node {
	/* How many tables and arrays it is in: 0 for the root, which comes first. Parents come before children. */
	uint32_t depth;
	int type;
	/* Not terminated; NULL in an array. Valid during the call. */
	const char *key;
	size_t key_length;
	struct ringlight_toml_place key_start;
	/* The first character of the value (of a table: of its header), and the one after its last. */
	struct ringlight_toml_place start, end;
	const char *string;
	size_t string_length;
	/* An integer, or a truth. */
	int64_t integer;
	double number;
};

struct ringlight_toml_error {
	struct ringlight_toml_place place;
	/* Terminated, cut off where it is longer. */
	char why[256];
};

/* Calls `visit` for every node. 0, or -1 with `error` set for text that is not TOML: then nothing was visited. */
int ringlight_toml_parse(const char *text, size_t length, void (*visit)(void *context, const struct ringlight_toml_node *node),
			 void *context, struct ringlight_toml_error *error);

#ifdef __cplusplus
}
#endif

#endif
