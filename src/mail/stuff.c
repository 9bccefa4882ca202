#include "mail/stuff.h"

#include <string.h>

/* How many bytes of in come before its first CR or LF. */
static size_t
until_end(struct slice in)
{
	const char *lf = memchr(in.p, '\n', in.len);
	size_t len = lf != NULL ? (size_t)(lf - in.p) : in.len;
	const char *cr = memchr(in.p, '\r', len);

	return cr != NULL ? (size_t)(cr - in.p) : len;
}

/*
 * Takes off the front of *in what belongs to one line or its end. Returns its text; *end tells
 * whether a line ends behind it.
 */
static struct slice
next_piece(struct stuff *s, struct slice *in, bool *end)
{
	struct slice text = { in->p, until_end(*in) };
	size_t used = text.len;
	bool ends = used < in->len;
	bool cr = ends && in->p[used] == '\r';

	*end = ends && !(s->cr && text.len == 0 && !cr); /* an LF behind a CR: one line end */
	s->cr = cr;
	used += ends;
	in->p += used;
	in->len -= used;
	return text;
}

size_t
stuff(struct stuff *s, struct slice in, char *out)
{
	char *to = out;

	while (in.len > 0) {
		bool end;
		struct slice text = next_piece(s, &in, &end);

		if (!s->mid && text.len > 0 && *text.p == '.')
			*to++ = '.';
		memcpy(to, text.p, text.len);
		to += text.len;
		s->mid = s->mid || text.len > 0;
		if (end) {
			*to++ = '\r';
			*to++ = '\n';
			s->mid = false;
		}
	}
	return (size_t)(to - out);
}

const char *
stuff_end(const struct stuff *s)
{
	return s->mid ? "\r\n.\r\n" : ".\r\n";
}

void
measure(struct measure *m, struct slice in)
{
	for (size_t i = 0; i < in.len && !m->eight_bit; i++)
		m->eight_bit = (unsigned char)in.p[i] > 0x7f;
	while (in.len > 0) {
		bool end;
		struct slice text = next_piece(&m->lines, &in, &end);

		m->size += text.len + (end ? 2 : 0);
		m->lines.mid = !end && (m->lines.mid || text.len > 0);
	}
}

void
measure_end(struct measure *m)
{
	m->size += m->lines.mid ? 2 : 0;
	m->lines.mid = false;
}
