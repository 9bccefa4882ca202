/*
 * base64.h - base64 of one line, strictly: RFC 4648 section 4, no line breaks, padding as due.
 */
#ifndef SASL_BASE64_H
#define SASL_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/slice.h"

/* The length of n bytes in base64. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Appends in to out; -1 past out's bound. */
int base64_encode(struct buf *out, struct slice in);

/* The same back; false when in is none, or past out's bound. */
bool base64_decode(struct buf *out, struct slice in);

#endif
