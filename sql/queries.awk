# Turns sql/queries.sql into store/queries_gen.h (mode=h) or store/queries_gen.c (mode=c).
# A statement starts at "-- name: x", optional lines "-- in: type name, ..." and "-- out: type name, ..." follow, then its text up to the next name.
# Types: int, text, bytes, time. The number of "?" must equal the number of in-types.
function count_types(list,   parts, n, i, t) {
	gsub(/^[ \t]+|[ \t]+$/, "", list)
	if (list == "") return ""
	n = split(list, parts, /,[ \t]*/); t = ""
	for (i = 1; i <= n; i++) {
		split(parts[i], w, /[ \t]+/)
		if (w[1] !~ /^(int|text|bytes|time)$/) { print FILENAME ": " name ": type " w[1] " is none of int, text, bytes, time" > "/dev/stderr"; bad = 1; exit 1 }
		t = t substr(w[1] == "time" ? "d" : w[1], 1, 1)
	}
	return t
}
function flush_one(   marks, tmp, esc) {
	if (name == "") return
	if (name in seen) { print FILENAME ": " name " twice" > "/dev/stderr"; bad = 1; exit 1 }
	seen[name] = 1
	gsub(/[ \t\n]+/, " ", sql); gsub(/^ | $/, "", sql); sub(/;$/, "", sql)
	tmp = sql; marks = gsub(/\?/, "", tmp)
	if (marks != length(tin)) { print FILENAME ": " name ": " marks " marks but " length(tin) " in-types" > "/dev/stderr"; bad = 1; exit 1 }
	esc = sql; gsub(/\\/, "\\\\", esc); gsub(/"/, "\\\"", esc)
	names[++count] = name; texts[count] = esc; ins[count] = tin; outs[count] = tout
	name = ""; sql = ""; tin = ""; tout = ""
}
/^-- name:/ { flush_one(); name = $3; next }
/^-- in:/ { sub(/^-- in:/, ""); tin = tin count_types($0); next }
/^-- out:/ { sub(/^-- out:/, ""); tout = tout count_types($0); next }
/^[ \t]*--/ { next }
{ if (name != "") sql = sql "\n" $0 }
END {
	if (bad) exit 1
	flush_one()
	if (bad) exit 1
	if (mode == "h") {
		print "/* Generated from sql/queries.sql by sql/queries.awk. */"
		print "#ifndef STORE_QUERIES_GEN_H\n#define STORE_QUERIES_GEN_H\n"
		print "enum query {\n\tQ_UNSET,"
		for (i = 1; i <= count; i++) print "\tQ_" names[i] ","
		print "\tQ_COUNT\n};\n"
		print "struct query_row { const char *name, *sql, *in, *out; };\nextern const struct query_row query_rows[Q_COUNT];\n\n#endif"
	} else {
		print "/* Generated from sql/queries.sql by sql/queries.awk. */\n#include \"store/queries_gen.h\"\n\nconst struct query_row query_rows[Q_COUNT] = {"
		for (i = 1; i <= count; i++)
			printf "\t[Q_%s] = { .name = \"%s\", .in = \"%s\", .out = \"%s\",\n\t  .sql = \"%s\" },\n", names[i], names[i], ins[i], outs[i], texts[i]
		print "};"
	}
}
