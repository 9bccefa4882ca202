/* The two kinds of vis(3) agree on strnvisx; saying which one silences a warning of libbsd's. */
#define LIBBSD_NETBSD_VIS

#include "util/text.h"

#include <stdlib.h>
#include <string.h>
#include <vis.h>

#include "util/mem.h"

#define SAFE_BYTES 160
#define FIELD_FLAGS (VIS_OCTAL | VIS_WHITE | VIS_NOLOCALE)

const char *
text_safe(char out[static TEXT_SAFE_MAX], struct slice in)
{
	size_t len = in.len > SAFE_BYTES ? SAFE_BYTES : in.len;

	/* never cut between the bytes of one UTF-8 character */
	while (len < in.len && len > 0 && ((unsigned char)in.p[len] & 0xC0) == 0x80)
		len--;
	if (len == 0 || strnvisx(out, TEXT_SAFE_MAX - 4, in.p, len,
			    VIS_OCTAL | VIS_TAB | VIS_NL | VIS_NOSLASH) < 0)
		out[0] = '\0';
	if (in.len > len)
		(void)strlcat(out, "...", TEXT_SAFE_MAX);
	return out;
}

static bool
is_plain_field(struct slice in)
{
	for (size_t i = 0; i < in.len; i++)
		if (in.p[i] <= ' ' || in.p[i] > '~' || in.p[i] == '\\')
			return false;
	return true;
}

int
text_field(struct buf *out, struct slice in)
{
	int n;

	if (is_plain_field(in))
		return buf_append(out, in.p, in.len);
	if (in.len > (SIZE_MAX - 1) / 4 || buf_reserve(out, in.len * 4 + 1) == -1)
		return -1;
	n = strnvisx(out->p + out->len, in.len * 4 + 1, in.p, in.len, FIELD_FLAGS);
	if (n < 0)
		return -1;
	out->len += (size_t)n;
	return 0;
}

int
text_unfield(struct buf *out, struct slice in)
{
	char *copy;
	int n;

	if (memchr(in.p, '\\', in.len) == NULL)
		return buf_append(out, in.p, in.len);
	if (buf_reserve(out, in.len + 1) == -1)
		return -1;
	copy = xstrndup(in.p, in.len);
	n = strnunvisx(out->p + out->len, in.len + 1, copy, 0);
	free(copy);
	if (n < 0)
		return -1;
	out->len += (size_t)n;
	return 0;
}

bool
text_has_control(struct slice in)
{
	for (size_t i = 0; i < in.len; i++)
		if ((unsigned char)in.p[i] < ' ' || in.p[i] == 0x7F)
			return true;
	return false;
}
