/*
 * infojson.h - what "haulmail info" found out, as one line of JSON for programs; the manual tells
 * the members.
 */
#ifndef CLI_INFOJSON_H
#define CLI_INFOJSON_H

#include "config/config.h"
#include "engine/engine.h"

void infojson_account(
    const struct account *a, const struct engine_info *info, const struct error *e);
void infojson_relay(
    const struct account *a, const struct engine_relay_info *info, const struct error *e);

#endif
