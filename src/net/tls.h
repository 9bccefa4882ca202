/*
 * tls.h - what a TLS connection demands of the server, and what is said when it fails.
 *
 * OpenSSL checks the chain and the host's name during the handshake; nothing here looks inside a
 * certificate, but for the SHA-256 of the whole when fingerprints are pinned.
 * Sources: RFC 8446, RFC 5246, RFC 6125 (names), RFC 7301 with IANA's id "pop3" (ALPN).
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

#define TLS_FINGERPRINT_HEX 65 /* SHA-256 as 64 lower-case digits, and the NUL */

/* Borrowed for the duration of a call. */
struct tls_params {
	bool verify;    /* false: accept any certificate */
	const char *ca; /* a file or directory of trusted CAs; NULL: the system's */
	const char *const *fingerprints; /* if any: the leaf must be one of these, instead */
	size_t nfingerprints;
	const char *alpn; /* the protocol's id, NULL for none */
};

/* A client connection to be shaken on fd, which stays the caller's; NULL with *e set. */
SSL *tls_new(int fd, const char *host, const struct tls_params *params, struct error *e);

/* Turns a failed handshake into words: always -1. */
int tls_handshake_error(
    SSL *ssl, const char *host, const struct tls_params *params, struct error *e);

/* The latest entry of OpenSSL's error queue in words; the queue is empty then. Static storage. */
const char *tls_reason(void);

/* Brings "sha256:AB:CD..." or plain digits into the form above; false when it is none. */
bool tls_parse_fingerprint(const char *word, char out[static TLS_FINGERPRINT_HEX]);

#endif
