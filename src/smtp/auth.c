#include "smtp/features.h"
#include "smtp/session.h"

int
session_log_in(struct smtp *s, struct error *e)
{
	(void)e;
	return s->params->user == NULL ? 0 : 0;
}
