#include "cli/json.h"

#include <inttypes.h>
#include <stdio.h>

#include "util/util.h"

#define LINE_MAX_BYTES (16 * MiB)

/*
 * Takes one character of UTF-8 off the front of *in (RFC 3629: no surrogates, nothing overlong);
 * U+FFFD for a byte that begins none.
 */
static uint32_t
take_character(struct slice *in)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xE0, 0xC0, 0x80 }, { 0xF0, 0xE0, 0x800 },
		{ 0xF8, 0xF0, 0x10000 } };
	unsigned char first = (unsigned char)*in->p;

	for (size_t more = 0; more < nitems(forms) && more < in->len; more++) {
		uint32_t c = first & (unsigned char)~forms[more].mask;
		size_t i = 1;

		if ((first & forms[more].mask) != forms[more].lead)
			continue;
		for (; i <= more && ((unsigned char)in->p[i] & 0xC0) == 0x80; i++)
			c = c << 6 | ((unsigned char)in->p[i] & 0x3F);
		if (i <= more || c < forms[more].least || c > 0x10FFFF ||
		    (c >= 0xD800 && c <= 0xDFFF))
			break;
		in->p += i;
		in->len -= i;
		return c;
	}
	in->p++;
	in->len--;
	return 0xFFFD;
}

static void
add_character(struct buf *out, uint32_t c)
{
	if (c == '"' || c == '\\')
		(void)buf_addf(out, "\\%c", (char)c);
	else if (c >= ' ' && c <= '~')
		(void)buf_addch(out, (char)c);
	else if (c == '\n')
		(void)buf_addstr(out, "\\n");
	else if (c == '\t')
		(void)buf_addstr(out, "\\t");
	else if (c < 0x10000)
		(void)buf_addf(out, "\\u%04" PRIx32, c);
	else
		(void)buf_addf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xD800 + ((c - 0x10000) >> 10),
		    0xDC00 + (c & 0x3FF));
}

static void
add_quoted(struct buf *out, struct slice value)
{
	(void)buf_addch(out, '"');
	while (value.len > 0)
		add_character(out, take_character(&value));
	(void)buf_addch(out, '"');
}

/* What goes in front of a value. */
static void
add_name(struct json *j, const char *name)
{
	if (j->more)
		(void)buf_addch(&j->text, ',');
	j->more = true;
	if (name != NULL) {
		add_quoted(&j->text, slice_str(name));
		(void)buf_addch(&j->text, ':');
	}
}

void
json_begin(struct json *j)
{
	*j = (struct json){ .text = BUF_INIT(LINE_MAX_BYTES) };
	(void)buf_addch(&j->text, '{');
}

void
json_end(struct json *j)
{
	(void)buf_addstr(&j->text, "}\n");
	(void)fwrite(j->text.p, 1, j->text.len, stdout);
	buf_free(&j->text);
}

void
json_text(struct json *j, const char *name, struct slice value)
{
	add_name(j, name);
	add_quoted(&j->text, value);
}

void
json_string(struct json *j, const char *name, const char *value)
{
	if (value != NULL)
		json_text(j, name, slice_str(value));
}

void
json_number(struct json *j, const char *name, uint64_t value)
{
	add_name(j, name);
	(void)buf_addnum(&j->text, value);
}

void
json_bool(struct json *j, const char *name, bool value)
{
	add_name(j, name);
	(void)buf_addstr(&j->text, value ? "true" : "false");
}

void
json_open(struct json *j, const char *name, char bracket)
{
	add_name(j, name);
	(void)buf_addch(&j->text, bracket);
	j->more = false;
}

void
json_close(struct json *j, char bracket)
{
	(void)buf_addch(&j->text, bracket);
	j->more = true;
}
