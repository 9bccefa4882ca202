/*
 * ask.h - questions to a person on the terminal: standard output and standard input.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <stdbool.h>

/*
 * The answer, or the standard for an empty one: a new string. Without a standard it is asked again
 * until there is one. NULL at the end of the input.
 */
char *ask(const char *question, const char *standard);

/* The same without an echo, wiped by free_secret(). NULL also for an empty one. */
char *ask_secret(const char *question);

/* y, n or just Enter, which is yes if by_default. The end of the input is no. */
bool ask_yes(const char *question, bool by_default);

#endif
