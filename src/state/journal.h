/*
 * journal.h - the account's state file: text, one record a line, append-only.
 *
 *     haulmail journal 1
 *     server <digest> <capabilities>        what the server with that greeting could do last
 *     seen <key> <epoch>                    delivered to every target
 *     skip <key> <rules digest>             left alone by these rules
 *     part <key> <target>                   delivered to that target, not yet to all
 *     fail <key> <count> <epoch> <reason>   not fetched or not delivered, the count-th time
 *     intent <n> ...                        a delivery begins (intent.h)
 *     done <n>                              it was completed: behind the records it stands for
 *     void <n>                              it was withdrawn
 *     gone <key>                            deleted on the server: its QUIT said so; or to be
 *                                           fetched again: nothing above it about the key holds
 *
 * Loading:   what the file says when it is opened is what journal_find() and its kin answer;
 *            records appended later are for the next run. The last record about a key counts.
 * Torn end:  a last line without its newline, or of NULs, is what a power cut leaves: ignored,
 *            and cut off before the first append.
 * Appending: records collect in memory until journal_flush() (one write) or journal_sync()
 *            (durable when it returns 0). A write that fails is taken back.
 * Errors:    0, or -1 with *e set: ERR_TEMP for what the disk may get over, ERR_CREATE,
 *            ERR_CONFIG for a file that is no journal or one of a later version.
 */
#ifndef STATE_JOURNAL_H
#define STATE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "state/intent.h"
#include "util/error.h"
#include "util/slice.h"

struct journal;

enum journal_kind { JOURNAL_UNKNOWN, JOURNAL_SEEN, JOURNAL_SKIP, JOURNAL_FAIL };

/*
 * The time in the seen record of a message that was not delivered: a person does not want it. No
 * message is deleted on the strength of such a record.
 */
#define JOURNAL_MARKED INT64_MAX

struct journal_record {
	enum journal_kind kind;
	int64_t epoch;       /* seen, fail: when */
	uint64_t count;      /* fail */
	struct slice detail; /* skip: the digest; fail: the reason, encoded */
};

/*
 * Opens the file, creating it if need be. With read_only nothing is created or changed, a missing
 * file counts as empty, and the appending functions must not be called. Otherwise the caller
 * holds the account's lock (lock.h). A file that others own (unless foreign says that they may),
 * can write to or replace is refused: what it says decides what is deleted on the server.
 */
struct journal *journal_open(const char *path, bool read_only, bool foreign, struct error *e);
void journal_close(struct journal *j); /* does not flush; NULL does nothing */

/* The number of keys the file knew when it was opened. */
size_t journal_count(const struct journal *j);

/* What it said about the key; kind JOURNAL_UNKNOWN when nothing. */
struct journal_record journal_find(struct journal *j, struct slice key);
bool journal_has_parts(const struct journal *j); /* any at all */
bool journal_has_part(const struct journal *j, struct slice key, const char *target);

/* The fields of the last server record: empty without one. */
struct slice journal_server(const struct journal *j);

/* The deliveries that were neither completed nor withdrawn; valid until journal_close(). */
const struct intent_list *journal_unfinished(const struct journal *j);

/* Replaces it. The capabilities are words with a blank between them. */
void journal_note_server(struct journal *j, const char *greeting_digest, struct slice capabilities);

void journal_seen(struct journal *j, const char *key, int64_t epoch);
void journal_skip(struct journal *j, const char *key, const char *rules_digest);
void journal_part(struct journal *j, const char *key, const char *target);
void journal_fail(
    struct journal *j, const char *key, uint64_t count, int64_t epoch, const char *reason);
void journal_gone(struct journal *j, const char *key);
void journal_intent(struct journal *j, struct intent *in); /* numbers it */
void journal_done(struct journal *j, uint64_t n);
void journal_void(struct journal *j, uint64_t n);

int journal_flush(struct journal *j, struct error *e);
int journal_sync(struct journal *j, struct error *e);

/*
 * Whether at least half of the file is dead: records replaced by later ones, and ndropped keys
 * that the caller knows to be of no more use. A small file never is.
 */
bool journal_is_stale(const struct journal *j, size_t ndropped);

/*
 * Writes the live records to a new file and puts it in the journal's place, both synced; a crash
 * leaves the old or the new one. Keys for which keep() says false are left out.
 * The journal must be flushed; afterwards only journal_close() may be called.
 */
int journal_compact(
    struct journal *j, bool (*keep)(void *ctx, struct slice key), void *ctx, struct error *e);

#endif
