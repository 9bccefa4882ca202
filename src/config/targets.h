/*
 * targets.h - the keywords that name places for mail: deliver and refused. Only for config/.
 */
#ifndef CONFIG_TARGETS_H
#define CONFIG_TARGETS_H

#include "config/options.h"

option_set target_set_deliver, target_set_refused;
option_show target_show_deliver, target_show_refused;

#endif
