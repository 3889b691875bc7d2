# host 60 180: memory of all processes together with one VRRP instance (no virtual server: this needs no IPVS), and CPU when idle
segment
configuration vrrp 3 0.1 150 >$work/vrrp.conf
runs=$(is_full && echo 5 || echo 2)
alternate vrrp "$runs" 1 start -x "one VRRP instance, after 5 s" -c $work/vrrp.conf -i 5 -m
# With nothing but an instance two processes run; what was wished for is said of three.
only vipward "$programs/start" -d "$here/with-checkers {run} $(command_of vipward vrrp)" -k "$runs" -x "all three processes, after 5 s" -c $work/vrrp.conf -i 5 -m
