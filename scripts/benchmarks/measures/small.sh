# lab 90 240: one VRRP instance and one virtual server with two real servers: start, idle memory, stop
segment
runs=$(is_full && echo 8 || echo 3)
configuration small 0.1 150 >$work/small.conf
configuration small 0.1 255 >$work/owner.conf
configuration small 0.01 150 >$work/fast.conf
alternate all "$runs" 1 start -x "priority 150, every 100 ms" -c $work/small.conf -t 2 -i 2
alternate all "$runs" 1 start -x "priority 255, every 100 ms" -c $work/owner.conf -t 2 -i 0
is_full && alternate all "$runs" 1 start -x "priority 150, every 10 ms" -c $work/fast.conf -t 2 -i 0
