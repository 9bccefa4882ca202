/*
 * rfc2047.h - encoded words ("=?utf-8?Q?caf=C3=A9?=") into UTF-8. Source: RFC 2047.
 */
#ifndef MAIL_RFC2047_H
#define MAIL_RFC2047_H

#include "util/buf.h"
#include "util/slice.h"

/*
 * Appends in with its encoded words decoded, blanks between two of them left out (section 6.2).
 * A word in a charset that iconv(3) does not know, or with broken content, stays as it is, and so
 * do those behind the first thousand.
 * Returns -1 past out's bound, with as much as fits.
 */
int rfc2047_decode(struct buf *out, struct slice in);

#endif
