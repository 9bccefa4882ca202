/*
 * mail.h - the made-up mail of the benchmark, the same for who serves it and who checks it.
 *
 * A message is known by its number; header, length and text follow from that alone. Its lines are
 * cut from one pool, so that a server sends long stretches of it from memory. Some lines need
 * quoting in an mbox, some have a dot doubled on the wire.
 *
 * Units: lines are MAIL_LINE bytes with their CRLF, in the form in which POP3 sends them.
 */
#ifndef MAIL_H
#define MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAIL_LINE 76
#define MAIL_HEADER_MAX 1024

struct mail_set {
	uint32_t n, first; /* how many, and the number of the first */
	uint64_t size;     /* of each, about */
	bool mix;          /* or a realistic mix of sizes */
};

void mail_begin(void); /* before all else */

/* Takes one of the options MAIL_OPTIONS from getopt(3); false if it is none. */
#define MAIL_OPTIONS "n:f:s:m"
bool mail_option(struct mail_set *set, int c, const char *arg);

size_t mail_header(uint32_t id, char out[static MAIL_HEADER_MAX]); /* with the empty line */
uint64_t mail_lines(const struct mail_set *set, uint32_t id);      /* of the body */
uint64_t mail_octets(const struct mail_set *set, uint32_t id);     /* as LIST counts them */

/* Line k of the body, and how many of the next "left" lines lie right behind it, itself included.
 */
const char *mail_line(uint32_t id, uint64_t k);
uint64_t mail_run(uint32_t id, uint64_t k, uint64_t left);

#endif
