#include "util/digest.h"

#include <err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sysexits.h>

#include "util/mem.h"

struct digest {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

/* SHA-256 is part of every libcrypto, FIPS or not: failing to get it is like lacking memory. */
static void
begin(struct digest *d)
{
	if (d->md == NULL || d->ctx == NULL || EVP_DigestInit_ex2(d->ctx, d->md, NULL) != 1)
		errx(EX_OSERR, "libcrypto has no SHA-256");
}

struct digest *
digest_new(void)
{
	struct digest *d = xcalloc(1, sizeof(*d));

	d->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	d->ctx = EVP_MD_CTX_new();
	begin(d);
	return d;
}

void
digest_add(struct digest *d, struct slice bytes)
{
	if (EVP_DigestUpdate(d->ctx, bytes.p, bytes.len) != 1)
		errx(EX_OSERR, "libcrypto: SHA-256 failed");
}

const char *
digest_end(struct digest *d, char out[static DIGEST_HEX])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char md[EVP_MAX_MD_SIZE];

	if (EVP_DigestFinal_ex(d->ctx, md, NULL) != 1)
		errx(EX_OSERR, "libcrypto: SHA-256 failed");
	for (size_t i = 0; i < (DIGEST_HEX - 1) / 2; i++) {
		out[2 * i] = hex[md[i] >> 4];
		out[2 * i + 1] = hex[md[i] & 15];
	}
	out[DIGEST_HEX - 1] = '\0';
	begin(d);
	return out;
}

void
digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->ctx);
	EVP_MD_free(d->md);
	free(d);
}

const char *
digest_of(struct slice bytes, char out[static DIGEST_HEX])
{
	struct digest *d = digest_new();

	digest_add(d, bytes);
	(void)digest_end(d, out);
	digest_free(d);
	return out;
}
