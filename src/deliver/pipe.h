/*
 * pipe.h - deliver pipe COMMAND: the message as standard input of a program such as procmail.
 *
 * /bin/sh -c COMMAND runs once for each message, with LF line ends and no From_ line, in a process
 * group of its own, what it prints going to our standard error. Its environment has SENDER (as in
 * a From_ line), RECIPIENT (the account's user), HAULMAIL_ACCOUNT and HAULMAIL_UID.
 *
 * Exit status 0: accepted, even if it has not read all. 75 (EX_TEMPFAIL), a signal, 126 and 127, by
 * which the shell says that there is no such program, and 129 to 192, by which it says that the
 * program died by a signal: ERR_TEMP. Any other: ERR_REFUSED.
 * A program that neither reads nor ends within the timeout is ended, with its process group:
 * ERR_TEMP.
 */
#ifndef DELIVER_PIPE_H
#define DELIVER_PIPE_H

#include "deliver/deliver.h"

extern const struct deliver_kind deliver_pipe;

#endif
