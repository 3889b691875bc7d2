# host 15 15: one changed VRRP priority, from the gRPC call to its answer: the way of a changed weight, for kernels without IPVS
segment
only vipward ip netns exec lb1 "$bun" "$here/push.ts" priority --calls 100 --case "one priority of one instance" "$BENCH_VIPWARD"
