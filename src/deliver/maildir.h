/*
 * maildir.h - deliver maildir DIR: a file for each message.
 *
 * Each one is written to tmp/ and synced there; when all of a batch are, they are renamed into
 * new/, which is synced. DIR and its three folders are made where missing, mode 0700.
 *
 * A name is EPOCH.HDIGEST.HOST; the digest covers account, key and content: what an intent tells
 * is enough to know it again, in new/ or, when a mail reader has moved it, in cur/.
 *
 * Source: https://cr.yp.to/proto/maildir.html
 */
#ifndef DELIVER_MAILDIR_H
#define DELIVER_MAILDIR_H

#include "deliver/deliver.h"

extern const struct deliver_kind deliver_maildir;

#endif
