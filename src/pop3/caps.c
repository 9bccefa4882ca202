#include "pop3/caps.h"

#include <stddef.h>
#include <string.h>

#include "sasl/sasl.h"
#include "util/util.h"

static const struct {
	const char *name;
	size_t field;
} names[] = {
	{ "PIPELINING", offsetof(struct pop3_caps, pipelining) },
	{ "SASL", offsetof(struct pop3_caps, sasl) },
	{ "STLS", offsetof(struct pop3_caps, stls) },
	{ "TOP", offsetof(struct pop3_caps, top) },
	{ "UIDL", offsetof(struct pop3_caps, uidl) },
	{ "USER", offsetof(struct pop3_caps, user) },
};

static void
note_name(struct pop3_caps *caps, struct slice name)
{
	for (size_t i = 0; i < nitems(names); i++)
		if (slice_caseequal(name, names[i].name))
			*(bool *)((char *)caps + names[i].field) = true;
}

void
pop3_caps_line(struct pop3_caps *caps, struct slice line)
{
	struct slice name = slice_word(&line);

	note_name(caps, name);
	while (slice_caseequal(name, "SASL") && line.len > 0)
		caps->mechs |= sasl_bit(sasl_find(slice_word(&line)));
}

void
pop3_caps_keep_logins(struct pop3_caps *now, const struct pop3_caps *before)
{
	now->user = now->user || before->user;
	if (!now->sasl) {
		now->sasl = before->sasl;
		now->mechs = before->mechs;
	}
}

void
pop3_caps_format(const struct pop3_caps *caps, struct buf *out)
{
	for (size_t i = 0; i < nitems(names); i++) {
		if (!*(const bool *)((const char *)caps + names[i].field))
			continue;
		(void)buf_addf(out, "%s%s", out->len > 0 ? " " : "", names[i].name);
		if (strcmp(names[i].name, "SASL") == 0 && caps->mechs != 0) {
			(void)buf_addch(out, '=');
			sasl_format_set(caps->mechs, ",", out);
		}
	}
}

/* Takes the text up to c, or all, off the front of *in, and c itself. */
static struct slice
take_until(struct slice *in, char c)
{
	const char *at = in->len > 0 ? memchr(in->p, c, in->len) : NULL;
	struct slice head = { in->p, at != NULL ? (size_t)(at - in->p) : in->len };
	size_t used = head.len + (at != NULL);

	in->p = used > 0 ? in->p + used : in->p;
	in->len -= used;
	return head;
}

struct pop3_caps
pop3_caps_parse(struct slice words)
{
	struct pop3_caps caps = { .known = true };

	while (words.len > 0) {
		struct slice mechs = slice_word(&words), name = take_until(&mechs, '=');

		note_name(&caps, name);
		while (mechs.len > 0)
			caps.mechs |= sasl_bit(sasl_find(take_until(&mechs, ',')));
	}
	return caps;
}
