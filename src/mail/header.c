#include "mail/header.h"

#include <string.h>

static bool
starts_with_blank(struct slice s)
{
	return s.len > 0 && (*s.p == ' ' || *s.p == '\t');
}

static bool
is_empty_line(struct slice line)
{
	return line.len == 0 || (line.len == 1 && *line.p == '\r');
}

/* No blank stands in a name: a From_ line with its time of day is no field. */
static bool
is_name(struct slice s)
{
	return s.len == 0 || (memchr(s.p, ' ', s.len) == NULL && memchr(s.p, '\t', s.len) == NULL);
}

bool
header_next(struct slice *rest, struct header *h)
{
	struct slice after = *rest, line = slice_line(&after);
	const char *start = rest->p, *colon;

	if (rest->len == 0 || is_empty_line(line))
		return false;
	while (starts_with_blank(after)) {
		struct slice next = after, more = slice_line(&next);

		if (is_empty_line(more))
			break;
		after = next;
	}
	h->raw = (struct slice){ start, rest->len - after.len };
	colon = memchr(line.p, ':', line.len);
	h->value = h->raw;
	h->name = (struct slice){ start, 0 };
	if (colon != NULL && !starts_with_blank(line) &&
	    is_name(slice_trim((struct slice){ start, (size_t)(colon - start) }))) {
		h->name = slice_trim((struct slice){ start, (size_t)(colon - start) });
		h->value = (struct slice){ colon + 1, h->raw.len - (size_t)(colon + 1 - start) };
	}
	if (h->value.len > 0 && h->value.p[h->value.len - 1] == '\n')
		h->value.len--;
	*rest = after;
	return true;
}

bool
header_find(struct slice head, const char *name, struct slice *value)
{
	struct header h;

	while (header_next(&head, &h))
		if (slice_caseequal(h.name, name)) {
			*value = h.value;
			return true;
		}
	return false;
}

int
header_unfold(struct buf *out, struct slice text)
{
	while (text.len > 0) {
		struct slice line = slice_line(&text);

		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		if (line.len > out->max - out->len) {
			line.len = out->max - out->len;
			(void)buf_append(out, line.p, line.len);
			return -1;
		}
		(void)buf_append(out, line.p, line.len);
	}
	return 0;
}
