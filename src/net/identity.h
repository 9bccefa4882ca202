/*
 * identity.h - the certificate by which we show a server who we are, and its key.
 *
 * Files are PEM: the certificate first, then those of the authorities between it and the root.
 * The key may lie in the same file. It is a secret: one that others can read is refused.
 * Sources: RFC 7468 (PEM), RFC 8446 section 4.4.2.
 */
#ifndef NET_IDENTITY_H
#define NET_IDENTITY_H

#include <openssl/types.h>
#include <stdbool.h>

#include "util/error.h"

struct tls_identity;

/* Asks a person for what the key in the file is encrypted with: for free_secret(); NULL with *e. */
typedef char *tls_ask(const char *file, struct error *e);

/*
 * Reads both files; ask() is called at most once, and only for an encrypted key. NULL with *e set
 * (ERR_CONFIG) for files that cannot be used, or do not belong together.
 */
struct tls_identity *tls_identity_load(
    const char *cert, const char *key, tls_ask *ask, struct error *e);
void tls_identity_free(struct tls_identity *id); /* NULL does nothing */

/* Whether tls_identity_load() would ask for a passphrase. */
bool tls_key_is_encrypted(const char *key);

/* Has the connections of ctx show it where a server asks for it; false with OpenSSL's errors. */
bool tls_identity_use(const struct tls_identity *id, SSL_CTX *ctx);

#endif
