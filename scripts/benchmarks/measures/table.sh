# lab 190 700: 1,000 virtual servers of 10 real servers: from exec, and from a push, to the complete table in the kernel; what ipvsadm and the kernel alone need
runs=$(is_full && echo 8 || echo 3)
configuration services 1000 10 >$work/services.conf
push() { # SERVICES EACH CASE [ARG]...
  local services=$1 each=$2 case=$3; shift 3
  only vipward unshare --net "$bun" "$here/push.ts" table --services "$services" --each "$each" --case "$case" --watch "$programs/table" "$@" "$BENCH_VIPWARD"
}
# keepalived's column has what keepalived does not do itself: each in a fresh namespace, as every run.
floor() { # SERVICES EACH CASE
  only keepalived unshare --net "$programs/floor" -x "$3" -n "$1" -m "$2"
}
for ((r = 0; r < runs; r++)); do
  alternate services 1 1 load -x "start, 1,000 x 10" -n 1000 -m 10 -c $work/services.conf
  push 1000 10 "push to a running, empty director"
  floor 1000 10 "push to a running, empty director"
done
if is_full; then
  configuration services 1000 10 tcp >$work/checked.conf
  alternate services 3 1 load -x "start, 1,000 x 10 with TCP checkers" -n 1000 -m 10 -c $work/checked.conf
  configuration services 2284 16 >$work/large.conf
  for ((r = 0; r < 3; r++)); do
    push 1000 10 "push of 1,000 x 10 with TCP checkers" --checked
    alternate services 1 1 load -x "start, 2,284 x 16" -n 2284 -m 16 -c $work/large.conf
    push 2284 16 "push of 2,284 x 16"
    floor 2284 16 "push of 2,284 x 16"
  done
fi
