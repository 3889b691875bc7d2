# ipvs 200 500: one changed weight, from the gRPC call to its answer, which comes after the kernel's acknowledgement; and a push that changes nothing
pushes() { # MODE SERVICES EACH CALLS CASE [ARG]...
  local mode=$1 services=$2 each=$3 calls=$4 case=$5; shift 5
  note "vipward: $calls pushes, $case"
  only vipward unshare --net "$bun" "$here/push.ts" "$mode" --services "$services" --each "$each" --calls "$calls" --case "$case" "$@" "$BENCH_VIPWARD"
}
many=$(is_full && echo 100 || echo 20)
pushes change 1 2 100 "one weight of 1 x 2"
pushes change 1000 10 "$many" "one weight of 1000 x 10"
pushes change 1000 10 "$many" "one weight of 1000 x 10 with 10,000 checkers" --checked
pushes merge 1000 10 "$many" "one weight of 1000 x 10 with 10,000 checkers, only its virtual server pushed" --checked
pushes merge 1 2 "$many" "one weight of 1 x 2, only its virtual server pushed" --checked
pushes same 1000 10 "$many" "nothing of 1000 x 10 with 10,000 checkers" --checked
