#!/bin/sh
# The power fails at every point of a run, and the disk holds as little as it may: the next run
# still leaves each message in each target exactly once. FAULT_STEP=1 tries all such disks for
# recovery, too.
. "$(dirname "$0")/lib.sh"

relay powerloss.py --step "${FAULT_STEP:-10}"

must_fail "a haulmail that syncs nothing is found out" \
	powerloss.py --case mbox --spoil sync --max 1
must_fail "a haulmail that syncs no mbox is found out" \
	powerloss.py --case mbox --spoil sync=mbox --max 1
must_fail "a haulmail that notes a message before it has it is found out" \
	powerloss.py --case mbox --spoil early --max 1

finish
