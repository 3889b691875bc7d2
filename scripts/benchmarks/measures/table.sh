# lab 150 400: 1,000 virtual servers of 10 real servers: from exec, and from a push, to the complete table in the kernel
runs=$(is_full && echo 8 || echo 3)
configuration services 1000 10 >$work/services.conf
for ((r = 0; r < runs; r++)); do
  alternate services 1 1 load -x "start, 1,000 x 10" -n 1000 -m 10 -c $work/services.conf
  only vipward unshare --net "$bun" "$here/push.ts" table --services 1000 --each 10 --case "push to a running, empty director" --watch "$programs/table" "$BENCH_VIPWARD"
done
if is_full; then
  configuration services 1000 10 tcp >$work/checked.conf
  alternate services 3 1 load -x "start, 1,000 x 10 with TCP checkers" -n 1000 -m 10 -c $work/checked.conf
fi
