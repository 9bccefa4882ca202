/*
 * fuzz.h - what the fuzzers share.
 *
 * A fuzzer is one file, fuzz_NAME.c, with LLVMFuzzerTestOneInput(): it hands the bytes to functions
 * of the library and checks what must hold whatever they are. With --enable-fuzzing libFuzzer calls
 * it; otherwise driver.c does, for files or for AFL++.
 *
 * Hermetic:  nothing is read but what a fuzzer has written into a directory of its own, in memory
 *            where the system has that. fsync(2) does nothing, and nothing is logged; what would be
 *            is formatted all the same. Nothing is random.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/error.h"
#include "util/slice.h"
#include "util/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, so that every driver takes note. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fuzz_fail(__FILE__, __LINE__, #condition);                                 \
	} while (0)
__attribute__((noreturn)) void fuzz_fail(const char *file, int line, const char *what);

/* -1 with an error that is fit for a terminal, or 0 without one. */
#define CHECK_RESULT(rc, e) CHECK(fuzz_is_result((rc), (e)))
bool fuzz_is_result(int rc, const struct error *e);

/* ---- input ---- */

struct slice fuzz_input(const uint8_t *data, size_t size);
/* Takes one byte off the front of *in; 0 where there is none. */
uint8_t fuzz_byte(struct slice *in);
/* Takes at most len bytes off the front of *in. */
struct slice fuzz_take(struct slice *in, size_t len);
/* A copy that ends where its allocation does, so that reading on shows. For free(3). */
char *fuzz_copy(struct slice s);
/* A string of it, up to the first NUL. For free(3). */
char *fuzz_string(struct slice s);

bool fuzz_is_within(struct slice part, struct slice whole);
/* Printable ASCII and nothing else. */
bool fuzz_is_printable(struct slice s);
bool fuzz_contains(struct slice s, const char *word);

/* ---- files ---- */

/* A path in the fuzzer's directory, in one of a few static buffers. */
const char *fuzz_path(const char *name);
void fuzz_write(const char *path, struct slice text);
/* The whole file in place of what is in out; false when there is none. */
bool fuzz_read(const char *path, struct buf *out);
/* Removes all that is in the directory. */
void fuzz_clear(void);

/* ---- connections ---- */

/*
 * One end of a socket from which so many bytes at once can be read, then the end of file; by piece
 * 0 a line, by 255 all of them. Nothing lies in the stream's buffer behind a piece, so that what
 * comes next looks as if it was said later. What is written to it waits for fuzz_said().
 */
int fuzz_connect(struct slice bytes, uint8_t piece);
/* From here on net/way.h leads to that: each time one is opened, to the next part of bytes. */
void fuzz_lead_to(struct slice bytes, uint8_t piece);
/* Appends what was written to all of these since the last call, and closes them. */
void fuzz_said(struct buf *out);

/* ---- logging ---- */

/* Is never to be logged; NULL: there is no such word. */
extern const char *fuzz_secret;

#endif
