#include "net/hostname.h"

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "util/buf.h"
#include "util/mem.h"
#include "util/util.h"

#define NAME_MAX_LEN 253 /* RFC 1035 section 2.3.4, in the form without lengths */
#define LABEL_MAX_LEN 63

/* RFC 3492 section 5. */
#define BASE 36u
#define TMIN 1u
#define TMAX 26u
#define SKEW 38u
#define DAMP 700u
#define BIAS 72u
#define FIRST 0x80u

/* RFC 3492 section 6.1. */
static uint32_t
adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta /= first ? DAMP : 2;
	for (delta += delta / points; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
		delta /= BASE - TMIN;
	return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

/* A number as digits of which each tells whether it is the last; "a" to "z", "0" to "9". */
static void
add_number(struct buf *out, uint32_t q, uint32_t bias)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= bias ? TMIN : MIN(k - bias, TMAX);
		uint32_t digit = q < t ? q : t + (q - t) % (BASE - t);

		(void)buf_addch(out, "abcdefghijklmnopqrstuvwxyz0123456789"[digit]);
		if (q < t)
			return;
		q = (q - t) / (BASE - t);
	}
}

/* The smallest character from least on. */
static uint32_t
next_character(const wchar_t *label, size_t n, uint32_t least)
{
	uint32_t next = UINT32_MAX;

	for (size_t i = 0; i < n; i++)
		if ((uint32_t)label[i] >= least)
			next = MIN(next, (uint32_t)label[i]);
	return next;
}

/* RFC 3492 section 6.3. With so few characters no number overflows. */
static void
add_punycode(struct buf *out, const wchar_t *label, size_t n)
{
	uint32_t delta = 0, bias = BIAS, done = 0, basic, c = FIRST;

	for (size_t i = 0; i < n; i++)
		if ((uint32_t)label[i] < FIRST) {
			(void)buf_addch(out, (char)label[i]);
			done++;
		}
	if ((basic = done) > 0)
		(void)buf_addch(out, '-');
	for (; done < n; delta++, c++) {
		uint32_t next = next_character(label, n, c);

		delta += (next - c) * (done + 1);
		c = next;
		for (size_t i = 0; i < n; i++) {
			if ((uint32_t)label[i] < c)
				delta++;
			if ((uint32_t)label[i] != c)
				continue;
			add_number(out, delta, bias);
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
}

/* -1 when it is longer than DNS allows. */
static int
add_label(struct buf *out, const wchar_t *label, size_t n)
{
	size_t before = out->len;

	if (n > LABEL_MAX_LEN)
		return -1;
	if (next_character(label, n, FIRST) != UINT32_MAX) {
		(void)buf_addstr(out, "xn--");
		add_punycode(out, label, n);
	} else {
		for (size_t i = 0; i < n; i++)
			(void)buf_addch(out, (char)label[i]);
	}
	return out->len - before > LABEL_MAX_LEN ? -1 : 0;
}

/* The characters of name, small; their count, or (size_t)-1 when it is not UTF-8. */
static size_t
decode(const char *name, wchar_t out[static NAME_MAX_LEN + 1])
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), was;
	size_t n;

	if (utf8 == (locale_t)0)
		return (size_t)-1;
	was = uselocale(utf8); /* cron has none, and the config file is UTF-8 everywhere */
	n = mbstowcs(out, name, NAME_MAX_LEN + 1);
	for (size_t i = 0; n != (size_t)-1 && i < n; i++)
		out[i] = (wchar_t)towlower((wint_t)out[i]);
	(void)uselocale(was);
	freelocale(utf8);
	return n;
}

static bool
is_ascii(const char *s)
{
	while (*s != '\0' && (unsigned char)*s < FIRST)
		s++;
	return *s == '\0';
}

char *
hostname_ascii(const char *name)
{
	struct buf out = BUF_INIT(4 * KiB); /* more than 253 characters can become */
	wchar_t text[NAME_MAX_LEN + 1];
	size_t n, start = 0;
	char *ascii = NULL;
	int rc = 0;

	if (is_ascii(name))
		return xstrdup(name);
	if ((n = decode(name, text)) == (size_t)-1 || n > NAME_MAX_LEN)
		return NULL;
	for (size_t i = 0; i <= n && rc == 0; i++)
		if (i == n || text[i] == L'.') {
			rc = add_label(&out, text + start, i - start);
			if (i < n)
				(void)buf_addch(&out, '.');
			start = i + 1;
		}
	if (rc == 0 && out.len <= NAME_MAX_LEN)
		ascii = xstrndup(out.p, out.len);
	buf_free(&out);
	return ascii;
}
