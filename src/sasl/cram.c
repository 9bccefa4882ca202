/*
 * CRAM-MD5 (RFC 2195): the challenge, keyed with the password, digested.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "sasl/exchange.h"

int
cram_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e)
{
	const char *secret = s->params->secret;
	unsigned char md[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (s->step > 0)
		return sasl_unexpected(s, e);
	if (challenge.len == 0)
		return error_set(e, ERR_PROTO, "the server sent no challenge for CRAM-MD5");
	if (EVP_Q_mac(NULL, "HMAC", NULL, "MD5", NULL, secret, strlen(secret),
		(const unsigned char *)challenge.p, challenge.len, md, sizeof(md), &len) == NULL) {
		ERR_clear_error();
		return error_set(e, ERR_OS, "libcrypto has no MD5 here, which CRAM-MD5 needs");
	}
	s->done = true;
	(void)buf_addf(raw, "%s ", s->params->user);
	for (size_t i = 0; i < len; i++)
		(void)buf_addf(raw, "%02x", md[i]);
	return 0;
}
