/*
 * Config files, words and suggestions. What a sound file says is printed as "haulmail config" does,
 * and that is read again: it says the same. A line "%%" divides the file "config" from "more",
 * which it may include.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/lexer.h"
#include "config/options.h"
#include "config/suggest.h"
#include "util/text.h"

/* Nothing on this machine is read but the two files. */
static bool
includes_others(struct slice text)
{
	bool others = false;

	while (text.len > 0 && !others) {
		struct error e = { .cls = ERR_OK };
		struct slice line = slice_line(&text);
		struct words w;
		unsigned column;
		int rc;

		(void)slice_skip(&line, "\xEF\xBB\xBF");
		rc = lex_line(line, &w, &column, &e);
		CHECK_RESULT(rc, &e);
		CHECK(rc == 0 || (w.n == 0 && column > 0 && column <= line.len + 1));
		others = rc == 0 && w.n > 1 && strcmp(w.word[0], "include") == 0 &&
			 strcmp(w.word[1], "config") != 0 && strcmp(w.word[1], "more") != 0;
		if (rc == 0)
			words_free(&w);
	}
	return others;
}

static void
check_problems(const struct config *c)
{
	const struct problem *p;

	TAILQ_FOREACH(p, &c->problems, link)
		CHECK(*p->text != '\0');
}

static void
print_section(const struct account *a, struct buf *out)
{
	(void)buf_addf(out, "%s %s\n", a->is_relay ? "relay" : "account", a->name);
	for (const struct option *o = option_table(a); o->name != NULL; o++) {
		struct buf value = BUF_INIT(MiB);

		for (size_t i = 0; value.len = 0, o->show(a, o, i, &value); i++) {
			CHECK(!o->secret || slice_equal(buf_slice(&value), "********"));
			(void)buf_addf(out, "    %-16s %.*s\n", o->name, (int)value.len, value.p);
		}
		buf_free(&value);
	}
}

static void
print(const struct config *c, struct buf *out)
{
	const struct account *a;

	TAILQ_FOREACH(a, &c->relays, link)
		print_section(a, out);
	TAILQ_FOREACH(a, &c->accounts, link)
		print_section(a, out);
}

static void
check_accounts(const struct config *c)
{
	const struct account *a;

	TAILQ_FOREACH(a, &c->accounts, link) {
		CHECK(config_find(c, a->name) == a && a->user != NULL && a->state != NULL);
		CHECK(a->port >= 0 && a->port <= 65535 && !TAILQ_EMPTY(&a->dests));
		CHECK(a->host != NULL || a->socket != NULL || a->connect_command != NULL);
		CHECK(a->timeout_s > 0 && (a->keep_s >= 0 || a->keep_s == KEEP_YES));
	}
}

static void
check_printed(const struct config *c, const char *path)
{
	struct buf first = BUF_INIT(16 * MiB), second = BUF_INIT(16 * MiB);
	struct config *again;

	print(c, &first);
	fuzz_write(path, buf_slice(&first));
	again = config_load(path, NULL);
	CHECK(TAILQ_EMPTY(&again->problems));
	print(again, &second);
	CHECK(slice_same(buf_slice(&first), buf_slice(&second)));
	config_free(again);
	buf_free(&first);
	buf_free(&second);
}

static void
check_words(struct slice text)
{
	struct slice line = slice_line(&text);
	char *a = fuzz_string(slice_word(&line)), *b = fuzz_string(line);
	size_t distance = edit_distance(a, b);

	CHECK(distance == edit_distance(b, a));
	CHECK((distance == 0) == (strcmp(a, b) == 0) || strlen(a) > 31 || strlen(b) > 31);
	free(a);
	free(b);
}

static void
split(struct slice in, struct slice *config, struct slice *more)
{
	const char *at = in.len > 0 ? memmem(in.p, in.len, "\n%%\n", 4) : NULL;

	*config = fuzz_take(&in, at != NULL ? (size_t)(at - in.p) + 1 : in.len);
	(void)fuzz_take(&in, 3);
	*more = in;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_path("config");
	struct slice config, more;
	struct config *c;

	(void)clearenv();
	(void)setenv("HOME", "/home/alice", 1);
	split(fuzz_input(data, size), &config, &more);
	check_words(config);
	if (includes_others(config) || includes_others(more))
		return 0;
	fuzz_write(path, config);
	fuzz_write(fuzz_path("more"), more);
	c = config_load(path, NULL);
	check_problems(c);
	if (TAILQ_EMPTY(&c->problems)) {
		check_accounts(c);
		check_printed(c, path);
	}
	config_free(c);
	return 0;
}
