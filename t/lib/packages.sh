# Package lists (Debian 12 and 13 names) and their installation; sourced by quickstart and check.
BUILD_PACKAGES="build-essential autoconf automake autoconf-archive pkg-config gawk
	libfcgi-dev libjson-c-dev libmariadb-dev libcurl4-openssl-dev libesmtp-dev libssl-dev
	libcrypt-dev libglib2.0-dev libgmime-3.0-dev libconfuse-dev libidn2-dev libcsv-dev
	zlib1g-dev libxml2-dev"
RUN_PACKAGES="mariadb-server nginx-light curl openssl tzdata"
DEMO_PACKAGES="perl python3-aiosmtpd"
TEST_PACKAGES="perl apache2 libapache2-mod-fcgid exim4-daemon-light xz-utils mandoc groff-base
	procps iproute2 spawn-fcgi chromium w3m proftpd-core proftpd-mod-crypto openssh-server
	openssh-client"
# Where there is a Node.js already, it may be one that Debian's npm would not go with.
command -v node >/dev/null && command -v npm >/dev/null || TEST_PACKAGES="$TEST_PACKAGES nodejs npm"

# Prints those of its arguments that are not installed.
missing_packages() {
	local p
	for p; do
		dpkg-query -W -f='${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed ||
			printf '%s ' "$p"
	done
}

# install_packages NAME…: installs what is missing, with sudo when not root; never removes a package
# of the machine.
install_packages() {
	local missing sudo=
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			printf '%s As root, run:\n  apt-get install --no-install-recommends %s\n' \
				"These packages are missing, and there is no sudo to install them with." \
				"$missing" >&2
			return 1
		}
		sudo=sudo
	fi
	printf '   installing: %s\n' "$missing"
	# A machine's services must not start or be restarted by our installing a package.
	local log; log=$(mktemp)
	if ! { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
	    apt-get install -y -q --no-install-recommends --no-remove $missing; } >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		echo "Installing packages failed (see above)." >&2
		return 1
	fi
	rm -f "$log"
}
