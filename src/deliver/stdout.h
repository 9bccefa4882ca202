/*
 * stdout.h - deliver stdout: messages as an mbox (mboxrd) on standard output.
 *
 * To a pipe, as in "haulmail --to stdout home | formail -s procmail": a message counts as
 * delivered when the reader has read all of it; a reader that goes away leaves the rest on the
 * server. To a file: what was written is synced, a batch at a time. A terminal is refused: what a
 * message holds must not command it.
 */
#ifndef DELIVER_STDOUT_H
#define DELIVER_STDOUT_H

#include "deliver/deliver.h"

extern const struct deliver_kind deliver_stdout;

#endif
