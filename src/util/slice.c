#include "util/slice.h"

#include <string.h>
#include <strings.h>

struct slice
slice_str(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

bool
slice_same(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
slice_equal(struct slice a, const char *s)
{
	return slice_same(a, slice_str(s));
}

bool
slice_caseequal(struct slice a, const char *s)
{
	return a.len == strlen(s) && (a.len == 0 || strncasecmp(a.p, s, a.len) == 0);
}

/* Of an empty slice p may be NULL, to which C17 lets nobody add even 0. */
static void
advance(struct slice *in, size_t len)
{
	if (len > 0)
		in->p += len;
	in->len -= len;
}

bool
slice_skip(struct slice *in, const char *s)
{
	size_t len = strlen(s);

	if (in->len < len || (len > 0 && memcmp(in->p, s, len) != 0))
		return false;
	advance(in, len);
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void
slice_skip_blanks(struct slice *in)
{
	while (in->len > 0 && is_blank(*in->p)) {
		in->p++;
		in->len--;
	}
}

struct slice
slice_word(struct slice *in)
{
	struct slice word = { in->p, 0 };

	while (word.len < in->len && !is_blank(word.p[word.len]))
		word.len++;
	advance(in, word.len);
	slice_skip_blanks(in);
	return word;
}

struct slice
slice_line(struct slice *in)
{
	const char *nl = in->len > 0 ? memchr(in->p, '\n', in->len) : NULL;
	struct slice line = { in->p, nl != NULL ? (size_t)(nl - in->p) : in->len };

	advance(in, line.len + (nl != NULL));
	return line;
}

struct slice
slice_trim(struct slice in)
{
	slice_skip_blanks(&in);
	while (in.len > 0 && is_blank(in.p[in.len - 1]))
		in.len--;
	return in;
}

bool
slice_number(struct slice in, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		unsigned digit = (unsigned)in.p[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, digit, &n))
			return false;
	}
	if (in.len == 0 || n > max)
		return false;
	*out = n;
	return true;
}
