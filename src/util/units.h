/*
 * units.h - durations and sizes as people write them: 30s 5m 12h 14d; 10K 5M 1G (binary).
 */
#ifndef UTIL_UNITS_H
#define UTIL_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define UNITS_MAX 32

/* 0 and the value in seconds, or -1. A bare number other than 0 is refused: it has no unit. */
int duration_parse(const char *s, int64_t *seconds);
const char *duration_format(char out[static UNITS_MAX], int64_t seconds);

/* 0 and the value in bytes, or -1. A bare number is bytes. */
int size_parse(const char *s, uint64_t *bytes);
const char *size_format(char out[static UNITS_MAX], uint64_t bytes); /* exact: parses back */

/* For people: "1.2M". */
const char *size_human(char out[static UNITS_MAX], uint64_t bytes);

#endif
