#!/bin/sh
# Thirty days of spend below a root with 1,000 nodes: what the dashboard asks, from the folded
# subtree totals, beside GROUP BY over the ledger. Connects as the PG* variables say and works in
# a database of its own, which it drops.
#
#   bench/usage/run.sh [events]
set -eu
events=${1:-10000000}
here=$(cd "$(dirname "$0")" && pwd)
database=quotakit_bench_usage

psql -Xqd "${PGDATABASE:-postgres}" -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database"
trap 'psql -Xqd "${PGDATABASE:-postgres}" -c "DROP DATABASE $database"' EXIT
psql -Xqd "$database" -v ON_ERROR_STOP=1 -v events="$events" -f "$here/bench.sql"
