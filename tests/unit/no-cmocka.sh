#!/bin/sh
# Stands in for the unit tests where configure did not find the library that they need.
echo "1..0 # SKIP the unit tests need cmocka (Debian: libcmocka-dev), which configure did not find"
