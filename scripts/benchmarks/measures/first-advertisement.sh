# host 60 240: from exec to the first advertisement, by this machine's own kernel
segment
runs=$(is_full && echo 20 || echo 5)
configuration vrrp 3 0.1 255 >$work/owner.conf
configuration vrrp 3 0.1 150 >$work/backup.conf
alternate vrrp "$runs" 1 start -x "address owner, priority 255, every 100 ms" -c $work/owner.conf -i 0
alternate vrrp "$runs" 1 start -x "priority 150, every 100 ms" -c $work/backup.conf -i 0
