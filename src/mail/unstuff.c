#include "mail/unstuff.h"

#include <string.h>

#include "util/util.h"

void
unstuff_init(struct unstuff *u, bool lf_only)
{
	*u = (struct unstuff){ .at = UNSTUFF_START, .lf_only = lf_only };
}

/*
 * Notes whether the line that begins here is one that an mbox must quote. Of one that is cut off
 * too early to tell, it says yes.
 */
static void
look_for_from(struct unstuff *u, const char *p, const char *end)
{
	static const char from[] = "From ";
	size_t n;

	while (p < end && *p == '>')
		p++;
	n = MIN((size_t)(end - p), sizeof(from) - 1);
	if (memcmp(p, from, n) == 0)
		u->from = true;
}

/* Copies the rest of a line, its end included if it is there; the new end of the output. */
static char *
copy_line(struct unstuff *u, const char **p, const char *end, char *out)
{
	const char *nl = memchr(*p, '\n', (size_t)(end - *p));
	const char *stop = nl != NULL ? nl : end;
	size_t len = (size_t)(stop - *p);

	if (len > 0 && stop[-1] == '\r')
		len--; /* part of a CRLF, or held back until the next byte tells */
	memcpy(out, *p, len);
	out += len;
	if (nl != NULL) {
		*out++ = '\n';
		u->at = UNSTUFF_START;
		*p = nl + 1;
	} else {
		u->at = stop[-1] == '\r' ? UNSTUFF_CR : UNSTUFF_MID;
		*p = end;
	}
	return out;
}

/* One byte behind a "." at the start of a line, or behind such a "." and a CR. */
static char *
after_dot(struct unstuff *u, const char **p, const char *end, char *out)
{
	char c = **p;

	if (u->at == UNSTUFF_DOT && c == '\r') {
		u->at = UNSTUFF_DOT_CR;
		(*p)++;
	} else if (c == '\n' && (u->at == UNSTUFF_DOT_CR || u->lf_only)) {
		u->end = true;
		(*p)++;
	} else if (c == '\n') { /* a bare-LF "." line that nobody stuffed: text */
		*out++ = '.';
		*out++ = '\n';
		u->at = UNSTUFF_START;
		(*p)++;
	} else { /* the dot was stuffing */
		if (u->at == UNSTUFF_DOT)
			look_for_from(u, *p, end);
		u->at = u->at == UNSTUFF_DOT_CR ? UNSTUFF_CR : UNSTUFF_MID;
	}
	return out;
}

size_t
unstuff(struct unstuff *u, struct slice in, char *out, size_t *outlen)
{
	const char *p = in.p, *end = in.p + in.len;
	char *o = out;

	while (p < end && !u->end) {
		switch (u->at) {
		case UNSTUFF_START:
			if (*p == '.') {
				u->at = UNSTUFF_DOT;
				p++;
				break;
			}
			if (*p == 'F' || *p == '>')
				look_for_from(u, p, end);
			/* FALLTHROUGH */
		case UNSTUFF_MID:
			o = copy_line(u, &p, end, o);
			break;
		case UNSTUFF_CR:
			if (*p != '\n')
				*o++ = '\r'; /* it was a bare one */
			u->at = UNSTUFF_MID;
			break;
		case UNSTUFF_DOT:
		case UNSTUFF_DOT_CR:
			o = after_dot(u, &p, end, o);
			break;
		}
	}
	*outlen = (size_t)(o - out);
	return (size_t)(p - in.p);
}
