#include "mail/addr.h"

#include <stdbool.h>
#include <string.h>

#include "util/text.h"

/* What has been gathered of the address so far. */
struct gather {
	char *out;
	size_t len;
	bool too_long;
};

static void
gather_byte(struct gather *g, char c)
{
	if (g->len + 1 < ADDR_MAX)
		g->out[g->len++] = c;
	else
		g->too_long = true;
}

/* The length of a comment at p, nested ones and quoted pairs included (RFC 5322, 3.2.2). */
static size_t
comment_length(struct slice in)
{
	size_t depth = 0;

	for (size_t i = 0; i < in.len; i++) {
		if (in.p[i] == '\\')
			i++;
		else if (in.p[i] == '(')
			depth++;
		else if (in.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return in.len;
}

/* The length of a quoted string at p, both quotes included (RFC 5322, 3.2.4). */
static size_t
quoted_length(struct slice in)
{
	for (size_t i = 1; i < in.len; i++) {
		if (in.p[i] == '\\')
			i++;
		else if (in.p[i] == '"')
			return i + 1;
	}
	return in.len;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes one lexical element off *in; true when the address is complete. */
static bool
take(struct gather *g, struct slice *in, bool *angle)
{
	size_t used = 1;
	char c = *in->p;

	if (c == '(') {
		used = comment_length(*in);
	} else if (c == '"') {
		used = quoted_length(*in);
		for (size_t i = 0; i < used; i++)
			gather_byte(g, in->p[i]);
	} else if (c == '[') { /* a domain literal: its colons are its own */
		while (used < in->len && in->p[used - 1] != ']')
			used++;
		for (size_t i = 0; i < used; i++)
			gather_byte(g, in->p[i]);
	} else if (c == '<') {
		*angle = true; /* what came before was the display name */
		g->len = 0;
		g->too_long = false;
	} else if (c == '>' && *angle) {
		return true;
	} else if (c == ':') {
		g->len = 0; /* a group's name or a source route went before */
		g->too_long = false;
	} else if (c == ';' || (c == ',' && (!*angle || g->len == 0 || g->out[0] != '@'))) {
		if (g->len > 0 || *angle)
			return true; /* only the first address counts */
	} else if (!is_space(c)) {
		gather_byte(g, c);
	}
	in->p += used;
	in->len -= used;
	return false;
}

bool
addr_next(struct slice *value, char out[static ADDR_MAX])
{
	struct gather g = { .out = out };
	bool angle = false;

	if (value->len == 0)
		return false;
	while (value->len > 0 && !take(&g, value, &angle))
		continue;
	if (angle && value->len > 0 && *value->p == '>') { /* up to where the next one begins */
		const char *comma = memchr(value->p, ',', value->len);
		size_t used = comma != NULL ? (size_t)(comma - value->p) : value->len;

		value->p += used;
		value->len -= used;
	}
	if (value->len > 0) { /* the mark it ended at */
		value->p++;
		value->len--;
	}
	if (g.too_long)
		g.len = 0;
	out[g.len] = '\0';
	return true;
}

size_t
addr_first(struct slice value, char out[static ADDR_MAX])
{
	*out = '\0';
	(void)addr_next(&value, out);
	return strlen(out);
}

bool
addr_is_sendable(const char *address)
{
	const char *at = strrchr(address, '@');

	if (*address == '\0' || strlen(address) >= ADDR_MAX || *address == '@' ||
	    strstr(address, "@@") != NULL || (at != NULL && at[1] == '\0') ||
	    !text_is_utf8(slice_str(address)))
		return false;
	for (const char *p = address; *p != '\0'; p++)
		if (*p == ' ' || *p == '<' || *p == '>' || *p == 0x7f || (unsigned char)*p < ' ')
			return false;
	return true;
}
