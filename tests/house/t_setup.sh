#!/bin/sh
# tools/setup with a dpkg-query and an apt-get of our own: nothing of this machine changes. TAP.
tools=$(cd "$(dirname "$0")/../../tools" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 bad=0

ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		bad=1
	fi
}

mkdir "$tmp/bin" "$tmp/tools"
cp "$tools/setup" "$tmp/tools"
cat >"$tmp/tools/packages.txt" <<'END'
# Two lists, and a comment of many words.

# build
gcc
make

# test
clang
END
cat >"$tmp/tools/install" <<'END'
#!/bin/sh
echo "install $*"
END
# Half removed is not installed.
cat >"$tmp/bin/dpkg-query" <<'END'
#!/bin/sh
echo "-gcc installed"
echo "-make config-files"
exit 1
END
printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/apt-get"
cat >"$tmp/bin/id" <<'END'
#!/bin/sh
echo "$FAKE_UID"
END
printf '#!/bin/sh\necho "sudo $*"\n' >"$tmp/bin/sudo"
chmod +x "$tmp"/bin/* "$tmp"/tools/*
PATH=$tmp/bin:$PATH
export FAKE_UID=0

[ "$("$tmp/tools/setup" -n build test | tr '\n' ' ')" = "clang make " ]
ok $? "what is missing of two lists is named"
[ "$("$tmp/tools/setup" build 2>&1)" = "install make" ]
ok $? "root installs it, and only of the list asked"
FAKE_UID=1000
"$tmp/tools/setup" test </dev/null 2>/dev/null | grep -q "^sudo -n .*/install clang$"
ok $? "another user asks sudo, which may not ask back without a terminal"
rm "$tmp/bin/sudo"
# Nothing but these programs, so that this machine's sudo is not found.
for program in sh awk sort dirname cat; do
	ln -s "$(command -v $program)" "$tmp/bin"
done
PATH=$tmp/bin "$tmp/tools/setup" test 2>"$tmp/said"
grep -q "as root: apt-get install .*clang" "$tmp/said"
ok $? "without sudo the command is named"
printf '#!/bin/sh\necho "-gcc installed"\necho "-make installed"\n' >"$tmp/bin/dpkg-query"
[ -z "$("$tmp/tools/setup" build 2>&1)" ]
ok $? "nothing missing, nothing said"
echo "1..$n"
exit $bad
