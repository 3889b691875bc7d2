# lab 60 150: the configuration file read again (SIGHUP), 1,000 x 10: unchanged, with one weight changed
configuration services 1000 10 >$work/services.conf
configuration services 1000 10 none 500 >$work/weight.conf
alternate services "$(is_full && echo 3 || echo 1)" 1 load -x "1,000 x 10" -n 1000 -m 10 -c $work/services.conf -w $work/weight.conf -r 3
