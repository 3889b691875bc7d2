# ipvs 100 240: one changed weight, from the gRPC call to its answer, which comes after the kernel's acknowledgement
changes() { # SERVICES EACH CALLS
  note "vipward: $3 changes of one weight among $1 x $2"
  only vipward unshare --net "$bun" "$here/push.ts" change --services "$1" --each "$2" --calls "$3" --case "one weight of $1 x $2" "$BENCH_VIPWARD"
}
changes 1 2 100
changes 1000 10 "$(is_full && echo 100 || echo 20)"
