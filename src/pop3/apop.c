#include "pop3/apop.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* A character of the two halves of a msg-id (RFC 5322: dot-atom-text, or no-fold-literal). */
static bool
is_id_char(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.[]:", c) != NULL);
}

bool
apop_timestamp(struct slice greeting, struct slice *timestamp)
{
	const char *open = greeting.len > 0 ? memchr(greeting.p, '<', greeting.len) : NULL;
	const char *end = greeting.p + greeting.len, *p, *at = NULL;

	if (open == NULL)
		return false;
	for (p = open + 1; p < end && *p != '>'; p++) {
		if (*p == '@' && at == NULL)
			at = p;
		else if (!is_id_char(*p))
			return false;
	}
	if (p == end || at == NULL || at == open + 1 || at + 1 == p)
		return false;
	*timestamp = (struct slice){ open, (size_t)(p - open) + 1 };
	return true;
}

bool
apop_digest(struct slice timestamp, const char *secret, char out[static APOP_HEX])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	bool ok;

	ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1 &&
	     EVP_DigestUpdate(ctx, timestamp.p, timestamp.len) == 1 &&
	     EVP_DigestUpdate(ctx, secret, strlen(secret)) == 1 &&
	     EVP_DigestFinal_ex(ctx, md, &len) == 1 && len == 16;
	EVP_MD_CTX_free(ctx);
	for (unsigned i = 0; ok && i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", md[i]);
	ERR_clear_error();
	return ok;
}
