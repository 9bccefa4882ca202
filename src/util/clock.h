/*
 * clock.h - points in time.
 *
 * Deadlines are absolute CLOCK_MONOTONIC milliseconds; dates are seconds since the epoch.
 */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);
int64_t clock_epoch(void);

/* Milliseconds until the deadline as poll(2) takes them; 0 when it is past. */
int clock_left_ms(int64_t deadline_ms);

#endif
