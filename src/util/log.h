/*
 * log.h - what a run tells the user besides its error: warnings, progress, the dialogue.
 *
 * Every line goes to standard error (log_say: to standard output) with the program's name and,
 * while one is set, the account's. Control characters are made visible on the way out, whatever
 * the caller passed.
 *
 * log_start() looks at where they go. On a terminal the name of an account, errors and warnings are
 * in colour (but see NO_COLOR). In systemd's journal each line has its priority in front, as
 * sd-daemon(3) says, and no program name, which the journal has anyway. With --log syslog nothing
 * goes to standard error any more.
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

void log_start(bool to_syslog);
void log_set_level(enum log_level level);
bool log_at(enum log_level level);

/* Whether what is told goes to a log, syslog or the journal, and to nobody's eyes or mail. */
bool log_is_record(void);

/* Is called before every line; NULL: nothing is. */
void log_before_line(void (*call)(void));

/* The account that the next lines are about; NULL for none. Borrowed until the next call. */
void log_set_account(const char *name);

__attribute__((format(printf, 1, 2))) void log_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *fmt, ...);
/* What is worth a line in a log though nothing is wrong. */
__attribute__((format(printf, 1, 2))) void log_note(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_dialogue(const char *fmt, ...);

/* A line of the program's result: standard output, account but no program name. */
__attribute__((format(printf, 1, 2))) void log_say(const char *fmt, ...);

#endif
