/*
 * apop.h - the APOP login. Source: RFC 1939 section 7; CVE-2007-1558 for why the timestamp must
 * be well-formed: choosing it freely helps a false server to find the password.
 */
#ifndef POP3_APOP_H
#define POP3_APOP_H

#include <stdbool.h>

#include "util/slice.h"

#define APOP_HEX 33 /* 32 digits and the NUL */

/* Finds the timestamp, angle brackets included, in a greeting's text; false without a proper one.
 */
bool apop_timestamp(struct slice greeting, struct slice *timestamp);

/* MD5 of timestamp and secret in hexadecimal; false where libcrypto has no MD5 (FIPS). */
bool apop_digest(struct slice timestamp, const char *secret, char out[static APOP_HEX]);

#endif
