# Turns sql/queries.sql into store/queries_gen.h (mode=h) or store/queries_gen.c (mode=c).
#
# A statement starts at "-- name: x"; "-- in: type name, ..." and "-- out: type name, ..." may
# follow, then its text up to the next name. Types: int, text, bytes, time.
#
# Values: each "?" of the text is the next one of "in"; or the text says ":name", in any order and
# as often as it likes, and the caller gives each value of "in" once. "type name[8]" stands for
# eight values, and ":name" for eight marks.
#
# Columns: each one of "out" is a number C_<statement>_<column>.
#
# "-- part: x" starts a text that statements share: "{x}" stands for it in their texts, and in their
# "out" for its own. "{x:word}" stands for it with word in each place of its "$1". Its columns are
# C_<part>_<column>, for statements whose "out" begins with it; one may have columns and no text.

# "{MESSAGE_READY}" is the number that model/state.h (variable states) has for it: of a list
# ..._OF_MESSAGE. An outcome of an attempt is its word.

# Reads the lists of model/state.h into state[].
function read_states(   line, list, w) {
	while ((getline line < states) > 0) {
		if (match(line, /^#define [A-Z]+_OF_[A-Z]+/))
			list = substr(line, RSTART + 8, RLENGTH - 8)
		if (!match(line, /X\([A-Z_]+, [0-9]+, |Y\([A-Z_]+, "/) || list == "")
			continue
		sub(/^.*_OF_/, "", list)
		split(substr(line, RSTART + 2), w, /[,")][ "]*/)
		sub("^" list "_", "", w[1])
		state[list "_" w[1]] = line ~ /Y\(/ ? "'" w[2] "'" : w[2]
	}
	close(states)
}

function fault(what) {
	print FILENAME ": " name ": " what > "/dev/stderr"
	bad = 1
	exit 1
}

function letter(type) {
	if (type !~ /^(int|text|bytes|time)$/)
		fault("type " type " is none of int, text, bytes, time")
	return type == "time" ? "d" : substr(type, 1, 1)
}

function trim(s) {
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}

# Adds a line of "in": tin has a letter for each value, first[] and times[] say where a name's are.
function add_in(list,   parts, n, i, w, times_here, j) {
	n = split(trim(list), parts, /,[ \t]*/)
	for (i = 1; i <= n; i++) {
		split(parts[i], w, /[ \t]+/)
		times_here = 1
		if (match(w[2], /\[[0-9]+\]$/)) {
			times_here = substr(w[2], RSTART + 1, RLENGTH - 2) + 0
			w[2] = substr(w[2], 1, RSTART - 1)
		}
		if ((name, w[2]) in first)
			fault("value " w[2] " twice: say :" w[2] " in the text")
		first[name, w[2]] = length(tin) + 1
		times[name, w[2]] = times_here
		for (j = 0; j < times_here; j++)
			tin = tin letter(w[1])
	}
}

# Adds a line of "out": tout has the letters, columns the names.
function add_out(list,   parts, n, i, w) {
	n = split(trim(list), parts, /,[ \t]*/)
	for (i = 1; i <= n; i++) {
		if (parts[i] ~ /^\{[a-z][a-z_0-9]*\}$/) {
			w[1] = substr(parts[i], 2, length(parts[i]) - 2)
			if (!(w[1] in part_text))
				fault("there is no part " w[1] " above")
			tout = tout part_out[w[1]]
			columns = columns part_columns[w[1]]
			continue
		}
		split(parts[i], w, /[ \t]+/)
		tout = tout letter(w[1])
		columns = columns " " w[2]
	}
}

# What "{part}" or "{part:word}" stands for.
function part_of(call,   w, text) {
	if (call == "registry")
		return "{registry}"
	if (call in state)
		return state[call]
	if (call ~ /^[A-Z]/)
		fault("there is no " call " in " states)
	split(call, w, ":")
	if (!(w[1] in part_text))
		fault("there is no part " w[1] " above")
	text = part_text[w[1]]
	if ((text ~ /\$1/) != (call ~ /:/))
		fault("the part " w[1] " and its call differ about a word")
	gsub(/\$1/, w[2], text)
	return fill_parts(text)
}

function fill_parts(s,   out, call) {
	out = ""
	while (match(s, /\{[A-Za-z][A-Za-z_0-9]*(:[A-Za-z_]+)?\}/)) {
		call = substr(s, RSTART + 1, RLENGTH - 2)
		out = out substr(s, 1, RSTART - 1)
		s = substr(s, RSTART + RLENGTH)
		out = out part_of(call)
	}
	return out s
}

# The text with marks for names; order becomes the list of the values that the marks stand for.
function fill_names(s,   pieces, n, i, out, piece, word, j) {
	order = ""
	n = split(s, pieces, "'")
	for (i = 1; i <= n; i++) {
		piece = pieces[i]
		out = out (i > 1 ? "'" : "")
		while (i % 2 == 1 && match(piece, /:[a-z_][a-z_0-9]*/)) {
			word = substr(piece, RSTART + 1, RLENGTH - 1)
			if (!((name, word) in first))
				fault(":" word " is none of its values")
			used[name, word] = 1
			out = out substr(piece, 1, RSTART - 1)
			for (j = 0; j < times[name, word]; j++) {
				out = out (j > 0 ? ", ?" : "?")
				order = order (order == "" ? "" : ", ") (first[name, word] + j - 1)
			}
			piece = substr(piece, RSTART + RLENGTH)
		}
		out = out piece
	}
	return out
}

function close_one(   marks, rest, key, w, i, n) {
	if (name == "")
		return
	gsub(/[ \t\n]+/, " ", sql)
	gsub(/^ | $/, "", sql)
	sub(/;$/, "", sql)
	gsub(/\( /, "(", sql)
	gsub(/ \)/, ")", sql)
	sql = fill_parts(sql)
	if (is_part) {
		part_text[name] = sql
		part_out[name] = tout
		part_columns[name] = columns
	} else {
		sql = fill_names(sql)
		rest = sql
		marks = gsub(/\?/, "", rest)
		if (order != "" && split(order, w, ", ") != marks)
			fault("has both names and marks")
		if (order == "" && marks != length(tin))
			fault(marks " marks but " length(tin) " values")
		for (key in first) {
			split(key, w, SUBSEP)
			if (order != "" && w[1] == name && !(key in used))
				fault("does not use " w[2])
		}
		gsub(/\\/, "&&", sql)
		gsub(/"/, "\\\"", sql)
		names[++count] = name
		texts[count] = sql
		ins[count] = tin
		outs[count] = tout
		orders[count] = order
	}
	n = split(columns, w, " ")
	for (i = 1; i <= n; i++) {
		if (("C_" name "_" w[i]) in numbers)
			fault("column " w[i] " twice, or as another statement's")
		numbers["C_" name "_" w[i]] = i - 1
	}
	enums[++blocks] = n > 0 ? name columns : ""
	name = ""
}

function open_one(word, part) {
	close_one()
	name = word
	is_part = part
	if (name in seen)
		fault("stands twice")
	seen[name] = 1
	sql = tin = tout = columns = ""
}

function print_header(   i, j, n, w) {
	print "/* Generated from sql/queries.sql by sql/queries.awk. */"
	print "#ifndef STORE_QUERIES_GEN_H\n#define STORE_QUERIES_GEN_H\n"
	print "enum query {\n\tQ_UNSET,"
	for (i = 1; i <= count; i++)
		print "\tQ_" names[i] ","
	print "\tQ_COUNT\n};\n"
	for (i = 1; i <= blocks; i++) {
		n = split(enums[i], w, " ")
		for (j = 2; j <= n; j++)
			printf "%sC_%s_%s", j == 2 ? "enum { " : ", ", w[1], w[j]
		if (n > 1)
			print " };"
	}
	print "\n/* order: of each mark the number of its value, from 0; NULL = in their order. */"
	print "struct query_row {"
	print "\tconst char *name, *sql, *in, *out;"
	print "\tconst unsigned char *order;"
	print "\tunsigned norder;"
	print "};"
	print "extern const struct query_row query_rows[Q_COUNT];\n\n#endif"
}

function print_rows(   i, w) {
	print "/* Generated from sql/queries.sql by sql/queries.awk. */"
	print "#include \"store/queries_gen.h\"\n\nconst struct query_row query_rows[Q_COUNT] = {"
	for (i = 1; i <= count; i++) {
		printf "\t[Q_%s] = { .name = \"%s\", .in = \"%s\", .out = \"%s\",\n",
		    names[i], names[i], ins[i], outs[i]
		if (orders[i] != "")
			printf "\t  .order = (const unsigned char[]){ %s }, .norder = %d,\n",
			    orders[i], split(orders[i], w, ", ")
		printf "\t  .sql = \"%s\" },\n", texts[i]
	}
	print "};"
}

BEGIN { read_states() }
/^-- name:/ { open_one($3, 0); next }
/^-- part:/ { open_one($3, 1); next }
/^-- in:/ { sub(/^-- in:/, ""); add_in($0); next }
/^-- out:/ { sub(/^-- out:/, ""); add_out($0); next }
/^[ \t]*--/ { next }
{ if (name != "") sql = sql "\n" $0 }
END {
	if (bad)
		exit 1
	close_one()
	if (bad)
		exit 1
	if (mode == "h")
		print_header()
	else
		print_rows()
}
