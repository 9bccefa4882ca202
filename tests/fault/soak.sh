#!/bin/sh
# Hundreds of kills by chance while hundreds of mixed messages are fetched: none is lost, none
# comes twice. SOAK_SEED repeats a run, SOAK_KILLS sets how many kills there are.
. "$(dirname "$0")/lib.sh"

relay soak.py --seed "${SOAK_SEED:-$$}" --kills "${SOAK_KILLS:-300}"

finish
