#include "sasl/base64.h"

#include <openssl/evp.h>

/* libcrypto wants to be asked for no more than an int can count. */
#define MOST ((size_t)1 << 24)

int
base64_encode(struct buf *out, struct slice in)
{
	size_t len = BASE64_LEN(in.len);

	if (in.len > MOST || buf_reserve(out, len + 1) == -1)
		return -1;
	if (in.len > 0) /* it writes a NUL, for which there is room */
		(void)EVP_EncodeBlock(
		    (unsigned char *)out->p + out->len, (const unsigned char *)in.p, (int)in.len);
	out->len += len;
	return 0;
}

static bool
is_digit(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/';
}

bool
base64_decode(struct buf *out, struct slice in)
{
	size_t digits = in.len;

	/* what libcrypto lets pass is more: blanks at both ends, for example */
	while (digits > 0 && in.len - digits < 2 && in.p[digits - 1] == '=')
		digits--;
	for (size_t i = 0; i < digits; i++)
		if (!is_digit(in.p[i]))
			return false;
	if (in.len > MOST || in.len % 4 != 0 || buf_reserve(out, in.len / 4 * 3) == -1)
		return false;
	if (in.len > 0 && EVP_DecodeBlock((unsigned char *)out->p + out->len,
			      (const unsigned char *)in.p, (int)in.len) == -1)
		return false;
	out->len += in.len / 4 * 3 - (in.len - digits); /* it counts the padding */
	return true;
}
