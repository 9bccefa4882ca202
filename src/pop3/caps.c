#include "pop3/caps.h"

#include <stddef.h>

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

void
pop3_caps_line(struct pop3_caps *caps, struct slice line)
{
	struct slice name = slice_word(&line);

	for (size_t i = 0; i < nitems(names); i++)
		if (slice_caseequal(name, names[i].name))
			*(bool *)((char *)caps + names[i].field) = true;
}

void
pop3_caps_format(const struct pop3_caps *caps, struct buf *out)
{
	for (size_t i = 0; i < nitems(names); i++)
		if (*(const bool *)((const char *)caps + names[i].field))
			(void)buf_addf(out, "%s%s", out->len > 0 ? " " : "", names[i].name);
}

struct pop3_caps
pop3_caps_parse(struct slice words)
{
	struct pop3_caps caps = { .known = true };

	while (words.len > 0)
		pop3_caps_line(&caps, slice_word(&words));
	return caps;
}
