/*
 * journalfile.h - what the files of the journal share. Only for state/; journal.h is what others
 * see.
 *
 * journalload.c makes a struct journal of the file's text, journalcompact.c a new file of that;
 * journal.c answers and appends.
 */
#ifndef STATE_JOURNALFILE_H
#define STATE_JOURNALFILE_H

#include <sys/types.h>

#include "state/journal.h"
#include "util/buf.h"
#include "util/index.h"
#include "util/util.h"

#define HEADER "haulmail journal 1\n"
#define TEXT_MAX (1024 * MiB) /* so that positions fit 32 bits */

/* What the file says of one key, or of one "key target" pair: positions in the journal's text. */
struct entry {
	uint32_t key;
	uint32_t rest; /* the fields behind the key, up to the newline */
	uint16_t key_len;
	uint8_t kind; /* enum journal_kind, or PART */
};

#define PART 100

struct journal {
	char *path;
	int fd;
	struct buf text; /* the file as it was when opened */
	struct entry *entries;
	uint32_t nentries, cap;
	struct index index;
	uint32_t guess; /* the entry that is probably asked for next */
	struct intent_list unfinished;
	struct slice server; /* fields of the last record of that kind */
	uint64_t next_intent;
	size_t nkeys; /* entries that are neither forgotten nor parts */
	size_t nparts;
	size_t dead;      /* bytes of records that have been replaced or completed */
	bool has_unknown; /* a record we do not know: never compacted away */

	struct buf out; /* appended, not yet written */
	off_t size;     /* of the file on disk */
	bool unsynced;  /* something was written that may not be on the disk yet */
	bool broken;    /* a write failed and could not be taken back */
};

/* The key at a place of the entries; owner is the journal, for its index. */
struct slice journal_entry_key(const void *owner, uint32_t at);
/* The fields behind the key. */
struct slice journal_entry_rest(const struct journal *j, const struct entry *en);
/* Whether the "part" record at that place, about that key, still says something. */
bool journal_part_holds(const struct journal *j, uint32_t at, struct slice key);
/* How the record is called. */
const char *journal_kind_word(uint8_t kind);

/* Reads the open file; and forgets what was read. */
int journal_load(struct journal *j, struct error *e);
void journal_forget(struct journal *j);

/* Where compacting writes the journal anew: a new string. */
char *journal_fresh_path(const struct journal *j);

#endif
