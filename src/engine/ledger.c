/*
 * The ledger of targets with several recipients: "part" records under the recipients' own names.
 */
#include "engine/run.h"
#include "util/util.h"

static struct run_ledger *
own(const struct ledger *l)
{
	return (struct run_ledger *)(uintptr_t)l; /* it is the first member */
}

static bool
has(const struct ledger *l, const struct message *m, const char *name)
{
	return journal_has_part(own(l)->run->journal, slice_str(m->key), name);
}

static int
note(struct ledger *l, const struct message *m, const char *const *names, size_t n, struct error *e)
{
	struct run_ledger *own_ledger = own(l);

	for (size_t i = 0; i < n; i++)
		journal_part(own_ledger->run->journal, m->key, names[i]);
	if (journal_flush(own_ledger->run->journal, &own_ledger->trouble) == 0)
		return 0;
	return error_set(e, own_ledger->trouble.cls, "%s", own_ledger->trouble.msg);
}

static bool
failed(const struct ledger *l)
{
	return own(l)->trouble.cls != ERR_OK;
}

void
ledger_init(struct run *r)
{
	r->ledger = (struct run_ledger){ .ledger = { .has = has, .note = note, .failed = failed },
		.run = r };
	r->deliver_params.ledger = &r->ledger.ledger;
}
