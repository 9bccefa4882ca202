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
#define HIDDEN_MIN 4

static const char mask[] = "********"; /* no longer than HIDDEN_MIN bytes may become */
static struct slice hidden;

void
text_hide(const char *secret)
{
	hidden = slice_str(secret != NULL && strlen(secret) >= HIDDEN_MIN ? secret : "");
}

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
 * would read otherwise than it is (CVE-2021-42574). Locales call them printable. U+FE00 to U+FE0F
 * are not among them: they choose how an emoji looks.
 */
static bool
is_deceptive(wchar_t wc)
{
	static const struct {
		wchar_t first, last;
	} ranges[] = { { 0x00AD, 0x00AD }, { 0x034F, 0x034F }, { 0x061C, 0x061C },
		{ 0x115F, 0x1160 }, { 0x17B4, 0x17B5 }, { 0x180B, 0x180F }, { 0x200B, 0x200F },
		{ 0x2028, 0x202E }, { 0x2060, 0x206F }, { 0x3164, 0x3164 }, { 0xFEFF, 0xFEFF },
		{ 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB }, { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A },
		{ 0xE0000, 0xE0FFF } };

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

/* Writes what stands at the front of in to *to, and moves that; how many bytes of in it was. */
static size_t
write_front(char **to, struct slice in, struct slice secret, size_t room)
{
	size_t n = printable(in), used = n > 0 ? n : 1;
	bool hide =
	    secret.len > 0 && in.len >= secret.len && memcmp(in.p, secret.p, secret.len) == 0;

	if (hide)
		used = secret.len;
	if (used > room) {
		*to = stpcpy(*to, "...");
		return in.len;
	}
	if (hide) {
		*to = stpcpy(*to, mask);
	} else if (n > 0) {
		memcpy(*to, in.p, n);
		*to += n;
	} else {
		escape(*to, *in.p);
		*to += 4;
	}
	return used;
}

/*
 * Not by strnvisx(3): in libbsd 0.11, one byte that is no character makes it split the characters
 * before it into bytes that it does not look at again, so that U+1B5B comes out as ESC and "[".
 */
static const char *
make_visible(char out[static TEXT_SAFE_MAX], struct slice in, struct slice secret)
{
	size_t room = SAFE_BYTES;
	char *to = out;

	while (in.len > 0) {
		size_t used = write_front(&to, in, secret, room);

		room -= MIN(used, room);
		in.p += used;
		in.len -= used;
	}
	*to = '\0';
	return out;
}

const char *
text_safe(char out[static TEXT_SAFE_MAX], struct slice in)
{
	return make_visible(out, in, hidden);
}

const char *
text_visible(char out[static TEXT_SAFE_MAX], struct slice in)
{
	return make_visible(out, in, slice_str(""));
}

int
text_add_visible(struct buf *out, struct slice in)
{
	char one[16]; /* more than a character or an escape takes */

	while (in.len > 0) {
		char *to = one;
		size_t used = write_front(&to, in, slice_str(""), SIZE_MAX);

		if (buf_append(out, one, (size_t)(to - one)) == -1)
			return -1;
		in.p += used;
		in.len -= used;
	}
	return 0;
}

size_t
text_fit(struct slice in, size_t most, size_t *columns)
{
	size_t fits = 0, n;

	*columns = 0;
	for (; fits < in.len; fits += n) {
		mbstate_t fresh = { 0 };
		wchar_t wc;
		int width;

		n = mbrtowc(&wc, in.p + fits, in.len - fits, &fresh);
		if (n == 0 || n > in.len - fits)
			break; /* text_visible() leaves no such byte */
		width = MAX(wcwidth(wc), 0);
		if (*columns + (size_t)width > most)
			break;
		*columns += (size_t)width;
	}
	return fits;
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

bool
text_is_ascii(struct slice in)
{
	for (size_t i = 0; i < in.len; i++)
		if ((unsigned char)in.p[i] > 0x7f)
			return false;
	return true;
}

/* The length of the character at p, of at most len bytes; 0 when it is none. */
static size_t
utf8_length(const unsigned char *p, size_t len)
{
	size_t n = *p < 0x80   ? 1
		   : *p < 0xc2 ? 0
		   : *p < 0xe0 ? 2
		   : *p < 0xf0 ? 3
		   : *p < 0xf5 ? 4
			       : 0;

	if (n == 0 || n > len ||
	    (n > 2 && ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
			  (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))))
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool
text_is_utf8(struct slice in)
{
	const unsigned char *p = (const unsigned char *)in.p, *end = p + in.len;

	while (p < end) {
		size_t n = utf8_length(p, (size_t)(end - p));

		if (n == 0)
			return false;
		p += n;
	}
	return true;
}
