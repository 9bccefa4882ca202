/*
 * certificate.h - what a certificate says, in words for people. Nothing is decided by them.
 *
 * Text in a certificate is the choice of whoever made it: all of it has gone through text_safe().
 * Sources: RFC 5280 (fields), RFC 6125 (which names count).
 */
#ifndef NET_CERTIFICATE_H
#define NET_CERTIFICATE_H

#include <openssl/types.h>

#include "util/buf.h"
#include "util/text.h"

#define TLS_FINGERPRINT_HEX 65 /* SHA-256 as 64 lower-case digits, and the NUL */
#define CERTIFICATE_DATE 32    /* "2026-11-21" */

struct certificate {
	char subject[TEXT_SAFE_MAX], issuer[TEXT_SAFE_MAX]; /* "O=Example, CN=mail.example" */
	struct buf names;            /* the hosts and addresses it is for, a line each */
	char from[CERTIFICATE_DATE]; /* its first day and its last, UTC */
	char until[CERTIFICATE_DATE];
	char key[64]; /* "RSA, 2048 bits" */
	char fingerprint[TLS_FINGERPRINT_HEX];
};

/* Fills *c, which certificate_free() empties. What cannot be read is said to be so. */
void certificate_read(const X509 *cert, struct certificate *c);
void certificate_free(struct certificate *c);

/* SHA-256 of the whole certificate; false, and an empty string, when libcrypto cannot do it. */
bool certificate_fingerprint(const X509 *cert, char out[static TLS_FINGERPRINT_HEX]);

#endif
