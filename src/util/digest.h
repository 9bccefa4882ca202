/*
 * digest.h - SHA-256, cut to 128 bits, in hexadecimal: how haulmail recognises bytes again.
 *
 * 128 bits keep second preimages out of reach and journal lines short.
 */
#ifndef UTIL_DIGEST_H
#define UTIL_DIGEST_H

#include "util/slice.h"

#define DIGEST_HEX 33 /* 32 digits and the NUL */

struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *d, struct slice bytes);
/* The digest of all that was added since digest_new() or the last digest_end(). */
const char *digest_end(struct digest *d, char out[static DIGEST_HEX]);
void digest_free(struct digest *d);

/* The digest of one slice. */
const char *digest_of(struct slice bytes, char out[static DIGEST_HEX]);

#endif
