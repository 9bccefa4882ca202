/*
 * features.h - what a server says behind EHLO or LHLO: features by name, with their parameters.
 * Source: RFC 5321 section 4.1.1.1; "AUTH=LOGIN" is how servers spelt it before RFC 2554.
 */
#ifndef SMTP_FEATURES_H
#define SMTP_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/slice.h"

#define SMTP_FEATURES_MAX ((size_t)65536) /* bytes of them that are kept */

/* Notes a line of the reply, without its code, in a buffer of features. */
void features_add(struct buf *features, struct slice line);

/* Whether it is there; *parameters, if not NULL, is what stands behind the name. */
bool features_have(struct slice features, const char *name, struct slice *parameters);

/* The most bytes that a message may have, by SIZE; 0: the server names no limit. */
uint64_t features_size(struct slice features);

/* Whether AUTH, in any of its lines, lists that mechanism. */
bool features_list_mechanism(struct slice features, const char *name);

#endif
