#!/bin/sh
# No include climbs a floor, goes sideways or closes a circle: src/ against src/LAYERS.
: "${srcdir:=.}"
LC_ALL=C
export LC_ALL

# faults SRC: one line for each fault of the tree, nothing for a sound one.
faults()
(
	cd "$1" || exit
	# shellcheck disable=SC2046 # no blanks in names of source files
	awk '
	function fault(text) { print text }

	# ---- LAYERS ----
	FILENAME == "LAYERS" && (/^#/ || NF == 0) { next }
	FILENAME == "LAYERS" && $1 == "floor" { level = $2; next }
	FILENAME == "LAYERS" {
		from = $1
		if (!sub(":$", "", from))
			fault("LAYERS:" FNR ": no colon after " from)
		if (from in floor)
			fault("LAYERS:" FNR ": " from " again")
		floor[from] = level
		for (i = 2; i <= NF; i++)
			may[from, $i] = FNR
		next
	}

	# ---- the sources ----
	FNR == 1 {
		name = FILENAME
		sub("^\\./", "", name)
		folder = name
		if (!sub("/.*", "", folder))
			fault(name ": stands in no folder")
		else if (!(folder in floor) && !told[folder]++)
			fault(folder "/ is not in LAYERS")
		seen[folder]
		file[name]
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		target = $0
		sub("^[^\"]*\"", "", target)
		sub("\".*", "", target)
		where = name ":" FNR ": includes \"" target "\""
		if (target == "config.h")
			next
		if (target !~ "^[^/.]+/[^/]+\\.h$") {
			fault(where ", not in the form \"folder/name.h\"")
			next
		}
		to = target
		sub("/.*", "", to)
		if (to != folder && !((folder, to) in may))
			fault(where ", which LAYERS does not allow to " folder "/")
		if (name ~ "\\.h$")
			header[name, target]
		uses[target] = where
	}

	# ---- the whole ----
	# Takes away, again and again, what points at nothing any more; a rest holds a circle.
	function circles(node, edge, kind,    n, e, part, left, free, rest) {
		do {
			left = 0
			for (n in node)
				free[n] = 1
			for (e in edge) {
				split(e, part, SUBSEP)
				if (part[1] in node && part[2] in node)
					free[part[1]] = 0
			}
			for (n in node)
				if (free[n]) {
					delete node[n]
					left = 1
				}
		} while (left)
		for (n in node)
			rest = rest " " n
		if (rest != "")
			fault("a circle of " kind " is in, or below:" rest)
	}
	END {
		for (e in may) {
			split(e, part, SUBSEP)
			line = "LAYERS:" may[e] ": " part[1]
			if (!(part[2] in floor))
				fault(line " names " part[2] ", which has no line")
			else if (floor[part[2]] >= floor[part[1]])
				fault(line " (floor " floor[part[1]] ") names " part[2] " (floor " floor[part[2]] ")")
		}
		for (f in floor)
			if (!(f in seen))
				fault("LAYERS names " f ", which has no sources")
		for (t in uses)
			if (!(t in file))
				fault(uses[t] ", which is not there")
		circles(floor, may, "folders")
		circles(file, header, "headers")
	}' LAYERS $(find . -name '*.[ch]' | sort) | sort
)

n=0
ok()
{
	n=$((n + 1))
	echo "ok $n - $1"
}
not_ok()
{
	n=$((n + 1))
	echo "not ok $n - $1"
	echo "$2" | sed 's/^/# /'
}

# A sound little tree to spoil.
fresh_tree()
{
	rm -rf "$tmp/src"
	mkdir -p "$tmp/src/cli" "$tmp/src/net" "$tmp/src/mail" "$tmp/src/util"
	printf '%s\n' 'floor 2' 'cli: net mail util' 'floor 1' 'net: util' 'mail: util' \
	    'floor 0' 'util:' >"$tmp/src/LAYERS"
	printf '%s\n' '#include "net/a.h"' '#include "util/u.h"' >"$tmp/src/cli/main.c"
	printf '%s\n' '#include "util/u.h"' >"$tmp/src/net/a.h"
	printf '%s\n' '#include "net/a.h"' >"$tmp/src/net/a.c"
	printf '%s\n' '#include <string.h>' '#include "util/u.h"' >"$tmp/src/mail/m.h"
	printf '%s\n' '#include <stddef.h>' >"$tmp/src/util/u.h"
	printf '%s\n' '#include "util/u.h"' >"$tmp/src/util/v.h"
}

# must_fail WHAT FILE LINE PATTERN: LINE added to FILE is a fault that PATTERN describes.
must_fail()
{
	fresh_tree
	mkdir -p "$(dirname "$tmp/src/$2")"
	printf '%s\n' "$3" >>"$tmp/src/$2"
	said=$(faults "$tmp/src")
	case $said in
	*$4*) ok "finds $1" ;;
	*) not_ok "finds $1" "${said:-it was silent}" ;;
	esac
}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

echo 1..11
said=$(faults "$srcdir/src" 2>&1)
if [ -z "$said" ]; then
	ok "src/ keeps to src/LAYERS"
else
	not_ok "src/ keeps to src/LAYERS" "$said"
fi

fresh_tree
said=$(faults "$tmp/src" 2>&1)
if [ -z "$said" ]; then
	ok "a sound tree passes"
else
	not_ok "a sound tree passes" "$said"
fi
must_fail "an include that climbs" util/v.h '#include "net/a.h"' 'does not allow to util/'
must_fail "an include that goes sideways" mail/m.h '  #  include  "net/a.h"' 'does not allow to mail/'
must_fail "an include by another way" mail/m.h '#include "../net/a.h"' 'not in the form'
must_fail "an include of nothing" cli/main.c '#include "net/none.h"' 'which is not there'
must_fail "a circle of headers" util/u.h '#include "util/v.h"' \
    'a circle of headers'
must_fail "a circle of folders" LAYERS 'util: cli' 'a circle of folders'
must_fail "a line of LAYERS that climbs" LAYERS 'util: net' 'util (floor 0) names net (floor 1)'
must_fail "a folder that LAYERS lacks" extra/e.c '#include <string.h>' 'extra/ is not in LAYERS'
must_fail "a folder that the tree lacks" LAYERS 'gone:' 'LAYERS names gone'
