#!/bin/sh
# Prints a complete configuration for a private Apache on 127.0.0.1 around the files beside it.
# Usage: instantiate.sh proxy-fcgi PORT DIR SOCKET [SOCKET_PROCESS SOCKET_CLUB SOCKET_HELP]
#        instantiate.sh fcgid PORT DIR PROGRAM CONF
#        instantiate.sh cgi PORT DIR SERVED    as a shared host does: SERVED is a folder with
#        customerapi.cgi and .htaccess
#   DIR   existing folder for logs (DIR/log), run files (DIR/run) and the file of the way
# Started as root, Apache serves as www-data.
set -eu
[ $# -ge 4 ] || { sed -n '3,7s/^# //p' "$0" >&2; exit 2; }
for word; do
	# They become part of a configuration and of sed's program.
	case $word in *[!A-Za-z0-9_./@:+-]*)
		echo "instantiate.sh: \"$word\" holds characters that Apache would misread;" \
			"use a plainer path" >&2; exit 2 ;; esac
done
way=$1 port=$2 dir=$3 first=$4 here=$(dirname "$0")
modules=$(for d in /usr/lib/apache2/modules /usr/lib64/httpd/modules; do [ ! -d "$d" ] ||
	{ echo "$d"; break; }; done)

case $way in
proxy-fcgi) more="proxy proxy_fcgi" process=${5:-$4} club=${6:-$4} help=${7:-$4}
	sed -e "s|^#.*||" -e "s|@SOCKET_INTAKE@|$first|" -e "s|@SOCKET_PROCESS@|$process|" \
		-e "s|@SOCKET_CLUB@|$club|" -e "s|@SOCKET_HELP@|$help|" \
		"$here/proxy-fcgi.conf" >"$dir/way.conf" ;;
fcgid) more=fcgid
	sed -e "s|^#.*||" -e "s|@PROGRAM@|$first|" -e "s|@CONF@|$5|" "$here/fcgid.conf" \
		>"$dir/way.conf" ;;
cgi) more="cgid mime rewrite" ;;
*) sed -n '3,7s/^# //p' "$0" >&2; exit 2 ;;
esac

cat <<CONF
ServerRoot "$dir"
DefaultRuntimeDir "$dir/run"
PidFile "$dir/run/apache.pid"
Mutex file:$dir/run default
ServerName localhost
Listen 127.0.0.1:$port
ErrorLog "$dir/log/apache-error.log"
StartServers 1
ServerLimit 2
ThreadsPerChild 25
MaxRequestWorkers 50
CONF
for m in mpm_event authz_core authz_host alias env setenvif headers reqtimeout $more
do echo "LoadModule ${m}_module $modules/mod_$m.so"; done
[ "$(id -u)" != 0 ] || printf 'User www-data\nGroup www-data\n'
case $way in
fcgid) printf 'FcgidIPCDir "%s/run"\nFcgidProcessTableFile "%s/run/fcgid-table"\n' "$dir" "$dir" ;;
cgi) cat <<CONF
ScriptSock "$dir/run/cgid"
TypesConfig /dev/null
CustomLog "$dir/log/apache-access.log" "%t %a %m %U %>s"
DocumentRoot "$first"
<Directory "$first">
	AllowOverride All
	Require all granted
</Directory>
CONF
	exit ;;
esac
sed -e "s|^#.*||" -e "s|@LISTEN@|127.0.0.1:$port|" -e "s|@SERVER_NAME@|localhost|" \
	-e "s|@WAY@|$dir/way.conf|" -e "s|@ACCESS_LOG@|$dir/log/apache-access.log|" \
	-e "s|@ERROR_LOG@|$dir/log/apache-error.log|" "$here/customerapi.conf"
