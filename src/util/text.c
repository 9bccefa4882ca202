/* The two kinds of vis(3) agree on strnunvisx; saying which one silences a warning of libbsd's. */
#define LIBBSD_NETBSD_VIS

#include "util/text.h"

#include <stdlib.h>
#include <string.h>
#include <vis.h>
#include <wchar.h>
#include <wctype.h>

#include "util/mem.h"
#include "util/util.h"

#define SAFE_BYTES 160

/* c as strvis(3) writes it with VIS_OCTAL. */
static void
escape(char out[static 4], char c)
{
	unsigned char u = (unsigned char)c;

	out[0] = '\\';
	out[1] = (char)('0' + (u >> 6));
	out[2] = (char)('0' + (u >> 3 & 7));
	out[3] = (char)('0' + (u & 7));
}

/*
 * Characters of Unicode that print nothing and turn the order of others about, or hide: a line
 * would read otherwise than it is (CVE-2021-42574). Locales call them printable.
 */
static bool
is_deceptive(wchar_t wc)
{
	static const struct {
		wchar_t first, last;
	} ranges[] = { { 0x061C, 0x061C }, { 0x200B, 0x200F }, { 0x2028, 0x202E },
		{ 0x2060, 0x206F }, { 0xFEFF, 0xFEFF }, { 0xE0000, 0xE007F } };

	for (size_t i = 0; i < nitems(ranges); i++)
		if (wc >= ranges[i].first && wc <= ranges[i].last)
			return true;
	return false;
}

/* How many bytes at the front of in are one printable character of the locale; 0 for none. */
static size_t
printable(struct slice in)
{
	mbstate_t fresh = { 0 };
	wchar_t wc;
	size_t n = mbrtowc(&wc, in.p, in.len, &fresh);

	/* (size_t)-1: no character; (size_t)-2: it goes on behind the end; 0: a NUL */
	if (n > in.len || n == 0)
		return 0;
	return iswprint((wint_t)wc) && !is_deceptive(wc) ? n : 0;
}

/*
 * Not by strnvisx(3): in libbsd 0.11, one byte that is no character makes it split the characters
 * before it into bytes that it does not look at again, so that U+1B5B comes out as ESC and "[".
 */
const char *
text_safe(char out[static TEXT_SAFE_MAX], struct slice in)
{
	size_t room = SAFE_BYTES;
	char *to = out;

	while (in.len > 0) {
		size_t n = printable(in), used = n > 0 ? n : 1;

		if (used > room) {
			memcpy(to, "...", 3);
			to += 3;
			break;
		}
		if (n > 0) {
			memcpy(to, in.p, n);
			to += n;
		} else {
			escape(to, *in.p);
			to += 4;
		}
		room -= used;
		in.p += used;
		in.len -= used;
	}
	*to = '\0';
	return out;
}

static bool
is_plain(char c)
{
	return c > ' ' && c <= '~' && c != '\\';
}

int
text_field(struct buf *out, struct slice in)
{
	size_t strange = 0;

	for (size_t i = 0; i < in.len; i++)
		strange += !is_plain(in.p[i]);
	if (strange == 0)
		return buf_append(out, in.p, in.len);
	if (buf_reserve(out, in.len + 3 * strange) == -1)
		return -1;
	for (size_t i = 0; i < in.len; i++)
		if (is_plain(in.p[i])) {
			out->p[out->len++] = in.p[i];
		} else {
			escape(out->p + out->len, in.p[i]);
			out->len += 4;
		}
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
