/*
 * relay.h - a server of mail, as the config names it.
 */
#ifndef DELIVER_RELAY_H
#define DELIVER_RELAY_H

#include "smtp/smtp.h"

struct relay {
	const char *name;
	struct smtp_params smtp;
};

#endif
