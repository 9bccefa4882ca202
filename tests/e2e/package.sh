#!/bin/sh
# The Debian package: it builds, lintian has nothing to say, and what it installs works.
. "$(dirname "$0")/lib.sh"

for tool in dpkg-buildpackage dh fakeroot; do
	command -v "$tool" >/dev/null || skip_all "no $tool here"
done
SRC=$(cd "$E2E/../.." && pwd)
VERSION=$(sed -n 's/^AC_INIT(\[haulmail\], \[\(.*\)\])$/\1/p' "$SRC/configure.ac")

# The tree as a checkout has it; a package is built by somebody who is not root where that can be.
mkdir -p "$T/build/haulmail"
(cd "$SRC" && tar -cf - --exclude='./_*' --exclude=./.git --exclude='*.o' --exclude=__pycache__ .) |
	tar -C "$T/build/haulmail" -xf -
as_builder=
if [ "$(id -u)" -eq 0 ] && can_be_unprivileged; then
	as_builder="setpriv --reuid nobody --regid nogroup --clear-groups"
	chown -R nobody:nogroup "$T/build"
fi
build()
(
	cd "$T/build/haulmail" || exit
	# the shell's own options and the harness' variables are no business of the package's
	# shellcheck disable=SC2086 # several words
	$as_builder env -i PATH="$PATH" HOME="$T/build" LC_ALL=C DEB_BUILD_OPTIONS="parallel=2" \
		dpkg-buildpackage -us -uc -rfakeroot
)

check "dpkg-buildpackage succeeds" build || {
	tail -n 40 "$T/check" | say_comment
	finish
}
DEB=$(find "$T/build" -name "haulmail_${VERSION}_*.deb")
check "there is a package of this version" test -f "$DEB"
check "the changelog has the version of configure.ac" \
	grep -q "^haulmail ($VERSION)" "$SRC/debian/changelog"

if command -v lintian >/dev/null; then
	# nobody maintains it in Debian: no bug to close, and no address that is real
	is "$(env -i PATH="$PATH" HOME="$T/build" LC_ALL=C lintian --allow-root --suppress-tags \
		initial-upload-closes-no-bugs,bogus-mail-host,bogus-mail-host-in-debian-changelog \
		"$T/build/"*.changes 2>&1 | grep -v '^N:\|running with root')" "" \
		"lintian has nothing to say"
else
	skip "no lintian here"
fi

ROOT=$T/root
check "it can be unpacked" dpkg-deb -x "$DEB" "$ROOT"
for file in usr/bin/haulmail usr/share/man/man1/haulmail.1.gz \
	usr/share/man/man5/haulmail.conf.5.gz usr/share/bash-completion/completions/haulmail \
	usr/share/zsh/site-functions/_haulmail usr/share/fish/vendor_completions.d/haulmail.fish \
	usr/lib/systemd/user/haulmail.service usr/lib/systemd/user/haulmail.timer; do
	check "$file is in it" test -f "$ROOT/$file"
done
mkdir "$T/control"
dpkg-deb -e "$DEB" "$T/control"
# what debhelper writes for a unit that a user has to enable himself
check "nothing is enabled for users who have not asked" \
	grep -q 'deb-systemd-helper --user debian-installed' "$T/control/postinst"

HAULMAIL=$ROOT/usr/bin/haulmail
fresh_home
maildrop sample
start_server "$DROP"
home_config
haul
exits 0 "the packaged program fetches mail"
delivered "each message once" --ordered

if command -v systemd-analyze >/dev/null; then
	sed "s|^ExecStart=haulmail|ExecStart=$HAULMAIL|" \
		"$ROOT/usr/lib/systemd/user/haulmail.service" >"$T/haulmail.service"
	cp "$ROOT/usr/lib/systemd/user/haulmail.timer" "$T/"
	is "$(cd "$T" && systemd-analyze verify --man=no ./haulmail.service ./haulmail.timer 2>&1 |
		grep 'haulmail[.]')" "" "systemd has nothing against the units"
else
	skip "no systemd here"
fi

finish
