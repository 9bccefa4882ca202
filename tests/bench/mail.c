/* mail.c - see mail.h. */
#include "mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL_LINES 16384

static char pool[POOL_LINES][MAIL_LINE];
static uint32_t dots[POOL_LINES + 1]; /* how many of the lines before this one have a dot doubled */
static size_t header_len;

/* Digits for a number go where the # are, so that no server spends its time in printf(3). */
static const char header_form[] =
    "Return-Path: <sender########@example.org>\r\n"
    "Received: from mail.example.org by pop.example.net; Mon, 3 Aug 2026 10:11:12 +0000\r\n"
    "Date: Mon, 3 Aug 2026 12:11:12 +0200\r\n"
    "From: A Sender <sender########@example.org>\r\n"
    "To: alice@example.net\r\n"
    "Subject: message ######## of a benchmark\r\n"
    "Message-ID: <########.bench@example.org>\r\n"
    "\r\n";

/* Text of words. */
void
mail_begin(void)
{
	static const char *const words[] = { "fetch", "mail", "journal", "with", "the", "and",
		"message", "server", "delivery", "of", "a", "quick", "brown", "fox", "lock",
		"sync" };
	uint32_t x = 1;

	for (size_t i = 0; i < POOL_LINES; i++) {
		char *line = pool[i];
		size_t at = 0;

		dots[i + 1] = dots[i];
		if (i % 97 == 13) {
			at = (size_t)snprintf(line, MAIL_LINE, "From the ");
		} else if (i % 89 == 7) {
			at = (size_t)snprintf(line, MAIL_LINE, "..dots ");
			dots[i + 1]++;
		}
		while (at < MAIL_LINE - 2) {
			const char *w = words[(x = x * 1664525 + 1013904223) >> 28];

			at += (size_t)snprintf(line + at, MAIL_LINE - at, "%s ", w);
		}
		memcpy(line + MAIL_LINE - 3, "x\r\n", 3); /* no blank at the end */
	}
	header_len = strlen(header_form);
}

bool
mail_option(struct mail_set *set, int c, const char *arg)
{
	switch (c) {
	case 'n':
		set->n = (uint32_t)strtoul(arg, NULL, 10);
		return true;
	case 'f':
		set->first = (uint32_t)strtoul(arg, NULL, 10);
		return true;
	case 's':
		set->size = strtoull(arg, NULL, 10);
		return true;
	case 'm':
		set->mix = true;
		return true;
	default:
		return false;
	}
}

size_t
mail_header(uint32_t id, char out[static MAIL_HEADER_MAX])
{
	uint32_t rest = id;

	memcpy(out, header_form, header_len);
	for (size_t i = header_len; i-- > 0;)
		if (out[i] == '#') {
			out[i] = (char)('0' + rest % 10);
			rest /= 10;
		} else {
			rest = id;
		}
	return header_len;
}

uint64_t
mail_lines(const struct mail_set *set, uint32_t id)
{
	uint64_t size = set->size;
	uint32_t h = id * 2654435761u >> 8;

	if (set->mix) /* half below 4 KB, a tenth above 64 KB, one in two hundred of 2 MB */
		size = h % 200 == 0  ? 2000000
		       : h % 10 == 0 ? 64000 + h % 128000
		       : h % 2 == 0  ? 1000 + h % 3000
				     : 4000 + h % 30000;
	return size > header_len ? (size - header_len) / MAIL_LINE + 1 : 1;
}

static size_t
start_of(uint32_t id, uint64_t k)
{
	return (size_t)((id * 7919u + k) % POOL_LINES);
}

uint64_t
mail_octets(const struct mail_set *set, uint32_t id)
{
	uint64_t lines = mail_lines(set, id), octets = header_len + lines * MAIL_LINE;

	octets -= lines / POOL_LINES * dots[POOL_LINES];
	for (uint64_t k = 0, left = lines % POOL_LINES, run; left > 0; k += run, left -= run) {
		size_t at = start_of(id, k);

		run = mail_run(id, k, left);
		octets -= dots[at + run] - dots[at];
	}
	return octets;
}

const char *
mail_line(uint32_t id, uint64_t k)
{
	return pool[start_of(id, k)];
}

uint64_t
mail_run(uint32_t id, uint64_t k, uint64_t left)
{
	size_t behind = POOL_LINES - start_of(id, k);

	return behind < left ? behind : left;
}
