/*
 * mail.h - the Internet message and the mbox, as bytes. Read this first in mail/.
 *
 * Here:      undoing POP3's dot-stuffing (unstuff.h), header fields and unfolding (header.h),
 *            encoded words (rfc2047.h), the address in a From or Return-Path (addr.h), the
 *            From_ line and its date (fromline.h), From_ quoting (mboxrd.h).
 * Not here:  I/O of any kind. Everything takes bytes and gives bytes, so that unit tests and
 *            fuzzers call it directly.
 * Message:   "Unix form" is what unstuff() makes: dots undone, CRLF turned into LF, nothing else
 *            changed. NUL, bare CR, 8-bit bytes and lines of any length pass through.
 * Ownership: slices point into the caller's bytes; what grows is the caller's struct buf.
 *
 * mail includes only util.
 */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H
#endif
