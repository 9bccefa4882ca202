/*
 * Whole runs of the engine: mail from a server, and to one, that say whatever the input does; with
 * whatever the journal said before. Then once more, for what the first run has left behind.
 *
 * The first byte picks the account, bits of the second one what is done, the third one is how many
 * bytes come at once (0: a line, 255: all), the fourth one is the length of the journal, in steps
 * of four. What follows is what servers say, one connection after the other, with two empty lines
 * between them.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/visit.h"
#include "mail/fromline.h"
#include "state/journal.h"
#include "util/text.h"

#define SECRET "Tr0ub4dor&3"

enum { DRY_RUN = 1, NEW_UIDS = 2, VISIT = 4, INFO = 8 };

static const char text[] =
    "defaults\n"
    "timeout 5s\nsocket /nowhere\ntls off\nuser alice\npassword " SECRET "\n"
    "mbox-lock fcntl\nstate @/state\nsandbox no\n"
    "relay office\nsocket /nowhere\ntls off\n"
    "account mbox\nauth user\ndeliver mbox @/inbox\n"
    "account keep\nkeep yes\ndeliver mbox @/inbox\n"
    "account apop\nauth apop\nlimit 1\nkeep 14d\ndeliver mbox @/inbox\n"
    "account two\npipelining on\ndeliver maildir @/md\ndeliver mbox @/inbox\n"
    "account rules\nauth plain\nfilter skip header \"^subject:.*skip\"\n"
    "filter accept size < 100\nfilter skip not header \"^from:\"\n"
    "max-size 10K\ndeliver mbox @/inbox\n"
    "account onward\ndeliver smtp office to a@example.net b@example.net\n"
    "refused mbox @/inbox\n"
    "account lmtp\nauth user\ndeliver mbox @/inbox\n"
    "deliver lmtp office to header X-Original-To in example.net\nrefused drop\n"
    "account delete\nauth user\nfilter delete header \"^subject: spam\"\n"
    "deliver mbox @/inbox\n";

static struct config *config;
static const struct account *accounts[16];
static size_t naccounts;

/* In the text the directory takes the place of "@" before a slash. */
static void
expand(struct slice in, struct buf *out)
{
	while (in.len > 0) {
		char c = *fuzz_take(&in, 1).p;

		if (c == '@' && in.len > 0 && *in.p == '/')
			CHECK(buf_addstr(out, fuzz_path("")) == 0);
		else
			CHECK(buf_addch(out, c) == 0);
	}
}

static void
make_accounts(void)
{
	struct buf all = BUF_INIT(64 * KiB);
	struct account *a;

	expand(slice_str(text), &all);
	fuzz_write(fuzz_path("config"), buf_slice(&all));
	config = config_load(fuzz_path("config"), NULL);
	CHECK(TAILQ_EMPTY(&config->problems));
	TAILQ_FOREACH(a, &config->accounts, link)
		accounts[naccounts++] = a;
	buf_free(&all);
}

/* The journal may tell of a delivery that was begun, if it was one to our files. */
static void
write_journal(const char *path, struct slice in)
{
	struct buf all = BUF_INIT(64 * KiB);

	while (in.len > 0) {
		struct slice line = slice_line(&in), rest = line, target;
		bool intent = slice_equal(slice_word(&rest), "intent");

		(void)slice_word(&rest);
		target = slice_word(&rest);
		if (intent && !slice_equal(target, "mbox:@/inbox") &&
		    !slice_equal(target, "maildir:@/md"))
			continue;
		line.len = (size_t)(in.p - line.p);
		expand(line, &all);
	}
	fuzz_write(path, buf_slice(&all));
	buf_free(&all);
}

/* ---- what came of it ---- */

/* How many lines of it begin with that. */
static size_t
count_lines(struct slice s, const char *begin)
{
	size_t n = 0;

	while (s.len > 0) {
		struct slice line = slice_line(&s);

		n += slice_skip(&line, begin);
	}
	return n;
}

/* How many messages servers were told to delete: a line of a message that is sent tells nobody. */
static size_t
count_deleted(struct slice said)
{
	bool in_message = false;
	size_t n = 0;

	while (said.len > 0) {
		struct slice line = slice_line(&said);

		if (slice_equal(line, "DATA\r") || slice_equal(line, ".\r"))
			in_message = *line.p == 'D';
		n += !in_message && slice_skip(&line, "DELE ");
	}
	return n;
}

/* Whole messages, one behind the other. How many. */
static size_t
count_mail(void)
{
	struct buf inbox = BUF_INIT(0);
	struct slice all;
	size_t n;

	if (!fuzz_read(fuzz_path("inbox"), &inbox))
		return 0;
	all = buf_slice(&inbox);
	n = count_lines(all, "From ");
	CHECK(all.len == 0 || (n > 0 && fromline_matches(all)));
	CHECK(all.len == 0 || (all.len > 2 && memcmp(all.p + all.len - 2, "\n\n", 2) == 0));
	buf_free(&inbox);
	return n;
}

/* Nothing is left begun, if the run has come to its end. */
static void
check_journal(const struct account *a, bool ended)
{
	struct error e = { .cls = ERR_OK };
	struct journal *j = journal_open(a->state, true, false, &e);

	CHECK(!ended || (j != NULL && TAILQ_EMPTY(journal_unfinished(j))));
	journal_close(j);
}

/*
 * Of messages of which nothing was known, no more is deleted than is safe, here or with somebody
 * else: said is all that servers were told, the last session's part begins at start.
 */
static void
check_said(struct slice said, size_t start, const char *name, bool journal)
{
	struct slice last = said;
	size_t deleted;

	(void)fuzz_take(&last, start);
	deleted = count_deleted(last);
	CHECK(strcmp(name, "keep") != 0 || deleted == 0);
	if (!journal && strcmp(name, "delete") != 0)
		CHECK(deleted <= count_mail() + count_lines(said, ".\r"));
}

/* ---- what is done ---- */

static void
fetch(const struct account *a, unsigned flags, bool journal, struct buf *said)
{
	struct engine_options o = { .dry_run = (flags & DRY_RUN) != 0,
		.accept_new_uids = (flags & NEW_UIDS) != 0 };
	struct engine_result res;
	struct error e = { .cls = ERR_OK };
	size_t before = count_mail(), start = said->len;
	int rc = engine_fetch(a, &o, &res, &e);

	CHECK_RESULT(rc, &e);
	CHECK(res.delivered <= res.listed && res.deleted <= res.listed);
	CHECK(!o.dry_run || (res.delivered == 0 && res.deleted == 0 && count_mail() == before));
	if (!journal && start == 0 && strcmp(a->name, "onward") != 0) /* in the first run */
		CHECK(count_mail() >= before + res.delivered);
	if (!o.dry_run)
		check_journal(a, rc == 0);
	fuzz_said(said);
	check_said(buf_slice(said), start, a->name, journal);
}

static void
look(const struct account *a)
{
	struct error e = { .cls = ERR_OK };
	struct visit *v = visit_open(a, false, &e);
	struct slice head;
	size_t n, len;
	bool end = false;
	char out[64];
	uint32_t *places = v != NULL ? visit_choose(v, NULL, &n, &e) : NULL;

	if (places != NULL && visit_heads(v, places, n, &e) == 0)
		while (visit_next_head(v, &head, &e) == 1)
			CHECK(head.len <= 256 * KiB);
	if (places != NULL && n > 0 && e.cls == ERR_OK && visit_ask(v, 0, 3, &e) == 0)
		while (!end && visit_read(v, out, sizeof(out), &len, &end, &e) == 0)
			CHECK(len <= sizeof(out));
	if (v != NULL && e.cls == ERR_OK && visit_count_new(v, &n, &e) == 0)
		(void)visit_end(v, &e);
	CHECK_RESULT(e.cls == ERR_OK ? 0 : -1, &e);
	free(places);
	visit_close(v);
}

static void
ask(const struct account *a)
{
	struct error e = { .cls = ERR_OK };
	struct engine_info info;

	CHECK_RESULT(engine_info(a, &info, &e), &e);
	engine_info_free(&info);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size), journal;
	unsigned which = fuzz_byte(&in), flags = fuzz_byte(&in);
	uint8_t piece = fuzz_byte(&in);
	struct buf said = BUF_INIT(16 * MiB);
	const struct account *a;

	if (config == NULL)
		make_accounts();
	a = accounts[which % naccounts];
	fuzz_clear();
	journal = fuzz_take(&in, (size_t)4 * fuzz_byte(&in));
	if (journal.len > 0)
		write_journal(a->state, journal);
	fuzz_secret = fuzz_contains(in, SECRET) ? NULL : SECRET;
	fuzz_lead_to(in, piece);
	fetch(a, flags, journal.len > 0, &said);
	if ((flags & VISIT) != 0)
		look(a);
	else if ((flags & INFO) != 0)
		ask(a);
	else
		fetch(a, flags, journal.len > 0, &said);
	fuzz_said(&said);
	buf_free(&said);
	return 0;
}
