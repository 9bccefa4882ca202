/*
 * log.h - what a run tells the user besides its error: warnings, progress, the dialogue.
 *
 * Every line goes to standard error (log_say: to standard output) with the program's name and,
 * while one is set, the account's. Control characters are made visible on the way out, whatever
 * the caller passed.
 */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_QUIET,   /* errors only */
	LOG_NORMAL,  /* and warnings */
	LOG_VERBOSE, /* and what is being done */
	LOG_DIALOGUE /* and the protocol dialogue */
};

void log_set_level(enum log_level level);
bool log_at(enum log_level level);

/* The account that the next lines are about; NULL for none. Borrowed until the next call. */
void log_set_account(const char *name);

__attribute__((format(printf, 1, 2))) void log_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_dialogue(const char *fmt, ...);

/* A line of the program's result: standard output, account but no program name. */
__attribute__((format(printf, 1, 2))) void log_say(const char *fmt, ...);

#endif
