#include "mail/rfc2047.h"

#include <iconv.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CHARSET_MAX 40
#define WORD_MAX 1024  /* RFC 2047 says 75; real mail has longer ones */
#define WORDS_MAX 1000 /* of one text: each may take the loading of another character set */
#define UTF8_MAX (4 * WORD_MAX)

struct encoded_word {
	char charset[CHARSET_MAX];
	char encoding;
	struct slice text;
	size_t len; /* of the whole, from "=?" to "?=" */
};

/* A charset name goes to iconv_open(3): only what such names are made of. */
static bool
copy_charset(char out[static CHARSET_MAX], struct slice name)
{
	const char *star = memchr(name.p, '*', name.len); /* RFC 2231 section 5: a language */

	if (star != NULL)
		name.len = (size_t)(star - name.p);
	if (name.len == 0 || name.len >= CHARSET_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];

		if (!(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z') &&
		    (c == '\0' || strchr("-_.:+", c) == NULL))
			return false;
		out[i] = c;
	}
	out[name.len] = '\0';
	return true;
}

/* Recognises an encoded word at the start of in. */
static bool
parse_word(struct slice in, struct encoded_word *w)
{
	const char *charset = in.p + 2, *end = in.p + (in.len < WORD_MAX ? in.len : WORD_MAX);
	const char *q1, *q2, *q3;

	if (in.len < 8 || memcmp(in.p, "=?", 2) != 0)
		return false;
	if ((q1 = memchr(charset, '?', (size_t)(end - charset))) == NULL || end - q1 < 5 ||
	    q1[2] != '?')
		return false;
	q2 = q1 + 2;
	w->encoding = q1[1];
	if ((q3 = memchr(q2 + 1, '?', (size_t)(end - q2 - 1))) == NULL || end - q3 < 2 ||
	    q3[1] != '=')
		return false;
	w->text = (struct slice){ q2 + 1, (size_t)(q3 - q2 - 1) };
	w->len = (size_t)(q3 + 2 - in.p);
	return memchr(w->text.p, ' ', w->text.len) == NULL &&
	       copy_charset(w->charset, (struct slice){ charset, (size_t)(q1 - charset) });
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

/* Section 4.2. The output is never longer than the input, here and in decode_b(). */
static bool
decode_q(struct slice in, char *out, size_t *len)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		if (in.p[i] == '=') {
			int hi = i + 2 < in.len ? hex_value(in.p[i + 1]) : -1;
			int lo = i + 2 < in.len ? hex_value(in.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return false;
			out[n++] = (char)(hi * 16 + lo);
			i += 2;
		} else {
			out[n++] = in.p[i] == '_' ? ' ' : in.p[i];
		}
	}
	*len = n;
	return true;
}

/* Section 4.1, also without the padding that many programs leave out. */
static bool
decode_b(struct slice in, char *out, size_t *len)
{
	char padded[WORD_MAX + 4];
	size_t n = in.len, pad;
	int got;

	while (n > 0 && in.p[n - 1] == '=')
		n--;
	if (memchr(in.p, '=', n) != NULL)
		return false;
	pad = (4 - n % 4) % 4;
	memcpy(padded, in.p, n);
	memset(padded + n, '=', pad);
	got = EVP_DecodeBlock((unsigned char *)out, (unsigned char *)padded, (int)(n + pad));
	if (got < 0 || pad == 3)
		return false;
	*len = (size_t)got - pad;
	return true;
}

/* Writes in, which is in that charset, to out as UTF-8; false when it is not. */
static bool
to_utf8(const char *charset, char *in, size_t len, char out[static UTF8_MAX], size_t *outlen)
{
	size_t left = UTF8_MAX;
	char *o = out;
	iconv_t cd = iconv_open("UTF-8", charset);
	bool ok;

	if (cd == (iconv_t)-1)
		return false;
	ok = iconv(cd, &in, &len, &o, &left) != (size_t)-1 &&
	     iconv(cd, NULL, NULL, &o, &left) != (size_t)-1;
	(void)iconv_close(cd);
	*outlen = (size_t)(o - out);
	return ok;
}

static bool
decode_word(const struct encoded_word *w, char out[static UTF8_MAX], size_t *outlen)
{
	char bytes[WORD_MAX + 4];
	size_t len;

	switch (w->encoding) {
	case 'q':
	case 'Q':
		return decode_q(w->text, bytes, &len) &&
		       to_utf8(w->charset, bytes, len, out, outlen);
	case 'b':
	case 'B':
		return decode_b(w->text, bytes, &len) &&
		       to_utf8(w->charset, bytes, len, out, outlen);
	default:
		return false;
	}
}

static bool
is_white(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (strchr(" \t\r\n", s.p[i]) == NULL || s.p[i] == '\0')
			return false;
	return true;
}

static int
append_fitting(struct buf *out, const char *p, size_t len)
{
	size_t room = out->max - out->len;

	(void)buf_append(out, p, len < room ? len : room);
	return len <= room ? 0 : -1;
}

int
rfc2047_decode(struct buf *out, struct slice in)
{
	struct encoded_word w;
	char utf8[UTF8_MAX];
	size_t len;
	bool after_word = false;
	unsigned words = 0;

	while (in.len > 0) {
		const char *mark = memmem(in.p, in.len, "=?", 2);
		struct slice plain = { in.p, mark != NULL ? (size_t)(mark - in.p) : in.len };
		struct slice rest = { in.p + plain.len, in.len - plain.len };
		bool word = mark != NULL && parse_word(rest, &w) && words++ < WORDS_MAX &&
			    decode_word(&w, utf8, &len);

		if (!(word && after_word && is_white(plain)) &&
		    append_fitting(out, plain.p, plain.len) == -1)
			return -1;
		if (word && append_fitting(out, utf8, len) == -1)
			return -1;
		if (mark != NULL && !word && append_fitting(out, "=?", 2) == -1)
			return -1;
		after_word = word;
		in.p = rest.p + (word ? w.len : mark != NULL ? 2 : 0);
		in.len = rest.len - (word ? w.len : mark != NULL ? 2 : 0);
	}
	return 0;
}
