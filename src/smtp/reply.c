#include "smtp/reply.h"

#include <stddef.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes one to three digits off the front of *in. */
static bool
skip_number(struct slice *in)
{
	size_t n = 0;

	while (n < in->len && n < 3 && is_digit(in->p[n]))
		n++;
	in->p += n;
	in->len -= n;
	return n > 0;
}

/* Takes "class.subject.detail" off the front of *text, if it is one of the code's class. */
static struct slice
skip_enhanced(struct slice *text, char class)
{
	struct slice rest = *text, code = { text->p, 0 };

	if (rest.len < 5 || *rest.p != class || !skip_number(&rest) || !slice_skip(&rest, ".") ||
	    !skip_number(&rest) || !slice_skip(&rest, ".") || !skip_number(&rest) ||
	    (rest.len > 0 && *rest.p != ' '))
		return code;
	code.len = (size_t)(rest.p - text->p);
	slice_skip_blanks(&rest);
	*text = rest;
	return code;
}

int
smtp_parse_line(struct slice in, struct smtp_line *out)
{
	const char *p = in.p;

	*out = (struct smtp_line){ .code = 0 };
	if (in.len < 3 || p[0] < '2' || p[0] > '5' || !is_digit(p[1]) || !is_digit(p[2]))
		return -1;
	if (in.len > 3 && p[3] != ' ' && p[3] != '-')
		return -1;
	out->code = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
	out->more = in.len > 3 && p[3] == '-';
	out->text = in.len > 4 ? (struct slice){ p + 4, in.len - 4 } : (struct slice){ p, 0 };
	out->enhanced = skip_enhanced(&out->text, p[0]);
	return 0;
}
