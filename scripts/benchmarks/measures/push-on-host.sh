# host 60 90: with the table in memory: one push of 1,000 x 10, validation and plan of 10 MB, one changed weight
pushed() { # MODE CASE [ARG]...
  local mode=$1 case=$2; shift 2
  only vipward "$bun" "$here/push.ts" "$mode" --case "$case" "$@" "$BENCH_MEMORY_DIRECTOR"
}
for run in 1 2 3; do pushed table "push of 1,000 x 10, table in memory" --services 1000 --each 10; done
pushed large "10 MB" --calls "$(is_full && echo 10 || echo 3)"
pushed change "one weight of 1 x 2, table in memory" --services 1 --each 2 --calls 200
