/*
 * smtp.h - deliver smtp|lmtp RELAY to ...: messages onward to a server of mail.
 *
 * The first message connects, the last one says QUIT; a server that ends the connection in between,
 * as many do after so many messages, is asked once more. A message gets a Received line on top and
 * loses a From_ line; otherwise it goes as it is, with CRLF line ends.
 *
 * Each recipient counts by itself. Whom the server has accepted the message for is noted in the
 * engine's ledger (deliver.h) as soon as it says so, unless they are all: then put's 0 says that.
 * ERR_TEMP when at least one is put off, else ERR_REFUSED when at least one is refused.
 *
 * One moment is ambiguous: the connection ends between the message's last line and the server's
 * word on it. It is warned of, and the message goes once more: RFC 1047 has no better answer.
 */
#ifndef DELIVER_SMTP_H
#define DELIVER_SMTP_H

#include "deliver/deliver.h"

extern const struct deliver_kind deliver_smtp;
extern const struct deliver_kind deliver_lmtp;

#endif
