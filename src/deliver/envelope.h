/*
 * envelope.h - the reverse-path that a message is sent on with. Sources: RFC 5321 section 4.5.5,
 * RFC 3464 section 2, RFC 3834 section 3.1.1.
 */
#ifndef DELIVER_ENVELOPE_H
#define DELIVER_ENVELOPE_H

#include "mail/addr.h"
#include "util/slice.h"

/*
 * The first of: nothing, for a bounce (a null Return-Path, a report, something from MAILER-DAEMON),
 * as nobody is to get a bounce of it; fixed, if not NULL ("<>": nothing); the address in
 * Return-Path, Sender or From; nothing. Writes to out and returns it.
 */
const char *envelope_sender(struct slice head, const char *fixed, char out[static ADDR_MAX]);

#endif
