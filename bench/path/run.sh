#!/bin/sh
# Paths beside contrib ltree with GiST: 100,000 paths, one table each, otherwise
# alike. Needs the server's contrib modules; connects as the PG* variables say and
# works in a database of its own, which it drops.
#
#   bench/path/run.sh [rounds]
#
# Prints index size, build time, the time to read subtrees of 1,000 and of 10 rows,
# and the ratios: medians of all rounds (5).
set -eu
rounds=${1:-5}
here=$(cd "$(dirname "$0")" && pwd)
database=quotakit_bench_path

psql -Xqd "${PGDATABASE:-postgres}" -c "CREATE DATABASE $database"
trap 'psql -Xqd "${PGDATABASE:-postgres}" -c "DROP DATABASE $database"' EXIT
psql -Xqd "$database" -v ON_ERROR_STOP=1 -v rounds="$rounds" -f "$here/bench.sql"
