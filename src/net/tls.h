/*
 * tls.h - what a TLS connection demands of the server, and what is said when it fails.
 *
 * OpenSSL checks the chain and the host's name during the handshake; what is read out of a
 * certificate here (certificate.h) is for people, but for the SHA-256 of the whole when
 * fingerprints are pinned. Sessions are not renegotiated.
 * Sources: RFC 8446, RFC 5246, RFC 8996 (1.0 and 1.1 are not spoken), RFC 6125 (names), RFC 7301
 * with IANA's id "pop3" (ALPN).
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "net/certificate.h"
#include "net/identity.h"
#include "util/error.h"

enum tls_version { TLS_FROM_1_2, TLS_FROM_1_3 };

/* Borrowed for the duration of a call. */
struct tls_params {
	bool verify;    /* false: accept any certificate */
	const char *ca; /* a file or directory of trusted CAs; NULL: the system's */
	const char *const *fingerprints; /* if any: the leaf must be one of these, instead */
	size_t nfingerprints;
	enum tls_version min_version;
	const struct tls_identity *identity; /* to be shown if the server asks; NULL: none */
	const char *alpn;                    /* the protocol's id, NULL for none */
	/*
	 * Go through with the handshake whatever the certificate is worth, to look at it. Who does
	 * that asks tls_check() before anything secret is said. An identity is shown only to a
	 * server that is trusted.
	 */
	bool look_only;
};

/* What was agreed upon, and what the server has shown of itself. */
struct tls_report {
	const char *version, *cipher; /* static storage */
	struct certificate *chain;    /* as the server sent it, its own first */
	size_t n;
	struct error distrust; /* why it would be refused; ERR_OK if it would not */
};

/* A client connection to be shaken on fd, which stays the caller's; NULL with *e set. */
SSL *tls_new(int fd, const char *host, const struct tls_params *params, struct error *e);

/* After the handshake: whether the server is whom we want, by what params say besides verify. */
int tls_check(SSL *ssl, const char *host, const struct tls_params *params, struct error *e);

/* Fills *r, which tls_report_free() empties. */
void tls_report(SSL *ssl, const char *host, const struct tls_params *params, struct tls_report *r);
void tls_report_free(struct tls_report *r);

/* Turns a failed handshake into words: always -1. */
int tls_handshake_error(
    SSL *ssl, const char *host, const struct tls_params *params, struct error *e);

/* The same for what fails later on. */
int tls_later_error(const char *peer, struct error *e);

/* The latest entry of OpenSSL's error queue in words; the queue is empty then. Static storage. */
const char *tls_reason(void);

/* Brings "sha256:AB:CD..." or plain digits into the form above; false when it is none. */
bool tls_parse_fingerprint(const char *word, char out[static TLS_FINGERPRINT_HEX]);

/*
 * What both ends of this connection know and nobody else can have on another one, for binding a
 * login to it: of the type "tls-exporter" (RFC 9266) or "tls-server-end-point" (RFC 5929 section
 * 4). The number of bytes in out; 0 if there is none of that type.
 */
#define TLS_BINDING_MAX 64
size_t tls_binding(SSL *ssl, const char *type, unsigned char out[static TLS_BINDING_MAX]);

#endif
