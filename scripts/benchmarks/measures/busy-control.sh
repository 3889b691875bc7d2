# host 110 330: how even advertisements every 10 ms are while control validates 10 MB configurations and answers 1,000 calls a second; keepalived has its real-time priority, and the same load beside it
segment
for i in 1 2; do configuration vrrp 3 0.01 $((200 - 50 * i)) "vrrp_rt_priority 40" >$work/lb$i.conf; done
evenness() { # CASE DAEMON [ARG]...
  local case=$1 daemon=$2; shift 2
  only "$daemon" "$programs/jitter" -d "$(command_of "$daemon" vrrp)" -x "$case" -1 $work/lb1.conf -2 $work/lb2.conf -a 10 -n "$(is_full && echo 3000 || echo 1000)" "$@"
}
evenness "every 0.01 s, nothing else to do" keepalived
evenness "every 0.01 s, nothing else to do" vipward
evenness "every 0.01 s, control is busy" keepalived -l "$here/busy-beside {run}"
evenness "every 0.01 s, control is busy" vipward -l "$bun $here/load.ts {run}/vipward.sock"
# The plan of 10 MB keeps the checkers busy, too; its table is in memory where the kernel has none.
BENCH_VIPWARD=$BENCH_MEMORY_DIRECTOR evenness "every 0.01 s, plans of 10 MB" vipward -l "$bun $here/load.ts {run}/vipward.sock plan"
