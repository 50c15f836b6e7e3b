#!/bin/sh
# The batch function: reservations beside a multi-row INSERT of the same batch, events
# beside COPY of the same rows, and reservations while a snapshot is held open elsewhere.
# Needs libpq's headers; connects as the PG* variables say and works in a database of its own,
# which it drops.
#
#   bench/batch/run.sh [seconds per line] [seconds of the held snapshot]
set -eu
seconds=${1:-6}
held=${2:-300}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
database=quotakit_bench_batch

psql -Xqd "${PGDATABASE:-postgres}" -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database"
trap 'psql -Xqd "${PGDATABASE:-postgres}" -c "DROP DATABASE $database"; rm -r "$work"' EXIT
cc -O2 -Wall -Wextra -Werror -I"$(pg_config --includedir)" -o "$work/batch" "$here/batch.c" -lpq

made=$(psql -XqtAF ' ' -v ON_ERROR_STOP=1 -d "$database" -f "$here/setup.sql")
QUOTAKIT_ACCOUNT=${made% *} QUOTAKIT_SECRET=${made#* }
export QUOTAKIT_ACCOUNT QUOTAKIT_SECRET
(
  export PGDATABASE=$database
  "$work/batch" reserve "$seconds" 1 32 128 512
  "$work/batch" ingest "$seconds" 32 128 512
  psql -XqtA -c "SELECT 'verify(): ' || count(*) || ' rows' FROM quotakit.verify('bench')"
  [ "$held" = 0 ] || "$work/batch" snapshot "$held" 128
)
