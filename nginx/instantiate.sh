#!/bin/sh
# Prints a complete nginx.conf for a private server on 127.0.0.1 around customerapi.conf.
# Usage: instantiate.sh PORT SOCKET DIR [SOCKET_PROCESS SOCKET_CLUB SOCKET_HELP]
#   SOCKET   of the intake pool, and of the others unless they are given
#   DIR      existing folder for logs (DIR/log), temporary files (DIR/tmp) and the pid file
#   (DIR/run)
set -eu
[ $# -eq 3 ] || [ $# -eq 6 ] || { sed -n '3,5s/^# //p' "$0" >&2; exit 2; }
port=$1 intake=$2 dir=$3 process=${4:-$2} club=${5:-$2} help=${6:-$2}
for word; do
	# They become part of a configuration and of sed's program.
	case $word in *[!A-Za-z0-9_./@:+-]*)
		echo "instantiate.sh: \"$word\" holds characters that nginx would misread;" \
			"use a plainer path" >&2; exit 2 ;; esac
done
# Started as root, nginx would serve as another user, who cannot reach a private socket.
[ "$(id -u)" != 0 ] || echo "user root;"
# Connections enough for many requests that are half sent; files for them, for those to the
# program, and for bodies that wait in one.
files=$(ulimit -Hn)
case $files in unlimited) files=16384 ;; esac
[ "$files" -le 16384 ] || files=16384
connections=$((files / 4))
[ "$connections" -ge 512 ] || connections=512
cat <<CONF
worker_processes 1;
worker_rlimit_nofile $files;
pid $dir/run/nginx-server.pid;
error_log $dir/log/nginx-error.log warn;
events { worker_connections $connections; }
http {
	client_body_temp_path $dir/tmp/nginx-body;
	fastcgi_temp_path $dir/tmp/nginx-fastcgi;
	proxy_temp_path $dir/tmp/nginx-proxy;
	scgi_temp_path $dir/tmp/nginx-scgi;
	uwsgi_temp_path $dir/tmp/nginx-uwsgi;
CONF
sed -e "s|^#.*||" -e "s|@LISTEN@|127.0.0.1:$port|" -e "s|@SERVER_NAME@|_|" \
	-e "s|@SOCKET_INTAKE@|$intake|" -e "s|@SOCKET_PROCESS@|$process|" \
	-e "s|@SOCKET_CLUB@|$club|" -e "s|@SOCKET_HELP@|$help|" \
	-e "s|@ACCESS_LOG@|$dir/log/nginx-access.log|" \
	-e "s|@ERROR_LOG@|$dir/log/nginx-error.log|" "$(dirname "$0")/customerapi.conf"
echo "}"
