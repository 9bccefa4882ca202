/*
 * doctor.h - what is wrong with an account beyond the words of its config: with files, directories
 * and rules. Looks only; nothing is made, locked or asked of a server.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "config/config.h"
#include "util/buf.h"
#include "util/error.h"

/* Prints what it finds about an account. The class of the worst. */
enum errclass doctor_account(const struct config *c, const struct account *a);

/* Appends what a run would do with the account, in a sentence. */
void doctor_describe(const struct account *a, struct buf *out);

#endif
