#!/bin/sh
# check_alerts() with 100,000 policies that have an alert, of which 1,000 are crossed: its cost
# when nothing is new, when all of it is, and afterwards. It reads counters, not the ledger.
# Connects as the PG* variables say and works in a database of its own, which it drops.
#
#   bench/alerts/run.sh [policies] [crossed]
set -eu
policies=${1:-100000}
crossed=${2:-1000}
here=$(cd "$(dirname "$0")" && pwd)
database=quotakit_bench_alerts

PGOPTIONS="-c client_min_messages=warning" psql -Xqd "${PGDATABASE:-postgres}" -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database"
trap 'psql -Xqd "${PGDATABASE:-postgres}" -c "DROP DATABASE $database"' EXIT
psql -XqtAF ' | ' -v ON_ERROR_STOP=1 -v policies="$policies" -v crossed="$crossed" -d "$database" -f "$here/bench.sql"
