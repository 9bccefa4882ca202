#!/bin/sh
# Every system call of a run goes wrong in every way, one at a time; then a clean run: each
# message is in each target exactly once. FAULT_STEP=1 tries all faults during recovery, too.
. "$(dirname "$0")/lib.sh"

relay faults.py --part once
relay faults.py --part twice --step "${FAULT_STEP:-12}"

must_fail "a haulmail that notes a message before it has it is found out" \
	faults.py --part once --case mbox --spoil early --max 1
must_fail "a haulmail that takes back nothing is found out" \
	faults.py --part once --case mbox --spoil truncate --max 1

finish
