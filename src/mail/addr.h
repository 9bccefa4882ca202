/*
 * addr.h - addresses in a header value. Source: RFC 5322 section 3.4, RFC 5321 section
 * 4.1.2 (source routes), with the obsolete forms that real mail has.
 */
#ifndef MAIL_ADDR_H
#define MAIL_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "util/slice.h"

#define ADDR_MAX 321 /* 64 local part, "@", 255 domain (RFC 5321 section 4.5.3.1), NUL */

/*
 * Writes the first addr-spec of a value (From, Sender, Return-Path; folds allowed) to out:
 * comments, display name, angle brackets and source route left out. Returns its length; 0 for
 * an empty or null address ("<>") and for one that does not fit.
 */
size_t addr_first(struct slice value, char out[static ADDR_MAX]);

/*
 * The same, one after the other: takes the next address off the front of *value. False when there
 * is none left; an element that is none, or does not fit, makes out empty.
 */
bool addr_next(struct slice *value, char out[static ADDR_MAX]);

/*
 * Whether it can stand between "<" and ">" in an SMTP command: printable ASCII or UTF-8 without
 * blanks and angle brackets, and nothing empty around an "@".
 */
bool addr_is_sendable(const char *address);

#endif
