/* SPDX-License-Identifier: Apache-2.0 */
/* Faults come back as values: no exception may cross into Swift. */
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
/* What is nested costs stack; a dotted key is bounded by the length of its line. */
#define TOML_MAX_NESTED_VALUES 16
/* Version 3.3 asserts, in front of the code that reports it, what a bad text breaks: "[[[" would end the program. */
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)

#include "CTOML.h"

#include <cstring>
#include <string_view>

/*
 * Its tables of characters (version 3.3) do reach, for U+00A1 to U+0499 where a blank may stand, what they
 * call unreachable: there it is "no such character".
 */
#include <toml++/impl/forward_declarations.h>
#pragma push_macro("TOML_UNREACHABLE")
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE return false
#include <toml++/impl/unicode.h>
#pragma pop_macro("TOML_UNREACHABLE")
#include <toml++/toml.h>

namespace {

struct Visit {
	void (*visit)(void *, const ringlight_toml_node *);
	void *context;
};

ringlight_toml_place place(const toml::source_position &position)
{
	return {static_cast<uint32_t>(position.line), static_cast<uint32_t>(position.column)};
}

void walk(const Visit &to, const toml::node &value, const toml::key *key, uint32_t depth)
{
	ringlight_toml_node node = {};

	node.depth = depth;
	if (key) {
		node.key = key->str().data();
		node.key_length = key->str().size();
		node.key_start = place(key->source().begin);
	}
	node.start = place(value.source().begin);
	node.end = place(value.source().end);
	switch (value.type()) {
	case toml::node_type::table:
		node.type = RINGLIGHT_TOML_TABLE;
		to.visit(to.context, &node);
		for (auto &&[name, child] : *value.as_table())
			walk(to, child, &name, depth + 1);
		return;
	case toml::node_type::array:
		node.type = RINGLIGHT_TOML_ARRAY;
		to.visit(to.context, &node);
		for (auto &&child : *value.as_array())
			walk(to, child, nullptr, depth + 1);
		return;
	case toml::node_type::string:
		node.type = RINGLIGHT_TOML_STRING;
		node.string = value.as_string()->get().data();
		node.string_length = value.as_string()->get().size();
		break;
	case toml::node_type::integer:
		node.type = RINGLIGHT_TOML_INTEGER;
		node.integer = value.as_integer()->get();
		break;
	case toml::node_type::floating_point:
		node.type = RINGLIGHT_TOML_FLOAT;
		node.number = value.as_floating_point()->get();
		break;
	case toml::node_type::boolean:
		node.type = RINGLIGHT_TOML_BOOLEAN;
		node.integer = value.as_boolean()->get();
		break;
	default:
		node.type = RINGLIGHT_TOML_TIME;
		break;
	}
	to.visit(to.context, &node);
}

} // namespace

extern "C" int ringlight_toml_parse(const char *text, size_t length, void (*visit)(void *, const ringlight_toml_node *),
				    void *context, ringlight_toml_error *error)
{
	const toml::parse_result result = toml::parse(std::string_view{text, length});

	if (!result) {
		const std::string_view why = result.error().description();
		const size_t count = why.size() < sizeof(error->why) - 1 ? why.size() : sizeof(error->why) - 1;

		error->place = place(result.error().source().begin);
		std::memcpy(error->why, why.data(), count);
		error->why[count] = '\0';
		return -1;
	}
	walk({visit, context}, result.table(), nullptr, 0);
	return 0;
}
