/*
 * fromline.h - the "From " line that starts each message of an mbox.
 *
 * Form: "From sender Www Mmm dd hh:mm:ss yyyy", the date in UTC as asctime(3) writes it.
 * Source: RFC 4155 appendix A.
 */
#ifndef MAIL_FROMLINE_H
#define MAIL_FROMLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "mail/addr.h"
#include "util/slice.h"

#define ASCTIME_MAX 32 /* room for a date, which has 24 characters */
#define FROMLINE_MAX (5 + ADDR_MAX + 1 + ASCTIME_MAX)

/* The date alone, without a newline; outside the years 0 to 9999 that of epoch 0. */
const char *asctime_utc(char out[static ASCTIME_MAX], int64_t epoch);

/*
 * The sender that the From_ line of a message with that head names: the address in Return-Path,
 * else Sender, else From, else MAILER-DAEMON; blanks, control characters and 8-bit bytes in it
 * become "-". Writes to out and returns it.
 */
const char *fromline_sender(char out[static ADDR_MAX], struct slice head);

/*
 * The From_ line, newline included, for a message with that head, delivered at a date that
 * asctime_utc() has written. Returns the length.
 */
size_t fromline_format(char out[static FROMLINE_MAX], struct slice head, const char *date);

/* Whether text starts with "From ", and an asctime date ends its first line (which may be cut). */
bool fromline_matches(struct slice text);

#endif
